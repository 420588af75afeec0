// Definitions where a page uses a term: in prose the first use in each section becomes a quiet button that shows
// what the word means, on hover, on focus and on a tap.
//
// - A mark is a span with the role of a button and not a <button>, whose text cannot break over two lines: nothing
//   of the page's layout may change.
// - There is one definition at a time. It stands in the document right behind its mark, so that Tab and a screen
//   reader come to it next, and is fixed on the screen, so that nothing clips it and nothing moves.
// - Looking for terms is done when the browser is idle and nothing is being measured. What a page adds later is
//   looked through then.

import { h } from '../page/dom.js';
import { recogniser } from './recognise.js';
import { TERMS } from './terms.js';

const PROSE = 'p, li, dd, td, figcaption';
const NOT_IN =
  'a, button, [role="button"], label, legend, summary, output, input, textarea, select, code, pre, svg, h1, h2, h3, h4, h5, h6, dt, th, caption, nav, footer, [aria-live], [role="alert"], [role="tooltip"], .runbar, .wordmark, .timeline, .definition';
const SECTION = 'article, section, form, dialog, header, main';
const SHOW_AFTER_MS = 150;
const HIDE_AFTER_MS = 300;
const GAP_PX = 6;
const EDGE_PX = 10;
const LEAST_IDLE_MS = 3;
/** A page that is never idle gets so little at a time, and so seldom. */
const BUSY_SLICE_MS = 6;
const MOST_WAIT_MS = 2000;

const find = recogniser(TERMS);
const byId = new Map(TERMS.map((term) => [term.id, term]));

/** Calls `work` with the moment at which it must be done. Safari has no requestIdleCallback. @param {(until: number) => void} work */
function whenIdle(work) {
  if ('requestIdleCallback' in window) requestIdleCallback((deadline) => work(performance.now() + (deadline.didTimeout ? BUSY_SLICE_MS : deadline.timeRemaining() - LEAST_IDLE_MS)), { timeout: MOST_WAIT_MS });
  else setTimeout(() => work(performance.now() + BUSY_SLICE_MS), 60);
}

/** Marks the page's terms, now and whatever it adds. @param {HTMLElement} [root] */
export function defineTerms(root = document.body) {
  new Marker(root);
  new Definition(root);
}

class Marker {
  #root;
  #observer;
  /** @type {Node[]} */
  #roots = [];
  /** @type {Text[]} */
  #texts = [];
  #asked = false;
  /** Where a term is marked already. @type {WeakMap<Element, Map<string, Element>>} */
  #marked = new WeakMap();

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#root = root;
    this.#observer = new MutationObserver((records) => {
      // While a run changes the page all the time it is left alone; afterwards all of it is looked through.
      if (this.#busy) return;
      for (const { addedNodes } of records) for (const node of addedNodes) this.#roots.push(node);
      this.#ask();
    });
    this.#observer.observe(root, { childList: true, subtree: true });
    document.addEventListener('lab:ran', () => this.#all());
    this.#all();
  }

  get #busy() {
    return document.body.classList.contains('running');
  }

  #all() {
    this.#roots = [this.#root];
    this.#texts = [];
    this.#ask();
  }

  #ask() {
    if (this.#asked || this.#busy || this.#roots.length + this.#texts.length === 0) return;
    this.#asked = true;
    whenIdle((until) => {
      this.#asked = false;
      if (this.#busy) return;
      do {
        const text = this.#texts.shift();
        if (text) this.#mark(text);
        else if (this.#roots.length > 0) this.#gather(/** @type {Node} */ (this.#roots.shift()));
        else break;
      } while (performance.now() < until);
      // What was done here is no news.
      this.#observer.takeRecords();
      this.#ask();
    });
  }

  /** @param {Node} root */
  #gather(root) {
    if (!root.isConnected) return;
    if (root instanceof Text) {
      this.#texts.push(root);
      return;
    }
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) this.#texts.push(/** @type {Text} */ (walker.currentNode));
  }

  /** @param {Text} text */
  #mark(text) {
    const parent = text.parentElement;
    if (!parent || !text.isConnected || !parent.closest(PROSE) || parent.closest(NOT_IN)) return;
    const found = find(text.data);
    // Between the children of a flex or grid box a mark would be a child of its own.
    if (found.length === 0 || /flex|grid/.test(getComputedStyle(parent).display)) return;
    const section = parent.closest(SECTION) ?? this.#root;
    let marked = this.#marked.get(section);
    if (!marked) this.#marked.set(section, (marked = new Map()));
    const own = section.getAttribute('data-term');
    const parts = [];
    const here = new Set([own]);
    let at = 0;
    for (const { id, index, length } of found) {
      const earlier = marked.get(id);
      if (here.has(id) || (earlier?.isConnected && section.contains(earlier))) continue;
      here.add(id);
      const word = text.data.slice(index, index + length);
      const mark = h('span', { class: 'term', role: 'button', tabindex: 0, 'aria-expanded': 'false', 'data-term': id }, word);
      marked.set(id, mark);
      parts.push(text.data.slice(at, index), mark);
      at = index + length;
    }
    if (parts.length > 0) text.replaceWith(...parts, text.data.slice(at));
  }
}

class Definition {
  #place = h('span', { class: 'definition', id: 'definition' });
  /** @type {HTMLElement | null} */
  #mark = null;
  /** It stays when the pointer goes. */
  #pinned = false;
  /** The definition was there, and to stay, when the pointer came down on its mark. */
  #wasPinned = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {HTMLElement} root */
  constructor(root) {
    root.addEventListener('pointerover', (event) => {
      if (event.pointerType !== 'mouse') return;
      const mark = markOf(event.target);
      if (mark && mark !== this.#mark) this.#later(() => this.#show(mark), SHOW_AFTER_MS);
      else if (mark || this.#holds(event.target)) clearTimeout(this.#timer);
    });
    root.addEventListener('pointerout', (event) => {
      if (event.pointerType !== 'mouse' || !(markOf(event.target) || this.#holds(event.target))) return;
      clearTimeout(this.#timer);
      if (this.#mark && !this.#pinned) this.#later(() => this.#hide(), HIDE_AFTER_MS);
    });
    document.addEventListener('pointerdown', (event) => {
      const mark = markOf(event.target);
      this.#wasPinned = this.#pinned && mark === this.#mark;
      if (!mark && !this.#holds(event.target)) this.#hide();
    });
    root.addEventListener('click', (event) => {
      const mark = markOf(event.target);
      if (!mark) return;
      if (this.#wasPinned) this.#hide();
      else this.#show(mark, true);
    });
    root.addEventListener('focusin', (event) => {
      const mark = markOf(event.target);
      if (mark) this.#show(mark, true);
      else if (!this.#holds(event.target)) this.#hide();
    });
    root.addEventListener('focusout', (event) => {
      const to = event.relatedTarget;
      if (this.#mark && to !== this.#mark && !this.#holds(to)) this.#hide();
    });
    document.addEventListener('keydown', (event) => this.#key(event), true);
    addEventListener('scroll', () => this.#put(), { capture: true, passive: true });
    addEventListener('resize', () => this.#put(), { passive: true });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const mark = markOf(event.target);
    if (event.key === 'Escape' && this.#mark) {
      const inside = this.#holds(document.activeElement) ? this.#mark : null;
      this.#hide();
      if (inside) {
        inside.focus();
        this.#hide();
      }
      event.stopPropagation();
    } else if (mark && (event.key === 'Enter' || event.key === ' ')) {
      event.preventDefault();
      if (this.#mark === mark) this.#hide();
      else this.#show(mark, true);
    }
  }

  /** @param {() => void} act @param {number} ms */
  #later(act, ms) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(act, ms);
  }

  /** @param {EventTarget | null} node */
  #holds(node) {
    return node instanceof Node && this.#place.contains(node);
  }

  /** @param {HTMLElement} mark @param {boolean} [pin] */
  #show(mark, pin = false) {
    clearTimeout(this.#timer);
    if (this.#mark === mark) {
      this.#pinned ||= pin;
      return;
    }
    this.#hide();
    const term = byId.get(mark.dataset.term ?? '');
    if (!term || !mark.isConnected) return;
    this.#mark = mark;
    this.#pinned = pin;
    const [words, href] = term.see[0] ?? [];
    this.#place.replaceChildren(
      h('span', { class: 'definition-text', id: 'definition-text' }, h('strong', {}, term.term), ` ${term.text}`),
      h('span', { class: 'definition-links' }, ...(words && href ? [h('a', { href }, words)] : []), h('a', { href: `terms.html#${term.id}` }, 'Glossary')),
    );
    mark.after(this.#place);
    mark.setAttribute('aria-expanded', 'true');
    mark.setAttribute('aria-controls', 'definition');
    mark.setAttribute('aria-describedby', 'definition-text');
    this.#put();
  }

  #hide() {
    clearTimeout(this.#timer);
    const mark = this.#mark;
    this.#mark = null;
    this.#pinned = false;
    this.#place.remove();
    if (!mark) return;
    mark.setAttribute('aria-expanded', 'false');
    mark.removeAttribute('aria-controls');
    mark.removeAttribute('aria-describedby');
  }

  /** Below its mark, or above it where there is more room; gone when the mark is. */
  #put() {
    if (!this.#mark) return;
    const box = this.#mark.getClientRects()[0];
    if (!box || !this.#mark.isConnected || box.bottom < 0 || box.top > innerHeight) {
      this.#hide();
      return;
    }
    const { clientWidth, clientHeight } = document.documentElement;
    // Not of 100vw, in which a scroll bar counts.
    this.#place.style.maxWidth = `min(25rem, ${clientWidth - 2 * EDGE_PX}px)`;
    const { offsetWidth, offsetHeight } = this.#place;
    const left = Math.max(EDGE_PX, Math.min(box.left, clientWidth - offsetWidth - EDGE_PX));
    const below = box.bottom + GAP_PX;
    const above = box.top - GAP_PX - offsetHeight;
    const top = below + offsetHeight <= clientHeight - EDGE_PX || above < EDGE_PX ? below : above;
    this.#place.style.left = `${Math.round(left)}px`;
    this.#place.style.top = `${Math.round(top)}px`;
  }
}

/** @param {EventTarget | null} target */
function markOf(target) {
  const mark = target instanceof Element ? target.closest('.term') : null;
  return mark instanceof HTMLElement ? mark : null;
}
