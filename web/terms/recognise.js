// Finds the glossary's terms in a text. Pure.

import { forms } from './terms.js';

/** @import { Term } from './terms.js' */
/** @typedef {{ id: string, index: number, length: number }} Found */

/** Letters of one kind only: "gil" or "l1" in a name is not meant. @param {string} form */
const capitals = (form) => /^[A-Z][A-Z0-9]+s?$/.test(form);

/**
 * @param {readonly Term[]} terms
 * @returns {(text: string) => Found[]} in order, none within another
 */
export function recogniser(terms) {
  /** @type {Map<string, { id: string, form: string }>} */
  const known = new Map();
  for (const term of terms) for (const form of forms(term)) known.set(key(form), { id: term.id, form });
  const longestFirst = [...known.keys()].sort((a, b) => b.length - a.length);
  const words = longestFirst.map((form) => form.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&').replace(/ /g, '\\s+'));
  // Not inside a longer word, nor in a name such as threads-gil.
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}_-])(?:${words.join('|')})(?![\\p{L}\\p{N}_]|-[\\p{L}\\p{N}])`, 'giu');
  return (text) =>
    [...text.matchAll(pattern)].flatMap((match) => {
      const found = known.get(key(match[0]));
      if (!found || (capitals(found.form) && match[0] !== found.form)) return [];
      return [{ id: found.id, index: match.index, length: match[0].length }];
    });
}

/** @param {string} form */
function key(form) {
  return form.toLowerCase().replace(/\s+/g, ' ').replaceAll("'", '’');
}
