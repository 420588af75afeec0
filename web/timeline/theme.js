// Colours from the page's custom properties, and textures that tell waits apart without any colour.

import { ASKED, HOLDING, RUNNING, STATE_COUNT, UNKNOWN, WAITING, WANTING, YIELDING } from './events.js';

/** @typedef {{ css: string, rgb: [number, number, number], packed: number }} Colour */
/** @typedef {{ solid: Colour, ground: Colour, mark: Colour, faint: Colour, half: Colour, text: Colour }} Ink
 *   of a method: running, ground and marks of a texture, area of a count, wanting its GIL, words on the solid */

/** For a page that sets none: told apart with any kind of colour vision, on white and on black. */
const FALLBACK = /** @type {Record<string, string>} */ ({
  '--paper': 'Canvas', '--ink': 'CanvasText', '--muted': 'GrayText', '--line': '#8883',
  '--method-sequential': '#7a7a7a', '--method-threads': '#2b6cb0', '--method-threads-gil': '#7b5ea7',
  '--method-interpreters': '#a8547c', '--method-processes': '#c05621', '--method-async': '#18856b',
});

/** 8 × 8 masks, a row a number. A zero bit is the ground. @type {(number[] | null)[]} */
const MASKS = Array(STATE_COUNT).fill(null);
MASKS[2] = [0x11, 0x22, 0x44, 0x88, 0x11, 0x22, 0x44, 0x88]; // fetch: rising lines
MASKS[3] = [0x00, 0x22, 0x00, 0x00, 0x00, 0x88, 0x00, 0x00]; // sleep: sparse dots
MASKS[4] = [0x99, 0x66, 0x66, 0x99, 0x99, 0x66, 0x66, 0x99]; // lock: lattice
MASKS[5] = [0xff, 0x00, 0x00, 0x00, 0xff, 0x00, 0x00, 0x00]; // pipe: level lines
MASKS[6] = [0x88, 0x44, 0x22, 0x11, 0x88, 0x44, 0x22, 0x11]; // future: falling lines
MASKS[7] = [0x88, 0x88, 0x88, 0x88, 0x88, 0x88, 0x88, 0x88]; // turn: upright lines
MASKS[WAITING] = [0xaa, 0x55, 0xaa, 0x55, 0xaa, 0x55, 0xaa, 0x55]; // anything else: grey
MASKS[ASKED] = [0xc0, 0x60, 0x30, 0x18, 0x0c, 0x06, 0x03, 0x81]; // asked to drop: light bands on the solid
MASKS[WANTING] = [0x00, 0x00, 0xff, 0x00, 0x00, 0x00, 0xff, 0x00]; // wanting the GIL: lines of paper on a darker ground
MASKS[YIELDING] = [0x18, 0x3c, 0x66, 0xc3, 0x81, 0x00, 0x00, 0x00]; // forced to wait: chevrons
MASKS[UNKNOWN] = [0x00, 0x00, 0x18, 0x18, 0x00, 0x00, 0x81, 0x81]; // not known: blots

/** What WCAG asks of a picture's parts. */
const LEAST_CONTRAST = 3;

/** Texture of a state; null is plain. @param {number} state */
export const maskOf = (state) => MASKS[state];

export class Theme {
  /** @param {HTMLElement} host whose custom properties count */
  constructor(host) {
    this.#probe = document.createElement('span');
    this.#probe.hidden = true;
    // A person's own few colours are in the custom properties already; the methods' are kept.
    this.#probe.style.setProperty('forced-color-adjust', 'none');
    host.append(this.#probe);
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = 1;
    this.#context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d', { willReadFrequently: true }));
    this.read();
  }
  #probe;
  #context;
  /** @type {Map<string, Ink>} */
  #inks = new Map();
  /** @type {Colour} */ paper = WHITE;
  /** @type {Colour} */ ink = WHITE;
  /** @type {Colour} */ muted = WHITE;
  /** @type {Colour} */ line = WHITE;
  font = 'system-ui, sans-serif';
  /** How often it was read: what was painted before has other colours. */
  readings = 0;

  /** Reads everything anew: the page's theme changed. */
  read() {
    this.#inks.clear();
    this.readings++;
    this.paper = this.#resolve('--paper', WHITE);
    this.ink = this.#resolve('--ink', this.paper);
    this.muted = this.#resolve('--muted', this.paper);
    this.line = this.#resolve('--line', this.paper);
    const parent = this.#probe.parentElement;
    if (parent) this.font = getComputedStyle(parent).fontFamily || this.font;
  }

  /** @param {string} method */
  method(method) {
    let ink = this.#inks.get(method);
    if (!ink) {
      const solid = method ? legible(this.#resolve(`--method-${method}`, this.paper), this.paper, this.ink) : this.muted;
      ink = {
        solid,
        ground: mix(this.paper, solid, 0.16),
        mark: mix(this.paper, solid, 0.78),
        faint: mix(this.paper, solid, 0.24),
        half: mix(this.paper, solid, 0.4),
        text: contrast(solid, WHITE) >= contrast(solid, BLACK) * 0.8 ? WHITE : BLACK,
      };
      this.#inks.set(method, ink);
    }
    return ink;
  }

  /** The colours of a state of a method: ground, and marks where it has a texture. @param {number} state @param {Ink} ink */
  paint(state, ink) {
    return { ground: this.ground(state, ink), mark: this.mark(state, ink) };
  }

  /** @param {number} state @param {Ink} ink */
  ground(state, ink) {
    if (state === RUNNING || state === HOLDING || state === ASKED) return ink.solid;
    if (state === WANTING) return ink.half;
    return state === UNKNOWN ? this.paper : ink.ground;
  }

  /** @param {number} state @param {Ink} ink */
  mark(state, ink) {
    if (state === UNKNOWN) return this.muted;
    if (state === WANTING) return this.paper;
    return state === ASKED ? ink.ground : ink.mark;
  }

  destroy() {
    this.#probe.remove();
  }

  /** @param {string} property @param {Colour} under what a translucent colour lies on @returns {Colour} */
  #resolve(property, under) {
    this.#probe.style.color = `var(${property}, ${FALLBACK[property] ?? 'GrayText'})`;
    const context = this.#context;
    context.fillStyle = under.css;
    context.fillRect(0, 0, 1, 1);
    context.fillStyle = getComputedStyle(this.#probe).color;
    context.fillRect(0, 0, 1, 1);
    const [r, g, b] = context.getImageData(0, 0, 1, 1).data;
    return colour(r, g, b);
  }
}

/** @param {number} r @param {number} g @param {number} b @returns {Colour} */
function colour(r, g, b) {
  return { css: `rgb(${r} ${g} ${b})`, rgb: [r, g, b], packed: ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0 };
}
const WHITE = colour(255, 255, 255);
const BLACK = colour(0, 0, 0);

/** @param {Colour} a @param {Colour} b @param {number} part of b */
function mix(a, b, part) {
  const [r, g, blue] = a.rgb.map((value, i) => Math.round(value + (b.rgb[i] - value) * part));
  return colour(r, g, blue);
}

/** A colour that is seen on the paper, whatever colour a person has chosen for that. @param {Colour} one @param {Colour} paper @param {Colour} ink */
function legible(one, paper, ink) {
  let seen = one;
  for (let part = 0.2; contrast(seen, paper) < LEAST_CONTRAST && part <= 1; part += 0.2) seen = mix(one, ink, part);
  return seen;
}

/** Contrast ratio (WCAG 2.2). @param {Colour} a @param {Colour} b */
function contrast(a, b) {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

/** @param {Colour} one */
function luminance(one) {
  const [r, g, b] = one.rgb.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
