// The page's address, which says its settings: written as they change, read again when the person goes back or forward.
//
// - Browsers count writes: Safari refuses after 100 in 30 seconds, Firefox after 200 in 10, each with an exception. A slider
//   writes more. So there are some at once, and then one now and then, of which the last one counts.
// - A link to a place on the page (#report) is a step in the history too; the settings are the same before and after it.

/** What a link holds a document behind (pack.js). */
export const HOLDS = '#result=';

const AT_ONCE = 20;
const EVERY_MS = 400;

/** Writes that may be made at once, and when that was counted. */
let left = AT_ONCE, countedAt = 0;
/** What the address says, as far as it was written or read here. */
let said = globalThis.location?.search ?? '';
/** What it shall say. @type {string | null} */
let wanted = null;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/** @param {'replaceState' | 'pushState'} how @param {string} address */
function write(how, address) {
  clearTimeout(timer);
  timer = undefined;
  wanted = null;
  left--;
  try {
    history[how](null, '', address);
  } catch {
    // The settings are shown and used all the same.
  }
  said = location.search;
}

/** @param {string} address "?…", or the page's own name: no settings; without a # what stood behind it goes */
export function replaceAddress(address) {
  const now = performance.now(), more = Math.floor((now - countedAt) / EVERY_MS);
  if (more > 0) {
    left = Math.min(AT_ONCE, left + more);
    countedAt = now;
  }
  if (left > 0) return write('replaceState', address);
  wanted = address;
  timer ??= setTimeout(() => wanted !== null && write('replaceState', wanted), EVERY_MS);
}

/** A step that the person can go back from. @param {string} address */
export function pushAddress(address) {
  if (wanted !== null) write('replaceState', wanted);
  write('pushState', address);
}

/** Calls back when the history brings other settings. @param {(search: string) => void} act */
export function onTravel(act) {
  addEventListener('popstate', () => {
    if (location.search === said) return;
    clearTimeout(timer);
    timer = undefined;
    wanted = null;
    said = location.search;
    act(said);
  });
}
