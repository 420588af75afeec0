// Results as files: the document, CSV, the trace, and each chart as it is seen, as SVG or PNG.

import { download, h } from './dom.js';
import { toCsv } from './csv.js';
import { saveJson } from './outcome.js';

/** @import { ResultDocument } from './types.js' */

/** What a style sheet says of a shape, to be written into the file, which has no style sheet. */
const STYLES = ['fill', 'fill-opacity', 'stroke', 'stroke-width', 'stroke-opacity', 'stroke-dasharray', 'stroke-linecap', 'stroke-linejoin', 'paint-order', 'opacity', 'font-family', 'font-size', 'font-weight', 'font-style'];
const PADDING = 20;
const PNG_SCALE = 2;

/** "concurrency-lab-primes": what a file of this result is called. @param {ResultDocument} result */
export function baseName(result) {
  const workloads = [...new Set(result.runs.map((run) => run.workload))].slice(0, 3).join('-');
  return `concurrency-lab-${workloads || result.command}`.replace(/[^\w-]+/g, '_');
}

/** @param {ResultDocument} result */
export function exportJson(result) {
  saveJson(baseName(result), result);
}

/** @param {ResultDocument} result */
export function exportCsv(result) {
  download(`${baseName(result)}.csv`, new Blob([toCsv(result)], { type: 'text/csv' }));
}

/** @param {ResultDocument} result @param {Blob} trace */
export function exportTrace(result, trace) {
  download(`${baseName(result)}-trace.json`, trace);
}

/**
 * A chart that stands by itself: its styles written in, on the page's paper, with its title and source.
 * @param {SVGSVGElement} chart
 * @param {{ title: string, source: string }} words
 */
export function standalone(chart, { title, source }) {
  const width = chart.width.baseVal.value;
  const height = chart.height.baseVal.value;
  const copy = /** @type {SVGSVGElement} */ (chart.cloneNode(true));
  const from = chart.querySelectorAll('*');
  copy.querySelectorAll('*').forEach((element, i) => {
    const seen = from[i];
    if (!seen) return;
    const computed = getComputedStyle(seen);
    for (const name of STYLES) {
      const value = computed.getPropertyValue(name);
      if (value && !(name === 'stroke-dasharray' && value === 'none')) element.setAttribute(name, value);
    }
    element.removeAttribute('class');
  });
  const total = { width: width + 2 * PADDING, height: height + 2 * PADDING + 52 };
  const ns = 'http://www.w3.org/2000/svg';
  /** @param {string} name @param {Record<string, string>} attributes @param {string} [text] */
  const make = (name, attributes, text = '') => {
    const element = document.createElementNS(ns, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.textContent = text;
    return element;
  };
  const paper = make('rect', { width: String(total.width), height: String(total.height), fill: resolved('--paper') });
  const head = make('text', { x: String(PADDING), y: String(PADDING + 12), fill: resolved('--ink'), 'font-family': 'Georgia, serif', 'font-size': '17' }, title);
  const foot = make('text', { x: String(PADDING), y: String(total.height - PADDING + 4), fill: resolved('--muted'), 'font-family': 'ui-monospace, monospace', 'font-size': '10.5' }, source);
  const inner = make('g', { transform: `translate(${PADDING} ${PADDING + 30})` });
  inner.append(...copy.childNodes);
  copy.replaceChildren(paper, head, inner, foot);
  copy.removeAttribute('class');
  copy.setAttribute('xmlns', ns);
  copy.setAttribute('width', String(total.width));
  copy.setAttribute('height', String(total.height));
  copy.setAttribute('viewBox', `0 0 ${total.width} ${total.height}`);
  return { text: new XMLSerializer().serializeToString(copy), ...total };
}

/** A colour of the page as a file can have it: the person's own ones have names that mean nothing elsewhere. @param {string} property */
function resolved(property) {
  const probe = document.body.appendChild(h('span', { hidden: true }));
  probe.style.setProperty('forced-color-adjust', 'none');
  probe.style.color = `var(${property})`;
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** @param {string} name @param {SVGSVGElement} chart @param {{ title: string, source: string }} words */
export function exportSvg(name, chart, words) {
  download(`${name}.svg`, new Blob([standalone(chart, words).text], { type: 'image/svg+xml' }));
}

/** @param {string} name @param {SVGSVGElement} chart @param {{ title: string, source: string }} words */
export async function exportPng(name, chart, words) {
  const { text, width, height } = standalone(chart, words);
  const url = URL.createObjectURL(new Blob([text], { type: 'image/svg+xml' }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = h('canvas', { width: Math.round(width * PNG_SCALE), height: Math.round(height * PNG_SCALE) });
    canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((/** @type {(blob: Blob | null) => void} */ resolve) => canvas.toBlob(resolve, 'image/png'));
    if (blob) download(`${name}.png`, blob);
  } finally {
    URL.revokeObjectURL(url);
  }
}
