// A chart on the page: its title, its caption, itself at the width it has, and itself as a file.

import { h } from './dom.js';
import { fit } from '../charts/fit.js';
import { exportPng, exportSvg } from './export.js';

/**
 * @param {FigureOptions} options
 */
export function figure(options) {
  return liveFigure(options).element;
}

/**
 * One whose chart changes: `redraw` when it has.
 * @typedef {{ title: string, fullTitle?: string, name: string, source: string | (() => string), draw: (width: number) => SVGSVGElement, caption?: (Node | string)[], kind?: string, heading?: 'h3' | 'h4',
 *           onProblem: (message: string) => void }} FigureOptions
 *   name: of the exported file; source: the line under the exported chart
 * @param {FigureOptions} options
 */
export function liveFigure({ title, fullTitle = title, name, source, draw, caption = [], kind = '', heading = 'h4', onProblem }) {
  const words = () => ({ title: fullTitle, source: typeof source === 'string' ? source : source() });
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
      h(heading, {}, title),
      h('span', { class: 'save' }, button('SVG', (chart) => exportSvg(name, chart, words())), button('PNG', (chart) => exportPng(name, chart, words()))),
    ),
    hold,
    ...(caption.length > 0 ? [h('figcaption', {}, ...caption)] : []),
  );

  const redraw = fit(hold, (width) => (shown = draw(width)));
  return { element, redraw };
}
