// The picture of `mandelbrot`: one small canvas per cell, where each tile appears as it is finished in the
// colour of the worker that finished it; and the image itself, once a cell is complete.
//
// - A cell's canvas is painted once, by the first round that is complete; repainting it every round would
//   only flicker.
// - Tiles are painted a few milliseconds per frame. A run must never wait for the page, so what cannot be
//   painted in time is dropped: a later round brings it again.

import { h } from './dom.js';
import { cellLabel, methodRgb } from './methods.js';

/** @import { PlanEvent, Lane } from '../worker/protocol.js' */

const SMALL = 240;
const LARGE = 960;
const FRAME_MS = 5;
const BACKLOG_BYTES = 64 << 20;
const HEADER_BYTES = 20;

/**
 * @typedef {{ cell: number, method: string, tasks: number, done: Set<number>, context: CanvasRenderingContext2D, canvas: HTMLCanvasElement,
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
  #painting = false;
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

  /** @param {PlanEvent} plan @param {number} side pixels */
  setPlan(plan, side) {
    this.#panels.clear();
    this.#queue = [];
    this.#queued = 0;
    this.#lanes.clear();
    this.#side = side;
    this.#image = null;
    const cells = plan.cells.filter((cell) => cell.workload === 'mandelbrot');
    this.#section.hidden = cells.length === 0;
    this.#body.replaceChildren();
    if (cells.length === 0) return;
    const grid = h('div', { class: 'panels' });
    for (const { cell, method, workers, tasks } of cells) {
      const name = cellLabel(method, workers);
      const canvas = h('canvas', { width: SMALL, height: SMALL, role: 'img', 'aria-label': `Which worker of ${name} painted which tile` });
      grid.append(h('figure', {}, canvas, h('figcaption', {}, name)));
      const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
      this.#panels.set(cell, { cell, method, tasks, done: new Set(), context, canvas, workers: new Map() });
    }
    const large = h('canvas', { width: LARGE, height: LARGE, role: 'img', 'aria-label': 'The Mandelbrot set' });
    const figure = h('figure', { class: 'image' }, large, h('figcaption', {}, 'The image: every method must compute exactly this one.'));
    this.#image = { cell: -1, context: /** @type {CanvasRenderingContext2D} */ (large.getContext('2d')), figure };
    this.#body.append(
      h('p', { class: 'caption' }, 'Every tile in a shade of its own for each worker: see who did how much.'),
      grid,
      figure,
    );
  }

  /** @param {Lane[]} lanes @param {ArrayBuffer} tiles */
  append(lanes, tiles) {
    for (const lane of lanes) this.#lanes.set(lane.id, lane);
    if (tiles.byteLength === 0 || this.#panels.size === 0) return;
    if (this.#queued > BACKLOG_BYTES) {
      this.#queue = [];
      this.#queued = 0;
    }
    this.#queue.push({ tiles, at: 0 });
    this.#queued += tiles.byteLength;
    if (!this.#painting) {
      this.#painting = true;
      requestAnimationFrame(() => this.#paint());
    }
  }

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
    this.#painting = this.#queue.length > 0;
    if (this.#painting) requestAnimationFrame(() => this.#paint());
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
      blit(panel.context, tile, SMALL, this.#side, shades(methodRgb(panel.method), worker));
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

/** The n-th worker's shades of the method's colour: what is light in the image is light here. @param {[number, number, number]} base @param {number} worker @returns {Tones} */
function shades(base, worker) {
  // Steps that never come round to a neighbour: 0, 0.62, 0.24, 0.85, …
  const turn = (worker * 0.618034) % 1;
  const mix = worker === 0 ? 0 : 0.25 + 0.5 * turn;
  const target = worker % 2 === 0 ? 0 : 255;
  const tint = base.map((part) => part + (target - part) * mix);
  return (share, inside) => {
    const light = inside ? -0.45 : (share - 0.25) * 0.9;
    const [r = 0, g = 0, b = 0] = tint.map((part) => (light < 0 ? part * (1 + light) : part + (255 - part) * light));
    return [r, g, b];
  };
}

/** Ink on paper. @type {Tones} */
const TONES = (share, inside) => {
  if (inside) return [22, 22, 24];
  const t = share ** 0.8;
  return [247 - 190 * t, 244 - 170 * t, 236 - 110 * t];
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
