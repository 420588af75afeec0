// The reasons behind the marks of a table: shown on hover, on focus and on a tap. One Tab stop for all of
// them; arrow keys go from mark to mark.

import { h } from './dom.js';

export class Tip {
  #place;
  #table;
  #tip = h('div', { class: 'tip', role: 'tooltip', id: 'reason', hidden: true });
  /** @type {HTMLElement | null} */
  #shown = null;

  /** @param {HTMLElement} place positioned, holds the table @param {HTMLTableElement} table */
  constructor(place, table) {
    this.#place = place;
    this.#table = table;
    place.append(this.#tip);
    table.addEventListener('pointerover', (event) => {
      const mark = markOf(event.target);
      if (mark && event.pointerType === 'mouse') this.#show(mark);
    });
    table.addEventListener('pointerout', (event) => {
      if (event.pointerType === 'mouse' && markOf(event.target) && document.activeElement !== this.#shown) this.#hide();
    });
    table.addEventListener('focusin', (event) => {
      const mark = markOf(event.target);
      if (!mark) return;
      this.#stop(mark);
      this.#show(mark);
    });
    table.addEventListener('focusout', () => this.#hide());
    // Safari does not focus a button that is pressed.
    table.addEventListener('click', (event) => {
      const mark = markOf(event.target);
      if (mark) this.#show(mark);
    });
    table.addEventListener('keydown', (event) => this.#key(event));
  }

  /** The marks may be others now. */
  refresh() {
    const marks = this.#marks();
    const stop = marks.find((mark) => mark.tabIndex === 0) ?? marks[0];
    if (stop) this.#stop(stop);
    if (this.#shown && !this.#shown.isConnected) this.#hide();
  }

  /** @returns {HTMLButtonElement[]} */
  #marks() {
    return [...this.#table.querySelectorAll('button.why')].flatMap((mark) => (mark instanceof HTMLButtonElement ? [mark] : []));
  }

  /** @param {HTMLElement} stop the one mark that Tab comes to */
  #stop(stop) {
    for (const mark of this.#marks()) mark.tabIndex = mark === stop ? 0 : -1;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const mark = markOf(event.target);
    if (!mark) return;
    if (event.key === 'Escape') {
      this.#hide();
      return;
    }
    const marks = this.#marks();
    const at = marks.findIndex((one) => one === mark);
    const column = columnOf(mark);
    /** @type {HTMLButtonElement | undefined} */
    let next;
    if (event.key === 'ArrowRight') next = marks[at + 1];
    else if (event.key === 'ArrowLeft') next = marks[at - 1];
    else if (event.key === 'ArrowDown') next = marks.slice(at + 1).find((one) => columnOf(one) === column);
    else if (event.key === 'ArrowUp') next = marks.slice(0, at).findLast((one) => columnOf(one) === column);
    else return;
    event.preventDefault();
    next?.focus();
  }

  /** @param {HTMLElement} mark */
  #show(mark) {
    this.#shown = mark;
    const tip = this.#tip;
    tip.textContent = mark.dataset.tip ?? '';
    tip.hidden = false;
    const frame = this.#place.getBoundingClientRect();
    const box = mark.getBoundingClientRect();
    const left = Math.min(Math.max(0, box.left + box.width / 2 - frame.left - tip.offsetWidth / 2), frame.width - tip.offsetWidth);
    tip.style.left = `${Math.round(left)}px`;
    tip.style.top = `${Math.round(box.bottom - frame.top + 6)}px`;
  }

  #hide() {
    this.#tip.hidden = true;
    this.#shown = null;
  }
}

/** @param {EventTarget | null} target */
function markOf(target) {
  const mark = target instanceof Element ? target.closest('button.why') : null;
  return mark instanceof HTMLElement ? mark : null;
}

/** @param {HTMLElement} mark */
function columnOf(mark) {
  return mark.closest('td')?.cellIndex ?? -1;
}
