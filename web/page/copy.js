// Text for the clipboard. Where a browser does not let the page copy, the text is shown, to be copied by hand.

import { h } from './dom.js';

/** What is said where the browser refused. */
export const BY_HAND = 'This browser did not let the page copy: it stands below, to be copied by hand.';

/**
 * @param {string | Promise<string>} text
 * @param {HTMLElement} place where it is shown if it must be, at the end; what stood there before is taken away
 * @param {string} label what it is: "The table"
 * @returns {Promise<boolean>} whether it was copied; rejects as the text does
 */
export async function copy(text, place, label) {
  place.querySelector('.by-hand')?.remove();
  const copied = await toClipboard(Promise.resolve(text));
  const words = await text;
  if (copied) return true;
  const box = h('textarea', { class: 'by-hand', readonly: true, rows: 4, spellcheck: 'false', 'aria-label': label });
  box.value = words;
  place.append(box);
  box.focus();
  box.select();
  box.scrollTop = 0;
  return false;
}

/** @param {Promise<string>} text @returns {Promise<boolean>} */
async function toClipboard(text) {
  try {
    const { clipboard } = navigator;
    // Safari lets a page copy only while the click is handled: it gets what will be the text.
    if (typeof ClipboardItem === 'function' && clipboard.write) {
      const blob = text.then((words) => new Blob([words], { type: 'text/plain' }));
      blob.catch(() => {}); // the caller hears of it
      await clipboard.write([new ClipboardItem({ 'text/plain': blob })]);
    } else await clipboard.writeText(await text);
    return true;
  } catch {
    return false;
  }
}
