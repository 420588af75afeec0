// How long frames take with a million events. By itself it prints; asserts nothing about time.
//   node tests/browser/timeline-bench.js [events] [width]

import { fileURLToPath } from 'node:url';
import { BROWSERS, installed, launch, serve } from './timeline-serve.js';

const HEIGHT = 900;

/**
 * @template T
 * @param {typeof BROWSERS[number]} which
 * @param {number} width
 * @param {(page: import('puppeteer-core').Page, version: string) => Promise<T>} act
 */
async function onTimeline(which, width, act) {
  const server = await serve();
  const browser = await launch(which);
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(600_000);
    await page.setViewport({ width, height: HEIGHT });
    await page.goto(server.url);
    return await act(page, await browser.version());
  } finally {
    await browser.close();
    await server.close();
  }
}

/**
 * For the benchmark: seconds of the main thread in the longest frame of each pass over pans and zooms.
 * @param {'chrome' | 'firefox'} name
 * @param {{ events: number, passes: number }} options
 * @returns {Promise<number[]>}
 */
export async function longestFrames(name, { events, passes }) {
  const which = BROWSERS.find(({ browser }) => browser === name);
  if (!which || !installed(which.path)) return [];
  return onTimeline(which, 1440, (page) => page.evaluate(panAndZoom, events, passes));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const events = Number(process.argv[2] ?? 1_000_000);
  for (const which of BROWSERS)
    if (!installed(which.path)) console.log(`${which.name}: not installed`);
    else
      await onTimeline(which, Number(process.argv[3] ?? 1440), async (page, version) => {
        console.log(`${which.name} ${version}`);
        for (const row of await page.evaluate(measure, events)) console.log(`  ${row}`);
      });
}

/**
 * Runs in the page.
 * @param {number} count @param {number} passes
 * @returns {Promise<number[]>}
 */
async function panAndZoom(count, passes) {
  const { timeline, synthetic } = /** @type {any} */ (globalThis);
  const run = synthetic({ events: count, tasks: 200, pieces: 8 });
  timeline.setPlan(run.cells);
  timeline.append({ lanes: run.lanes, events: run.writer.pack(5_000_000_000n), lost: 0 });
  timeline.finish();
  await timeline.settled();
  const native = window.requestAnimationFrame.bind(window);
  const frame = () => new Promise((resolve) => native(resolve));
  for (let i = 0; i < 30; i++) await frame();
  let longest = 0;
  window.requestAnimationFrame = (callback) => native((time) => {
    const before = performance.now();
    callback(time);
    longest = Math.max(longest, performance.now() - before);
  });
  const { viewport } = timeline.view;
  const drive = async (/** @type {() => void} */ step) => {
    for (let i = 0; i < 60; i++) {
      step();
      timeline.invalidate();
      await frame();
    }
  };
  const seconds = [];
  for (let pass = 0; pass < passes; pass++) {
    longest = 0;
    viewport.fit();
    const whole = viewport.range;
    await drive(() => viewport.zoom((1e4 / whole) ** (1 / 60), whole * 0.37));
    await drive(() => viewport.zoom((whole / 1e4) ** (1 / 60), whole * 0.37));
    for (const part of [1, 0.5, 0.05, 0.005]) {
      viewport.show(whole * 0.2, whole * (0.2 + part * 0.7));
      await drive(() => viewport.pan(0.01));
    }
    seconds.push(longest / 1000);
  }
  return seconds;
}

/**
 * Runs in the page.
 * @param {number} count
 * @returns {Promise<string[]>}
 */
async function measure(count) {
  const { timeline, synthetic, batches } = /** @type {any} */ (globalThis);
  /** @type {string[]} */
  const lines = [];
  const run = synthetic({ events: count, tasks: 200, pieces: 8 });
  const packed = run.writer.pack(5_000_000_000n);
  /** Main-thread time of every frame callback, and the intervals between them. @type {number[]} */
  let work = [];
  /** @type {number[]} */
  let times = [];
  const native = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = (callback) => native((time) => {
    const before = performance.now();
    callback(time);
    work.push(performance.now() - before);
    times.push(before);
  });
  /** Slices of building: what the message port's handler takes. @type {number[]} */
  let slices = [];
  const watch = () => {
    const port = timeline.feed.channel.port1;
    const slice = port.onmessage;
    port.onmessage = (/** @type {MessageEvent} */ event) => {
      const before = performance.now();
      slice.call(port, event);
      slices.push(performance.now() - before);
    };
  };
  /** @param {number[]} list @param {number} part */
  const quantile = (list, part) => [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * part))] ?? NaN;
  /** @param {number[]} list */
  const spread = (list) => `median ${quantile(list, 0.5).toFixed(1)}, 99% ${quantile(list, 0.99).toFixed(1)}, most ${quantile(list, 1).toFixed(1)} ms`;
  /** @param {string} what */
  const report = (what) => {
    const gaps = times.slice(1).map((time, i) => time - times[i]);
    lines.push(`${what}: ${work.length} frames, work ${spread(work)}; from frame to frame ${spread(gaps)}`);
    work = [];
    times = [];
  };
  const frame = () => new Promise((resolve) => native(resolve));
  const { viewport } = timeline.view;

  timeline.setPlan(run.cells);
  watch();
  let start = performance.now();
  timeline.append({ lanes: run.lanes, events: packed, lost: 0 });
  await timeline.settled();
  lines.push(`all at once: ${timeline.model.events} events in ${((performance.now() - start) / 1000).toFixed(2)} s, ${slices.length} slices, ${spread(slices)}`);
  report('frames meanwhile');

  timeline.reset();
  watch();
  timeline.setPlan(run.cells);
  const live = batches(packed, 1e9);
  slices = [];
  start = performance.now();
  for (const [i, events] of live.entries()) {
    timeline.append({ lanes: i === 0 ? run.lanes : [], events, lost: 0 });
    await timeline.settled();
    await frame();
  }
  lines.push(`${live.length} live batches in ${((performance.now() - start) / 1000).toFixed(2)} s, slices ${spread(slices)}`);
  report('following');
  timeline.finish();
  for (let i = 0; i < 30; i++) await frame();
  work = [];
  times = [];

  /** @param {string} what @param {(i: number) => void} step @param {number} [frames] */
  const drive = async (what, step, frames = 120) => {
    for (let i = 0; i < frames; i++) {
      step(i);
      timeline.invalidate();
      await frame();
    }
    report(what);
  };
  viewport.fit();
  const whole = viewport.range;
  await drive('zoomed out, the pointer moves', (i) => { timeline.view.pointer = { x: 300 + i, y: 200 }; });
  await drive('zoomed out, drawn anew', () => { timeline.theme.readings++; });
  await drive('zooming in to 10 µs', () => viewport.zoom((1e4 / whole) ** (1 / 120), whole * 0.37));
  await drive('zooming out', () => viewport.zoom((whole / 1e4) ** (1 / 120), whole * 0.37));
  for (const part of [0.5, 0.05, 0.005]) {
    viewport.show(whole * 0.2, whole * (0.2 + part));
    await drive(`panning, ${100 * part}% of the run shown`, () => viewport.pan(0.01));
  }
  timeline.choose({ what: 'workload', workload: 'primes', round: null });
  await drive('methods below each other, zooming', (i) => viewport.zoom(i < 60 ? 0.95 : 1 / 0.95, viewport.begin + viewport.range / 3));
  lines.push(`records ${timeline.model.records()}, forgotten ${timeline.model.dropped}`);
  return lines;
}
