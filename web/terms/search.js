// Which terms a search finds. Pure.

/** @import { Term } from './terms.js' */

/** Every word that was typed begins a word of the term, its other forms or its definition. @param {Term} term @param {string} typed */
export function matches(term, typed) {
  const wanted = plain(typed).split(' ').filter(Boolean);
  const there = ` ${plain([term.term, ...term.also, term.text].join(' '))}`;
  return wanted.every((word) => there.includes(` ${word}`));
}

/** @param {string} text */
function plain(text) {
  return text.toLowerCase().replace(/[’']/g, '').replace(/[^\p{L}\p{N}]+/gu, ' ').trim();
}
