// The picture of `mandelbrot`: one small canvas per cell, where each tile appears as it is finished in the
// colour of the worker that finished it; and the image itself, once a cell is complete.
//
// - A cell's canvas is painted once, by the first round that is complete; repainting it every round would
//   only flicker.
// - Tiles are painted a few milliseconds per look (looks.js), while nothing is measured; what is left when the run is
//   over is painted then. Beyond BACKLOG_BYTES it is dropped: a later round brings it again.

import { batched, h } from '../page/dom.js';
import { cellLabel, methodRgb } from '../page/methods.js';

/** @import { Lane } from '../../worker/protocol.js' */
/** @import { PlanEvent } from './types.js' */

const SMALL = 240;
const LARGE = 960;
const FRAME_MS = 12;
const BACKLOG_BYTES = 64 << 20;
const HEADER_BYTES = 20;

/**
 * @typedef {{ cell: number, method: string, tasks: number, count: number, done: Set<number>, context: CanvasRenderingContext2D, canvas: HTMLCanvasElement,
 *             workers: Map<number, number> }} Panel
 * @typedef {{ cell: number, task: number, lane: number, x: number, y: number, width: number, height: number, limit: number,
 *             counts: Uint16Array }} Tile
 */

export class Picture {
  #section;
  #body;
  /** @type {Map<number, Panel>} */
  #panels = new Map();
  /** @type {{ tiles: ArrayBuffer, at: number }[]} */
  #queue = [];
  #queued = 0;
  /** The run is over: painting goes on by itself. */
  #over = true;
  /** Of the image, in pixels. */
  #side = 0;
  /** @type {{ cell: number, context: CanvasRenderingContext2D, figure: HTMLElement } | null} */
  #image = null;
  /** @type {Map<number, Lane>} */
  #lanes = new Map();

  /** @param {HTMLElement} section @param {HTMLElement} body */
  constructor(section, body) {
    this.#section = section;
    this.#body = body;
  }

  /** @param {PlanEvent} plan */
  setPlan(plan) {
    this.#panels.clear();
    this.#queue = [];
    this.#queued = 0;
    this.#over = false;
    this.#lanes.clear();
    this.#image = null;
    const cells = plan.cells.filter((cell) => cell.workload === 'mandelbrot');
    this.#side = cells[0]?.size ?? 0;
    this.#section.hidden = cells.length === 0;
    this.#body.replaceChildren();
    if (cells.length === 0) return;
    const grid = h('div', { class: 'panels' });
    for (const { cell, method, workers, tasks } of cells) {
      const name = cellLabel(method, workers);
      const canvas = h('canvas', { width: SMALL, height: SMALL, role: 'img', 'aria-label': `Which worker of ${name} painted which tile` });
      grid.append(h('figure', {}, canvas, h('figcaption', {}, name)));
      const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
      this.#panels.set(cell, { cell, method, tasks, count: workers, done: new Set(), context, canvas, workers: new Map() });
    }
    const large = h('canvas', { width: LARGE, height: LARGE, role: 'img', 'aria-label': 'The Mandelbrot set' });
    const figure = h('figure', { class: 'image' }, large, h('figcaption', {}, 'The image: every method must compute exactly this one.'));
    this.#image = { cell: -1, context: /** @type {CanvasRenderingContext2D} */ (large.getContext('2d')), figure };
    this.#body.append(
      h('div', {}, h('p', { class: 'caption' }, 'Every worker has a shade of its own: see who painted how much, in the first round.'), grid),
      figure,
    );
  }

  /** @param {Lane[]} lanes @param {ArrayBuffer} tiles */
  append(lanes, tiles) {
    for (const lane of lanes) this.#lanes.set(lane.id, lane);
    if (this.#panels.size === 0) return;
    if (this.#queued > BACKLOG_BYTES) {
      this.#queue = [];
      this.#queued = 0;
    }
    if (tiles.byteLength > 0) this.#queue.push({ tiles, at: 0 });
    this.#queued += tiles.byteLength;
    this.#draw();
  }

  finish() {
    this.#over = true;
    this.#draw();
  }

  #draw = batched(() => this.#paint());

  #paint() {
    const deadline = performance.now() + FRAME_MS;
    while (this.#queue.length > 0 && performance.now() < deadline) {
      const head = /** @type {{ tiles: ArrayBuffer, at: number }} */ (this.#queue[0]);
      const tile = readTile(head.tiles, head.at);
      if (tile) {
        head.at += tileBytes(tile.width, tile.height);
        this.#tile(tile);
      }
      if (!tile || head.at >= head.tiles.byteLength) {
        this.#queued -= head.tiles.byteLength;
        this.#queue.shift();
      }
    }
    if (this.#over && this.#queue.length > 0) this.#draw();
  }

  /** @param {Tile} tile */
  #tile(tile) {
    const panel = this.#panels.get(tile.cell);
    if (!panel) return;
    this.#side = Math.max(this.#side, tile.x + tile.width, tile.y + tile.height);
    if (!panel.done.has(tile.task)) {
      panel.done.add(tile.task);
      let worker = panel.workers.get(tile.lane);
      if (worker === undefined) panel.workers.set(tile.lane, (worker = panel.workers.size));
      blit(panel.context, tile, SMALL, this.#side, shades(methodRgb(panel.method), worker, panel.count));
    }
    // The image is one cell's work, so that it completes as a whole.
    const image = this.#image;
    if (!image) return;
    if (image.cell < 0) image.cell = tile.cell;
    if (image.cell === tile.cell) blit(image.context, tile, LARGE, this.#side, TONES);
  }

  /** The image as a PNG. @returns {Promise<Blob | null>} */
  png() {
    const canvas = this.#image?.context.canvas;
    return new Promise((resolve) => (canvas && this.#panels.size > 0 ? canvas.toBlob(resolve) : resolve(null)));
  }
}

/** @param {number} width @param {number} height */
export function tileBytes(width, height) {
  return HEADER_BYTES + ((width * height * 2 + 3) & ~3);
}

/** The tile at a place in a message (worker/protocol.js); null where it does not fit. @param {ArrayBuffer} buffer @param {number} at @returns {Tile | null} */
export function readTile(buffer, at) {
  if (at + HEADER_BYTES > buffer.byteLength) return null;
  const view = new DataView(buffer, at);
  const width = view.getUint16(14, true);
  const height = view.getUint16(16, true);
  if (width === 0 || height === 0 || at + tileBytes(width, height) > buffer.byteLength) return null;
  return {
    cell: view.getUint32(0, true), task: view.getUint32(4, true), lane: view.getUint16(8, true),
    x: view.getUint16(10, true), y: view.getUint16(12, true), width, height, limit: view.getUint16(18, true),
    counts: new Uint16Array(buffer, at + HEADER_BYTES, width * height),
  };
}

/** @typedef {(share: number, inside: boolean) => [number, number, number]} Tones */

/**
 * The n-th worker's shades of the method's colour: from dark to light over the workers, and within each only
 * so much of the image that it can still be recognised.
 * @param {[number, number, number]} base
 * @param {number} worker
 * @param {number} workers
 * @returns {Tones}
 */
function shades(base, worker, workers) {
  const place = workers < 2 ? 0 : -0.5 + (1.2 * (worker % workers)) / (workers - 1);
  const tint = mixed(base, place);
  return (share, inside) => mixed(tint, inside ? -0.3 : 0.16 * share - 0.06);
}

/** Towards black below zero, towards white above. @param {[number, number, number]} color @param {number} amount @returns {[number, number, number]} */
function mixed([r, g, b], amount) {
  const target = amount < 0 ? 0 : 255;
  const part = Math.abs(amount);
  return [r + (target - r) * part, g + (target - g) * part, b + (target - b) * part];
}

/** @type {[at: number, r: number, g: number, b: number][]} */
const STOPS = [[0, 250, 247, 240], [0.45, 236, 224, 196], [0.62, 203, 175, 124], [0.76, 98, 120, 158], [0.9, 38, 58, 112], [1, 16, 20, 44]];

/** Ink and ochre on paper. @type {Tones} */
const TONES = (share, inside) => {
  if (inside) return [22, 22, 24];
  const i = Math.max(1, STOPS.findIndex(([at]) => at >= share));
  const [from, r0, g0, b0] = /** @type {typeof STOPS[number]} */ (STOPS[i - 1]);
  const [to, r1, g1, b1] = /** @type {typeof STOPS[number]} */ (STOPS[i]);
  const t = (share - from) / (to - from);
  return [r0 + (r1 - r0) * t, g0 + (g1 - g0) * t, b0 + (b1 - b0) * t];
};

/**
 * Paints a tile, scaled to a canvas of `canvasSide` for a picture of `side`: the nearest sample per pixel.
 * @param {CanvasRenderingContext2D} context
 * @param {Tile} tile
 * @param {number} canvasSide
 * @param {number} side
 * @param {Tones} tones
 */
function blit(context, tile, canvasSide, side, tones) {
  const scale = canvasSide / side;
  const x0 = Math.floor(tile.x * scale);
  const y0 = Math.floor(tile.y * scale);
  const width = Math.max(1, Math.ceil((tile.x + tile.width) * scale) - x0);
  const height = Math.max(1, Math.ceil((tile.y + tile.height) * scale) - y0);
  const image = context.createImageData(width, height);
  const log = 1 / Math.log(tile.limit + 1);
  const palette = new Map();
  for (let py = 0, at = 0; py < height; py++) {
    const row = Math.min(tile.height - 1, Math.max(0, Math.floor((y0 + py + 0.5) / scale) - tile.y)) * tile.width;
    for (let px = 0; px < width; px++, at += 4) {
      const column = Math.min(tile.width - 1, Math.max(0, Math.floor((x0 + px + 0.5) / scale) - tile.x));
      const count = tile.counts[row + column] ?? 0;
      let tone = palette.get(count);
      if (!tone) palette.set(count, (tone = tones(Math.log(count + 1) * log, count >= tile.limit)));
      image.data[at] = tone[0];
      image.data[at + 1] = tone[1];
      image.data[at + 2] = tone[2];
      image.data[at + 3] = 255;
    }
  }
  context.putImageData(image, x0, y0);
}
