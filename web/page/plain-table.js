// A table of words and numbers: the first column names the row, the others are right-aligned.

import { h } from './dom.js';

/**
 * @param {object} options
 * @param {string} [options.caption]
 * @param {string} [options.label]  its name, where there is no caption
 * @param {readonly string[]} options.heads
 * @param {readonly (readonly (string | Node)[])[]} options.rows
 * @param {readonly (string | null)[]} [options.classes]  of the rows
 */
export function plainTable({ caption = '', label = caption, heads, rows, classes = [] }) {
  const head = h('tr', {}, ...heads.map((text, i) => (text ? h('th', { scope: 'col', class: i > 0 ? 'number' : null }, text) : h('td', {}))));
  const body = rows.map((cells, r) => h('tr', { class: classes[r] ?? null }, ...cells.map((cell, i) => (i === 0 ? h('th', { scope: 'row' }, cell) : h('td', { class: 'number' }, cell)))));
  return h(
    'div',
    { class: 'table-hold near', tabindex: 0, role: 'region', 'aria-label': caption || `${label}, table` },
    h(
      'table',
      { class: 'results', 'aria-label': caption ? null : label },
      ...(caption ? [h('caption', {}, caption)] : []),
      h('thead', {}, head),
      h('tbody', {}, ...body),
    ),
  );
}
