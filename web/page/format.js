// Numbers as people read them. Pure: no DOM, no locale but English, the same in Node and in the page.

const NBSP = '\u00a0';
const MINUS = '\u2212';

/** @type {Record<string, string>} */
const RAISED = { '-': '⁻', 0: '⁰', 1: '¹', 2: '²', 3: '³', 4: '⁴', 5: '⁵', 6: '⁶', 7: '⁷', 8: '⁸', 9: '⁹' };

const TIME_UNITS = /** @type {const} */ ([['s', 1], ['ms', 1e-3], ['µs', 1e-6], ['ns', 1e-9]]);

/** Three significant digits; with an exponent only what would be all zeros. @param {number} value @param {number} [digits] */
export function significant(value, digits = 3) {
  if (!Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  if (Math.abs(value) < 1e-9 || Math.abs(value) >= 1e15) return (value < 0 ? MINUS : '') + power(Math.abs(value), digits);
  const rounded = Number(value.toPrecision(digits));
  const whole = Math.floor(Math.log10(Math.abs(rounded))) + 1;
  const text = Math.abs(rounded).toFixed(Math.max(0, Math.min(12, digits - whole)));
  return (rounded < 0 ? MINUS : '') + grouped(text);
}

/** "4.94×10⁻³²⁴". @param {number} value @param {number} digits */
function power(value, digits) {
  const [factor, exponent = ''] = value.toExponential(digits - 1).split('e');
  return `${factor}×10${[...exponent.replace('+', '')].map((sign) => RAISED[sign]).join('')}`;
}

/** @param {string} text an unsigned decimal number */
function grouped(text) {
  const [whole = '', fraction] = text.split('.');
  const spaced = whole.length < 5 ? whole : whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction ? `${spaced}.${fraction}` : spaced;
}

/** @param {number} value */
export function integer(value) {
  return Number.isFinite(value) ? (value < 0 ? MINUS : '') + grouped(Math.abs(Math.round(value)).toFixed(0)) : '–';
}

/** @param {number} value seconds @returns {readonly [unit: string, scale: number]} */
export function timeUnit(value) {
  // 0.9995 ms would print as "1000 µs": the unit is chosen after rounding to three digits.
  const size = Number(Math.abs(value).toPrecision(3));
  return TIME_UNITS.find(([, scale]) => size >= scale) ?? (size === 0 ? TIME_UNITS[0] : TIME_UNITS[3]);
}

/** "512 ms". @param {number | null | undefined} value */
export function seconds(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  const [unit, scale] = timeUnit(value);
  return `${significant(value / scale)}${NBSP}${unit}`;
}

/** The same; what is less than a step of the clock is "< 16.7 ms". @param {number | null | undefined} value @param {number | null} [step] seconds */
export function bounded(value, step) {
  return typeof value === 'number' && step && value < step ? `<${NBSP}${seconds(step)}` : seconds(value);
}

/** As short as it gets, for an axis: "20 ms", "1.5 s". @param {number} value */
export function tickSeconds(value) {
  if (value === 0) return '0';
  const [unit, scale] = timeUnit(value);
  return `${short(value / scale)}${NBSP}${unit}`;
}

/** A number without zeros at its end. @param {number} value */
export function short(value) {
  const text = significant(value);
  return text.includes('.') ? text.replace(/\.?0+(?=×|$)/, '').replace(/^1×/, '') : text;
}

/** "500–520 ms": both ends in the unit of the lower digits' size. @param {number} low @param {number} high */
export function secondsRange(low, high) {
  const [unit, scale] = timeUnit(high);
  const places = decimalsToTell(low / scale, high / scale);
  return `${fixed(low / scale, places)}–${fixed(high / scale, places)}${NBSP}${unit}`;
}

/**
 * The ends of an interval; without one, the median itself.
 * @param {{ median: number, low: number | null, high: number | null }} interval
 * @returns {{ low: number, high: number }}
 */
export function ends({ median, low, high }) {
  return { low: low ?? median, high: high ?? median };
}

/** "1.96×". @param {number | null | undefined} value */
export function times(value) {
  return value === null || value === undefined || !Number.isFinite(value) ? '–' : `${significant(value)}×`;
}

/** "1.93–1.98". @param {number} low @param {number} high */
export function range(low, high) {
  const places = decimalsToTell(low, high);
  return `${fixed(low, places)}–${fixed(high, places)}`;
}

/** @param {number} value @param {number} places */
function fixed(value, places) {
  return (value < 0 ? MINUS : '') + grouped(Math.abs(value).toFixed(places));
}

/** Three digits of the larger end, and as many more (at most two) as it takes to tell the ends apart. @param {number} low @param {number} high */
function decimalsToTell(low, high) {
  const size = Math.max(Math.abs(low), Math.abs(high));
  const base = size > 0 ? Math.max(0, Math.min(6, 2 - Math.floor(Math.log10(size)))) : 0;
  for (let places = base; places < base + 2; places++)
    if (low === high || low.toFixed(places) !== high.toFixed(places)) return places;
  return base + 2;
}

/** "1.5 MiB". @param {number | null | undefined} value */
export function bytes(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  let at = 0;
  let size = value;
  while (Math.abs(size) >= 1023.5 && at < units.length - 1) {
    size /= 1024;
    at++;
  }
  return `${at === 0 ? integer(size) : significant(size)}${NBSP}${units[at]}`;
}

/** As short as it gets, for an axis: "32 KiB". @param {number} value */
export function tickBytes(value) {
  return bytes(value).replace(/(\.\d*?)0+(?=\u00a0)/, '$1').replace(/\.(?=\u00a0)/, '');
}

/** "39.1 /s". @param {number | null | undefined} value */
export function rate(value) {
  return value === null || value === undefined || !Number.isFinite(value) ? '–' : `${significant(value)}${NBSP}/s`;
}

/** "±4%": the wider half of an interval against its middle. @param {{ median: number, low: number | null, high: number | null }} interval */
export function plusMinus({ median, low, high }) {
  const half = halfWidth({ median, low, high });
  if (half === null) return '–';
  const percent = half * 100;
  if (!Number.isFinite(percent)) return '–';
  return `±${percent >= 9.95 ? integer(percent) : percent.toFixed(1)}%`;
}

/** @param {{ median: number, low: number | null, high: number | null }} interval @returns {number | null} */
export function halfWidth({ median, low, high }) {
  if (low === null || high === null || !(median > 0)) return null;
  return Math.max(median - low, high - median) / median;
}

/** "a, b and c". @param {readonly string[]} words */
export function list(words) {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} and ${words[words.length - 1]}`;
}

/** "1 round", "5 rounds". @param {number} count @param {string} word */
export function plural(count, word) {
  return `${integer(count)}${NBSP}${word}${count === 1 ? '' : 's'}`;
}

/** "chromium 156, linux x64, 2 cores (1.97 measured), 1 GiB". @param {import('./types.js').Environment} environment */
export function machine({ runtime, platform, logicalCores, measuredParallelism, memoryBytes }) {
  const cores = `${plural(logicalCores, 'core')}${measuredParallelism ? ` (${significant(measuredParallelism)} measured)` : ''}`;
  return [runtime, platform, cores, memoryBytes ? `${bytes(memoryBytes)} of memory` : ''].filter(Boolean).join(', ');
}
