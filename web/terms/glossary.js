// The glossary: every term under its letter, with an anchor of its own; a box that filters, letters that lead.

import { byId, h, setText } from '../page/dom.js';
import { plural } from '../page/format.js';
import { matches } from './search.js';
import { TERMS } from './terms.js';

/** @import { Term } from './terms.js' */

/** The id that a hash names, however it is escaped. @param {string} hash */
function anchor(hash) {
  try {
    return decodeURIComponent(hash.slice(1));
  } catch {
    return '';
  }
}

export class Glossary {
  /** @type {{ letter: string, link: HTMLAnchorElement, section: HTMLElement, entries: { term: Term, element: HTMLElement }[] }[]} */
  #letters = [];

  constructor() {
    /** @type {Map<string, Term[]>} */
    const groups = new Map();
    for (const term of [...TERMS].sort((a, b) => a.term.localeCompare(b.term, 'en'))) {
      const letter = term.term.charAt(0).toUpperCase();
      groups.set(letter, [...(groups.get(letter) ?? []), term]);
    }
    for (const [letter, terms] of groups) {
      const entries = terms.map((term) => ({ term, element: entryOf(term) }));
      const id = `letter-${letter.toLowerCase()}`;
      const section = h('section', { class: 'letter', id, 'aria-labelledby': `${id}-title` }, h('h2', { id: `${id}-title` }, letter), h('div', { class: 'entries' }, ...entries.map(({ element }) => element)));
      this.#letters.push({ letter, link: h('a', { href: `#${id}` }, letter), section, entries });
    }
    byId('letters').append(...this.#letters.map(({ link }) => h('li', {}, link)));
    byId('entries').append(...this.#letters.map(({ section }) => section));
    const search = /** @type {HTMLInputElement} */ (byId('search'));
    search.addEventListener('input', () => this.#filter(search.value));
    search.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || search.value === '') return;
      search.value = '';
      this.#filter('');
    });
    // A link to an entry must lead to it, also when the search hides it, and also on the first load, when the
    // browser looked for it before it was there.
    const follow = () => {
      const target = document.getElementById(anchor(location.hash));
      if (!target || !byId('entries').contains(target)) return;
      if (target.hidden || target.closest('[hidden]')) {
        search.value = '';
        this.#filter('');
      }
      for (const other of byId('entries').querySelectorAll('[aria-current]')) other.removeAttribute('aria-current');
      target.setAttribute('aria-current', 'true');
      target.scrollIntoView();
    };
    addEventListener('hashchange', follow);
    this.#filter(search.value);
    follow();
  }

  /** @param {string} words */
  #filter(words) {
    let shown = 0;
    for (const { link, section, entries } of this.#letters) {
      let here = 0;
      for (const { term, element } of entries) {
        element.hidden = !matches(term, words);
        if (!element.hidden) here++;
      }
      section.hidden = here === 0;
      if (here === 0) link.removeAttribute('href');
      else link.href = `#${section.id}`;
      shown += here;
    }
    setText(byId('found'), shown === 0 ? 'No term has these words.' : shown === TERMS.length ? plural(shown, 'term') : `${shown} of ${plural(TERMS.length, 'term')}`);
  }
}

/** @param {Term} term */
function entryOf(term) {
  return h(
    'article',
    { class: 'entry', id: term.id, 'data-term': term.id },
    h('h3', {}, h('a', { href: `#${term.id}` }, term.term)),
    h('p', {}, term.text),
    h('ul', { class: 'see' }, ...term.see.map(([words, href]) => h('li', {}, h('a', { href }, words)))),
  );
}
