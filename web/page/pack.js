// A document as text that fits into a link, and back: its JSON, deflated, in base64url. Pure, but for what browsers and Node
// have alike.
//
// - The deflated bytes are in zlib's form ("deflate"), whose checksum tells a text that was cut off or changed on its way, and
//   which every browser that can run the core has.
// - What comes out of a link is a stranger's: a few bytes may stand for gigabytes. They are taken in small slices, and what
//   becomes of them is counted while it comes.

/** The first letter says how the rest is to be read. */
const FORM = 'a';
/** Of one slice deflate makes a thousand times as much at most. */
const SLICE_BYTES = 1024;

/** `message` goes on after what it is about: "unpacks to more than 8 MiB". */
export class PackError extends Error {
  name = 'PackError';
}

/** @param {unknown} document what JSON can hold @returns {Promise<string>} letters, digits, "-" and "_" */
export async function pack(document) {
  const deflated = new Blob([JSON.stringify(document)]).stream().pipeThrough(new CompressionStream('deflate'));
  let binary = '';
  for (const byte of new Uint8Array(await new Response(deflated).arrayBuffer())) binary += String.fromCharCode(byte);
  return FORM + btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/**
 * @param {string} packed
 * @param {number} most bytes of the document
 * @returns {Promise<string>} its JSON, or what somebody put in its place; throws a PackError
 */
export async function unpack(packed, most) {
  if (/^[b-z]/.test(packed)) throw new PackError(`is in a form “${packed[0]}” that this page does not know: if its site has a newer build, load the page again`);
  let text = '', length = 0;
  try {
    if (packed[0] !== FORM || !/^[\w-]+$/.test(packed)) throw new Error('not packed by this site');
    const inflated = slices(atob(packed.slice(1).replaceAll('-', '+').replaceAll('_', '/'))).pipeThrough(new DecompressionStream('deflate')).getReader();
    const decoder = new TextDecoder('utf-8', { fatal: true });
    for (let { value } = await inflated.read(); value; { value } = await inflated.read()) {
      length += value.length;
      if (length > most) {
        await inflated.cancel();
        break;
      }
      text += decoder.decode(value, { stream: true });
    }
    if (length <= most) return text + decoder.decode();
  } catch {
    throw new PackError('cannot be read: the link was cut off or changed on its way, so ask for it again or for the JSON file');
  }
  throw new PackError(`unpacks to more than ${most >> 20} MiB, and nothing that this page shows is so large`);
}

/** @param {string} binary a character for each byte @returns {ReadableStream<Uint8Array<ArrayBuffer>>} */
function slices(binary) {
  let at = 0;
  return new ReadableStream({
    pull(stream) {
      if (at >= binary.length) return stream.close();
      stream.enqueue(Uint8Array.from(binary.slice(at, (at += SLICE_BYTES)), (sign) => sign.charCodeAt(0)));
    },
  });
}
