// The methods in the order the page always shows them, and the one colour each has everywhere.
// The colours themselves are in styles/tokens.css, as --method-NAME.

export const METHOD_ORDER = ['sequential', 'threads', 'threads-gil', 'interpreters', 'processes', 'async'];

/** A method the page does not know yet still gets a place, the last. @param {string} method */
export function methodRank(method) {
  const rank = METHOD_ORDER.indexOf(method);
  return rank < 0 ? METHOD_ORDER.length : rank;
}

/** @param {string} method @returns {string} a class name that sets --method */
export function methodClass(method) {
  return METHOD_ORDER.includes(method) ? `m-${method}` : 'm-other';
}

/** Methods that are one worker by nature: the number would only mislead. */
const SINGLE = new Set(['sequential', 'async']);

/** "threads × 2", "async". @param {string} method @param {number} workers */
export function cellLabel(method, workers) {
  return SINGLE.has(method) && workers <= 1 ? method : `${method} × ${workers}`;
}

/**
 * The order of rows in every chart and table.
 * @param {{ method: string, workers: number }} a
 * @param {{ method: string, workers: number }} b
 */
export function byMethod(a, b) {
  return methodRank(a.method) - methodRank(b.method) || a.method.localeCompare(b.method) || a.workers - b.workers;
}

const cache = new Map();
/**
 * The method's colour as the canvas needs it: resolved, for the scheme in force.
 * @param {string} method
 * @returns {[number, number, number]}
 */
export function methodRgb(method) {
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  const key = `${method} ${dark}`;
  let rgb = cache.get(key);
  if (!rgb) {
    const name = METHOD_ORDER.includes(method) ? `--method-${method}` : '--muted';
    const hex = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    const n = Number.parseInt(hex.slice(1), 16);
    rgb = [(n >> 16) & 255, (n >> 8) & 255, n & 255];
    cache.set(key, rgb);
  }
  return rgb;
}
