// SVG by hand. The charts are strips of at most a few hundred marks and small line charts: as SVG they
// are text to the browser (crisp at any zoom, coloured by the page's own style sheet in both schemes) and
// are exported as what is seen. A canvas chart library would bring neither, and a second set of colours.

const NS = 'http://www.w3.org/2000/svg';

/**
 * @param {string} name
 * @param {Record<string, string | number | undefined>} [attributes] numbers are rounded to a tenth of a pixel
 * @param {...(Node | string)} children
 * @returns {SVGElement}
 */
export function s(name, attributes = {}, ...children) {
  const element = /** @type {SVGElement} */ (document.createElementNS(NS, name));
  for (const [key, value] of Object.entries(attributes))
    if (value !== undefined) element.setAttribute(key, typeof value === 'number' ? px(value) : value);
  element.append(...children);
  return element;
}

/** @param {number} value */
export function px(value) {
  return String(Math.round(value * 10) / 10);
}

/**
 * @param {number} x
 * @param {number} y
 * @param {string} text
 * @param {string} [kind] class
 * @param {'start' | 'middle' | 'end'} [anchor]
 */
export function label(x, y, text, kind = '', anchor = 'start') {
  return s('text', { x, y, class: kind || undefined, 'text-anchor': anchor === 'start' ? undefined : anchor }, text);
}

/** @param {number} x1 @param {number} y1 @param {number} x2 @param {number} y2 @param {string} kind */
export function line(x1, y1, x2, y2, kind) {
  return s('line', { x1, y1, x2, y2, class: kind });
}

/** Circles as one path: one element however many there are. @param {readonly (readonly [x: number, y: number])[]} points @param {number} r */
export function dots(points, r) {
  return points.map(([x, y]) => `M${px(x - r)} ${px(y)}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`).join('');
}

/**
 * The root of a chart. Its words are in the table below it; to a screen reader it is one image with a summary.
 * @param {number} width
 * @param {number} height
 * @param {string} summary
 * @param {...Node} children
 */
export function chart(width, height, summary, ...children) {
  return /** @type {SVGSVGElement} */ (
    s('svg', { class: 'chart', width, height, viewBox: `0 0 ${px(width)} ${px(height)}`, role: 'img', 'aria-label': summary }, ...children)
  );
}
