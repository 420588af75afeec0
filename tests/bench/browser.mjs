// The page's rows of the benchmark, in Chromium and Firefox: `npm run bench -- --browsers`, or by itself
//
//   node tests/bench/browser.mjs [--rounds N] [--seconds S] [--only ROW,ROW] [--events N]
//
// on a site that is built. Every round is a visitor of its own: a browser context with nothing in its cache. It opens the
// page (page-ready), lets it come to rest, and runs a first thread pool; in a second one the first process pool; and in
// each a peer is measured beside ours. The clock is the page's, but for the pools, whose start the core measures.

import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { BROWSERS, capture, launch, open, press, serve } from '../browser/page-site.js';
import { longestFrames } from '../browser/timeline-bench.js';

/** @typedef {import('puppeteer-core').Page} Page */
/** @typedef {{ ours: number[], peer: number[], beside?: number }} Samples */

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const DIST = join(root, 'dist');
const ROUNDS = 6;
const LEAST_ROUNDS = 3;
const EVENTS = 1_000_000;
/** At most, over the timeline: 6 s each. */
const PASSES = 5;
/** So long the page rests before Run is pressed, and a window before it is sent anywhere. */
const REST_MS = 1500;
const RUN = '?workloads=primes&workers=2&size=1&rounds=1&seconds=1&methods=';

/** @type {Record<string, { title: string, description: string, unit: string, goal: number, peerName: string | null, note?: string, beside?: { unit: string, goal: number } }>} */
export const ROWS = {
  'page-ready': {
    title: 'the page: from navigation to ready to run', unit: 's/page', goal: 0.5, peerName: 'an empty page with the same headers',
    note: 'With both cores to itself the page took 260 to 410 ms in Chromium and 280 to 470 in Firefox. What is left: some fifteen modules over six connections, and two Workers, begun before all else, which take 90 to 140 ms by themselves (the peer of the pools).',
    beside: { unit: 'KB compressed', goal: 200 },
    description: 'From the start of the navigation to Run that can be pressed, with an empty cache, in a window at rest, from a server on this machine. The peer is the load event of a page of one line.',
  },
  'pool-threads': {
    title: 'the first pool of 2 threads in a warm page', unit: 's/pool', goal: 0.010, peerName: '2 Workers that answer',
    note: 'The Workers are ready before; what is left is a message to each and the turn in which it hears it, so it is long where the page, its host and two Workers share two cores with a neighbour.',
    description: 'From the creation of the first thread pool to both threads ready, measured by the core. The peer makes two Workers of one line at once and waits until both have answered.',
  },
  'pool-processes': {
    title: 'the first pool of 2 processes in a warm page', unit: 's/pool', goal: 0.030, peerName: '2 Workers that answer',
    note: 'The Workers are ready before, their instances are not. With both cores to itself it took 6 to 12 ms in Chromium and 17 to 33 in Firefox: a message, a lock (5 ms), an instance (1 ms), and eight pings to align each clock.',
    description: 'From the creation of the first process pool to both processes ready, their clocks aligned, measured by the core. The peer makes two Workers of one line at once and waits until both have answered.',
  },
  'timeline-frame': {
    title: 'the timeline with 1 M events: the longest pan and zoom frame', unit: 's/frame', goal: 0.016, peerName: null,
    note: 'The longest frame of 360 is what a garbage collection or a neighbour makes of it: 11 to 16 ms were seen.',
    description: 'Main-thread time of a frame while the timeline pans at several scales and zooms from all to 10 µs and back, at 1440 × 900 pixels; the longest of each pass of 360 frames counts.',
  },
};

/**
 * @param {{ rounds?: number, seconds?: number, only?: string[] | null, events?: number, log?: (line: string) => void }} [options]
 *   seconds: for each row; with it there are as many rounds as fit, three at least and `rounds` at most
 * @returns {Promise<{ program: string, document: object }[]>} a document of `lab bench` for each browser that there is
 */
export async function measure({ seconds, rounds = seconds === undefined ? ROUNDS : Infinity, only = null, events = EVENTS, log = () => {} } = {}) {
  statSync(join(DIST, 'index.html')); // it is built
  const server = await serve(DIST, { compressed: true });
  const wanted = (/** @type {string} */ name) => only === null || only.includes(name);
  const documents = [];
  try {
    for (const which of BROWSERS) {
      const begun = performance.now();
      /** @type {Record<string, Samples>} */
      const samples = Object.fromEntries(Object.keys(ROWS).map((name) => [name, { ours: [], peer: [] }]));
      const add = (/** @type {string} */ name, /** @type {number} */ ours, /** @type {number | null} */ peer = null) => {
        samples[name]?.ours.push(ours);
        if (peer !== null) samples[name]?.peer.push(peer);
        log(`${which.name} ${name}: ${(ours * 1000).toFixed(1)} ms${peer === null ? '' : `, peer ${(peer * 1000).toFixed(1)} ms`}`);
      };
      const browser = await launch(which);
      let environment = null;
      try {
        // What a browser does once in its life is no visitor's affair.
        if (['page-ready', 'pool-threads', 'pool-processes'].some(wanted)) await visit(browser, async (page) => open(page, server.address));
        const visits = ['page-ready', 'pool-threads', 'pool-processes'].filter(wanted).length;
        const until = performance.now() + (seconds ?? Infinity) * 1000 * visits;
        for (let round = 0; visits > 0 && round < rounds && (round < LEAST_ROUNDS || performance.now() < until); round++) {
          if (wanted('page-ready') || wanted('pool-threads'))
            await visit(browser, async (page) => {
              server.sent.clear();
              const ready = await readiness(page, server.address + RUN + 'threads');
              const bytes = [...server.sent.values()].reduce((sum, size) => sum + size, 0);
              const empty = await visit(browser, (other) => emptyLoad(other, server.address));
              if (wanted('page-ready')) add('page-ready', ready, empty);
              /** @type {Samples} */ (samples['page-ready']).beside = bytes / 1000;
              if (!wanted('pool-threads')) return;
              const { run, environment: where } = await firstPool(page);
              environment = where;
              add('pool-threads', run.firstStartupSeconds, await twoWorkers(page));
            });
          if (wanted('pool-processes'))
            await visit(browser, async (page) => {
              await open(page, server.address + RUN + 'processes');
              const { run, environment: where } = await firstPool(page);
              environment = where;
              add('pool-processes', run.firstStartupSeconds, await twoWorkers(page));
            });
        }
      } finally {
        await browser.close();
      }
      if (wanted('timeline-frame'))
        for (const longest of await longestFrames(which.name, { events, passes: Math.max(LEAST_ROUNDS, Math.min(PASSES, Math.ceil(rounds / 2))) })) add('timeline-frame', longest);
      documents.push({
        program: which.name === 'chrome' ? 'chromium' : which.name,
        document: {
          schema: 'concurrency-lab/1', command: 'bench', environment: environment ?? { runtime: which.name, engine: which.name, platform: process.platform, isolated: true, logicalCores: 0, measuredParallelism: null },
          seed: 1, stopped: false, seconds: (performance.now() - begun) / 1000,
          rows: Object.keys(ROWS).filter(wanted).map((name) => row(name, /** @type {Samples} */ (samples[name]))),
        },
      });
    }
  } finally {
    await server.close();
  }
  return documents;
}

/**
 * A page of a visitor who was never here.
 * @template T
 * @param {import('puppeteer-core').Browser} browser
 * @param {(page: Page) => Promise<T>} act
 */
async function visit(browser, act) {
  const context = await browser.createBrowserContext();
  try {
    const page = await context.newPage();
    await page.setViewport({ width: 1280, height: 900 });
    page.setDefaultTimeout(120_000);
    await page.evaluateOnNewDocument(() => {
      const times = /** @type {any} */ (window);
      times.ran = 0;
      document.addEventListener('lab:ran', () => times.ran++);
      addEventListener('DOMContentLoaded', () => new MutationObserver(() => {
        if (times.readyAt === undefined && document.body.classList.contains('ready')) times.readyAt = performance.now();
      }).observe(document.body, { attributeFilter: ['class'] }));
    });
    // A context is a new window, whose own bars and menus (web pages too, in Chromium) take a second of both cores.
    await new Promise((resolve) => setTimeout(resolve, REST_MS));
    return await act(page);
  } finally {
    await context.close();
  }
}

/** Seconds from the start of the navigation to ready. @param {Page} page @param {string} address */
async function readiness(page, address) {
  await open(page, address);
  return (await page.evaluate(() => /** @type {any} */ (window).readyAt)) / 1000;
}

/** Seconds to the load event of a page with nothing. @param {Page} page @param {string} address */
async function emptyLoad(page, address) {
  await page.goto(`${address}favicon.svg`);
  return page.evaluate(() => /** @type {PerformanceNavigationTiming} */ (performance.getEntriesByType('navigation')[0]).loadEventStart / 1000);
}

/** Runs, on a page at rest, and gives the one cell of it. @param {Page} page */
async function firstPool(page) {
  // Somebody comes to press Run: on the first movement the page makes Workers ready.
  await page.mouse.move(5, 5);
  await page.mouse.move(9, 9);
  await new Promise((resolve) => setTimeout(resolve, REST_MS)); // what its Workers load, the network's events do not all tell
  await press(page, '#run');
  await page.waitForFunction(() => /** @type {any} */ (window).ran === 1 && !document.body.classList.contains('running'));
  const result = JSON.parse((await capture(page, 'JSON')).text);
  const [run] = result.runs;
  if (!run?.verified) throw new Error(`the run failed: ${JSON.stringify(run)}`);
  return { run, environment: result.environment };
}

/** Seconds until two new Workers have answered. @param {Page} page */
function twoWorkers(page) {
  return page.evaluate(async () => {
    const begun = performance.now();
    // The site's policy lets no script in but its own files: this one does nothing until it is spoken to.
    const workers = [1, 2].map(() => new Worker(new URL('worker/echo.js', document.baseURI), { type: 'module' }));
    await Promise.all(workers.map((worker) => new Promise((resolve, reject) => {
      worker.onmessage = resolve;
      worker.onerror = reject;
      worker.postMessage('copy');
    })));
    const took = performance.now() - begun;
    for (const worker of workers) worker.terminate();
    return took / 1000;
  });
}

/** @param {string} name @param {Samples} samples */
function row(name, { ours, peer, beside }) {
  const { title, description, unit, goal, peerName, note = null, beside: other } = /** @type {typeof ROWS[string]} */ (ROWS[name]);
  const base = { name, title, description, note, unit, goal, goalOf: 'ours', direction: 'at most', rounds: ours.length };
  const none = { ours: null, oursLow: null, oursHigh: null, peer: null, peerName: null, peers: [], ratio: null, low: null, high: null, met: null, beside: null };
  if (ours.length === 0) return { ...base, ...none, reason: 'not measured' };
  const here = interval(ours);
  const there = peer.length > 0 ? interval(peer) : null;
  const ratio = there ? interval(ours.map((value, i) => value / /** @type {number} */ (peer[i]))) : null;
  const second = other ? { unit: other.unit, value: beside ?? null, goal: other.goal } : null;
  const small = second === null || second.value === null || second.value <= second.goal;
  return {
    ...base, ours: here.median, oursLow: here.low, oursHigh: here.high, peer: there?.median ?? null, peerName, peers: there ? [{ name: peerName, value: there.median, reason: null }] : [],
    ratio: ratio?.median ?? null, low: ratio?.low ?? null, high: ratio?.high ?? null, beside: second,
    met: here.high <= goal && small ? true : here.low > goal || !small ? false : null, reason: null,
  };
}

/** The median and its 95% interval, by the order of the samples. @param {number[]} samples */
function interval(samples) {
  const sorted = [...samples].sort((a, b) => a - b);
  const n = sorted.length;
  const at = (/** @type {number} */ i) => /** @type {number} */ (sorted[Math.min(n - 1, Math.max(0, i))]);
  const reach = 0.98 * Math.sqrt(n);
  return { median: (at(Math.floor((n - 1) / 2)) + at(Math.ceil((n - 1) / 2))) / 2, low: at(Math.floor((n - 1) / 2 - reach)), high: at(Math.ceil((n - 1) / 2 + reach)) };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { rounds: { type: 'string' }, seconds: { type: 'string' }, only: { type: 'string' }, events: { type: 'string' } } });
  const documents = await measure({ rounds: values.rounds ? Number(values.rounds) : undefined, seconds: values.seconds ? Number(values.seconds) : undefined, only: values.only?.split(',') ?? null, events: Number(values.events ?? EVENTS), log: (line) => console.error(line) });
  for (const { program, document } of documents) console.log(program, JSON.stringify(document, null, 1));
}
