// A result for others: a link that holds it, or Markdown, in the clipboard.

import { BY_HAND, copy } from '../page/copy.js';
import { LONGEST, linkTo } from './link.js';
import { toMarkdown } from './markdown.js';

/** @import { ResultDocument } from '../page/types.js' */

/** Of a link that stands in a text, where whoever edits that sees it: characters. */
const LONGEST_IN_TEXT = 4096;

/** @param {number} characters */
const size = (characters) => `${(characters / 1024).toFixed(1)}\u00a0KB`;

class TooLong extends Error {}

/**
 * @param {ResultDocument} result @param {string} address see linkTo()
 * @param {HTMLElement} place see copy()
 * @returns {Promise<string>} what is to be said
 */
export async function copyLink(result, address, place) {
  const made = linkTo(result, address).then((one) => one ?? Promise.reject(new TooLong()));
  try {
    const copied = await copy(made.then(({ link }) => link), place, 'The link');
    const { link, samples } = await made;
    const what = `a link of ${size(link.length)}`;
    const holds = samples ? 'with all samples' : `with medians and intervals; with all samples it would be longer than ${LONGEST >> 10}\u00a0KB`;
    return copied ? `Copied ${what} ${holds}.` : `Made ${what} ${holds}. ${BY_HAND}`;
  } catch (error) {
    if (error instanceof TooLong) return `This result is too long for a link, even without its samples (more than ${LONGEST >> 10}\u00a0KB): save it as JSON, which the page opens too.`;
    throw error;
  }
}

/** @type {typeof copyLink} */
export async function copyMarkdown(result, address, place) {
  const text = linkTo(result, address, LONGEST_IN_TEXT).then((made) => toMarkdown(result, made?.link ?? null));
  return (await copy(text, place, 'The result as Markdown')) ? 'Copied as Markdown.' : BY_HAND;
}
