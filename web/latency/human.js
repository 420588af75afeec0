// Times as distances: a nanosecond is a hundred metres. Pure.
//
// The scale is that of the table of latency numbers that the notes tell. The places are where people have
// been; their distances are great-circle or textbook ones.

import { integer, significant } from '../page/format.js';

const NBSP = '\u00a0';
/** 1 ns = 100 m. */
export const METRES_PER_SECOND = 100 / 1e-9;

const WORLD = 40_075_017;
const MOON = 384_400_000;
const SUN = 149_597_870_700;

/** @param {number} seconds */
export function metres(seconds) {
  return seconds * METRES_PER_SECOND;
}

/** "12 m", "3.4 km", "82,500 km", "15 million km". @param {number | null | undefined} seconds */
export function distance(seconds) {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return '–';
  const m = Number(metres(seconds).toPrecision(3));
  if (m < 1) return `${short(m * 100)}${NBSP}cm`;
  if (m < 1000) return `${short(m)}${NBSP}m`;
  if (m < 1e9) return `${short(m / 1000)}${NBSP}km`;
  return `${short(m / 1e9)}${NBSP}million${NBSP}km`;
}

/** Three digits, no zeros at the end. @param {number} value */
function short(value) {
  const text = significant(value);
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/** "twice", "5 times". @param {number} n */
function often(n) {
  return n === 2 ? 'twice' : `${integer(n)} times`;
}

/** @param {number} m @param {number} one @param {string} single @param {string} many */
function count(m, one, single, many) {
  const n = Math.round(m / one);
  return n <= 1 ? single : `${integer(n)} ${many}`;
}

/** Parts of a way, the nearest is said. @type {[part: number, words: string][]} */
const PARTS = [
  [1 / 30, 'a thirtieth'], [1 / 20, 'a twentieth'], [1 / 10, 'a tenth'], [1 / 5, 'a fifth'], [1 / 4, 'a quarter'], [1 / 3, 'a third'],
  [1 / 2, 'half'], [2 / 3, 'two thirds'], [3 / 4, 'three quarters'],
];

/** @param {number} m @param {number} whole @param {string} way " way to the Sun" @param {string} there "to the Sun" */
function partly(m, whole, way, there) {
  const part = m / whole;
  if (part > 0.86) return there;
  const [, words] = PARTS.reduce((best, one) => (Math.abs(Math.log(one[0] / part)) < Math.abs(Math.log(best[0] / part)) ? one : best));
  return words === 'half' ? `half${way}` : `${words} of the${way}`;
}

/** Up to so many metres it is like this. @type {[below: number, words: (m: number) => string][]} */
const LIKE = [
  [0.3, () => 'a hand’s breadth'],
  [1.1, () => 'one step'],
  [3, (m) => `${Math.max(2, Math.round(m / 0.75))} steps`],
  [9, () => 'across the room'],
  [18, () => 'across the street'],
  [40, () => 'a swimming pool'],
  [75, () => 'half a football pitch'],
  [160, () => 'a football pitch'],
  [320, () => 'two football pitches'],
  [2_400, (m) => count(m, 400, 'a lap of the track', 'laps of the track')],
  [3_800, () => 'half an hour on foot'],
  [7_000, () => 'an hour on foot'],
  [15_000, () => 'to the next town'],
  [30_000, () => 'half a marathon'],
  [60_000, () => 'a marathon'],
  [200_000, () => 'a long day on a bicycle'],
  [650_000, () => 'from London to Paris'],
  [1_650_000, () => 'from Berlin to Rome'],
  [2_900_000, () => 'from Lisbon to Berlin'],
  [4_400_000, () => 'from London to Cairo'],
  [7_400_000, () => 'from London to New York'],
  [10_800_000, () => 'from London to Tokyo'],
  [14_000_000, () => 'from Los Angeles to Sydney'],
  [18_500_000, () => 'from London to Sydney'],
  [27_000_000, () => 'halfway around the world'],
  [3.4 * WORLD, (m) => (m < 1.5 * WORLD ? 'around the world' : `around the world ${often(Math.round(m / WORLD))}`)],
  [1.25 * MOON, (m) => partly(m, MOON, ' way to the Moon', 'to the Moon')],
  [2.6 * MOON, () => 'to the Moon and back'],
  [SUN / 36, (m) => `to the Moon ${often(Math.round(m / MOON))}`],
  [1.3 * SUN, (m) => partly(m, SUN, ' way to the Sun', 'to the Sun')],
  [2.6 * SUN, () => 'to the Sun and back'],
  [Infinity, (m) => `to the Sun ${often(Math.round(m / SUN))}`],
];

/** What a distance is like: "around the world twice". @param {number} seconds */
export function like(seconds) {
  const m = metres(seconds);
  if (!(m > 0) || !Number.isFinite(m)) return '';
  return LIKE.find(([below]) => m < below)?.[1](m) ?? '';
}

/** Places to stand on the axis of the chart, near and far. `wide`: where there is room for them. */
export const LANDMARKS = /** @type {readonly { metres: number, label: string, wide: boolean }[]} */ ([
  { metres: 105, label: 'a pitch', wide: false },
  { metres: 5_000, label: 'an hour on foot', wide: true },
  { metres: 42_195, label: 'a marathon', wide: false },
  { metres: 344_000, label: 'London–Paris', wide: true },
  { metres: 5_570_000, label: 'New York', wide: true },
  { metres: WORLD, label: 'the world', wide: false },
  { metres: MOON, label: 'the Moon', wide: true },
  { metres: SUN / 10, label: 'a tenth to the Sun', wide: false },
]);
