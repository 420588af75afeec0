// How wide a chart's words are, in the fonts that this machine has: measured, and each only once.

import { s } from './svg.js';

/** The most widths that are kept; those of a chart with live numbers are new each time. */
const MOST = 4096;

/** By what is asked for. @type {Map<string, number>} */
const widths = new Map();
/** By class. @type {Map<string, string>} */
const fonts = new Map();
/** @type {CanvasRenderingContext2D | null} */
let context = null;

/**
 * In pixels.
 * @param {string} text
 * @param {string} kind the class that the text will have in the chart
 */
export function textWidth(text, kind) {
  const key = `${kind} ${text}`;
  let width = widths.get(key);
  if (width === undefined) {
    context ??= document.createElement('canvas').getContext('2d');
    if (!context) return text.length * 8; // no canvas to be had: somewhat wider than most
    context.font = fontOf(kind);
    width = context.measureText(text).width;
    if (widths.size >= MOST) widths.clear();
    widths.set(key, width);
  }
  return width;
}

/** The widest of them; none: 0. @param {Iterable<string>} texts @param {string} kind */
export function widest(texts, kind) {
  let most = 0;
  for (const text of texts) most = Math.max(most, textWidth(text, kind));
  return most;
}

/** As much of a text as there is room for; nothing where that would be too little to read. @param {string} text @param {string} kind @param {number} room @param {number} [least] letters */
export function cut(text, kind, room, least = 8) {
  if (textWidth(text, kind) <= room) return text;
  let letters = Math.min(text.length - 1, Math.floor((text.length * room) / textWidth(text, kind)));
  const shown = () => `${text.slice(0, letters).trimEnd()}…`;
  while (letters >= least && textWidth(shown(), kind) > room) letters--;
  return letters < least ? '' : shown();
}

/** What the style sheet says. @param {string} kind */
function fontOf(kind) {
  let font = fonts.get(kind);
  if (font === undefined) {
    const text = s('text', { class: kind });
    const probe = s('svg', { class: 'chart', width: 0, height: 0, 'aria-hidden': 'true' }, text);
    document.body.append(probe);
    const { fontStyle, fontWeight, fontSize, fontFamily } = getComputedStyle(text);
    font = `${fontStyle} ${fontWeight} ${fontSize} ${fontFamily}`;
    probe.remove();
    fonts.set(kind, font);
  }
  return font;
}
