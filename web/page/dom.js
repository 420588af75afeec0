// What the pages do to the document all the time.

import { nextFrame } from './frames.js';

/**
 * An HTML element. Attributes that are false, null or undefined are left out, true ones are empty.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} name
 * @param {Record<string, string | number | boolean | null | undefined>} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    element.setAttribute(key, value === true ? '' : String(value));
  }
  element.append(...children);
  return element;
}

/**
 * The element of the page that has this id: its HTML has it, or the page is broken.
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} id
 * @returns {T}
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`this page has no #${id}`);
  return /** @type {T} */ (element);
}

/** Writes only when something changes: an unchanged live region must not be read out again. @param {Node} node @param {string} text */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Calls `draw` once in the next frame, however often it was asked to. @param {() => void} draw */
export function batched(draw) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    nextFrame(() => {
      asked = false;
      draw();
    });
  };
}

export function reducedMotion() {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}

/** Scrolls to a part of the page. @param {HTMLElement} section */
export function bring(section) {
  section.scrollIntoView({ behavior: reducedMotion() ? 'auto' : 'smooth', block: 'start' });
}

/** Hands the person a file. @param {string} name @param {Blob} blob */
export function download(name, blob) {
  const url = URL.createObjectURL(blob);
  const link = h('a', { href: url, download: name });
  link.click();
  // Firefox reads the address after the click has returned.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** @param {string} text @param {() => unknown} act */
export function button(text, act) {
  const element = h('button', { type: 'button' }, text);
  element.addEventListener('click', () => void act());
  return element;
}
