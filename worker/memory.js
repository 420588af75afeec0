// The memory of lab.wasm, which all its threads share. It does not grow (that crashes on some iOS versions, and is slow
// to read from JavaScript), so it is as large as the device gives when it is made.

const MIB = 2 ** 20;
const PAGE = 65536;
const MOST = 1024 * MIB; // core/CMakeLists.txt
export const LEAST_MEMORY = 16 * MIB; // the same; much too small to measure in, enough to say so

/**
 * @param {{ bytes?: number, deviceBytes?: number }} [options]  bytes: just so much. deviceBytes: of the whole machine, if that
 *   is known: a quarter of it is tried at most
 * @returns {WebAssembly.Memory}
 */
export function makeMemory({ bytes, deviceBytes = Infinity } = {}) {
  if (bytes !== undefined) return ofSize(bytes);
  let size = MOST;
  while (size > deviceBytes / 4 && size > 256 * MIB) size /= 2;
  for (;; size /= 2) {
    try {
      return ofSize(size);
    } catch (error) {
      if (size / 2 < 64 * MIB) throw error;
    }
  }
}

/** @param {number} bytes */
function ofSize(bytes) {
  const pages = Math.floor(Math.min(Math.max(bytes, LEAST_MEMORY), MOST) / PAGE);
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
}
