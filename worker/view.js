// What the core shows to whoever watches a run: struct lab_view (core/platform/watch.h).

/** @import { CoreEvent, Live } from './protocol.js' */

/** @typedef {{ events: CoreEvent[], live: Live }} View */

const utf8 = new TextDecoder();

/**
 * Copies a view out of the core's memory, which may be shared.
 * @param {Uint8Array} memory @param {DataView} view  nine u32
 * @returns {View}
 */
export function readView(memory, view) {
  const copy = (/** @type {number} */ at) => {
    const start = view.getUint32(at, true);
    return memory.slice(start, start + view.getUint32(at + 4, true));
  };
  return {
    events: JSON.parse(`[${utf8.decode(copy(0))}]`),
    live: {
      lanes: JSON.parse(utf8.decode(copy(8)) || '[]'),
      events: /** @type {ArrayBuffer} */ (copy(16).buffer),
      tiles: /** @type {ArrayBuffer} */ (copy(24).buffer),
      lost: view.getUint32(32, true),
    },
  };
}
