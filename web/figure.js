// A chart on the page: its title, its caption, itself at the width it has, and itself as a file.

import { h } from './dom.js';
import { fit } from './charts/fit.js';
import { exportPng, exportSvg } from './export.js';

/**
 * @param {{ title: string, fullTitle?: string, name: string, source: string, draw: (width: number) => SVGSVGElement, caption?: (Node | string)[], kind?: string,
 *           onProblem: (message: string) => void }} options
 *   name: of the exported file; source: the line under the exported chart
 */
export function figure({ title, fullTitle = title, name, source, draw, caption = [], kind = '', onProblem }) {
  const words = { title: fullTitle, source };
  const hold = h('div', { class: 'chart-hold' });
  /** @type {SVGSVGElement | null} */
  let shown = null;
  /** @param {string} label @param {(chart: SVGSVGElement) => void | Promise<void>} act */
  const button = (label, act) => {
    const element = h('button', { type: 'button', class: 'quiet', 'aria-label': `Save “${fullTitle}” as ${label}` }, label);
    element.addEventListener('click', async () => {
      try {
        if (shown) await act(shown);
      } catch {
        onProblem(`The chart could not be saved as ${label}: this browser did not draw it.`);
      }
    });
    return element;
  };
  const element = h(
    'figure',
    { class: `figure ${kind}`.trim() },
    h(
      'div',
      { class: 'figure-head' },
      h('h4', {}, title),
      h('span', { class: 'save' }, button('SVG', (chart) => exportSvg(name, chart, words)), button('PNG', (chart) => exportPng(name, chart, words))),
    ),
    hold,
    ...(caption.length > 0 ? [h('figcaption', {}, ...caption)] : []),
  );

  fit(hold, (width) => (shown = draw(width)));
  return element;
}
