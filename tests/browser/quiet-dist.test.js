// While something is measured the page is still: it draws between two measurements and at no other time, unless a
// person asks. Counted, not timed: the stretches between an answered look (web/page/looks.js) and the next one in which there was
// a frame, a change of the document or a running animation, and in Chromium what its own trace says of the page's threads
// meanwhile.

import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { after, before, describe } from 'node:test';
import { fileURLToPath } from 'node:url';
import { BROWSERS, capture, ended, launch, newPage, open, patient, press, reported, serve, textOf } from './page-site.js';

/** @typedef {import('puppeteer-core').Page} Page */

const DIST = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'dist');
const LOOK_EVERY_SECONDS = 0.33;
const MOST_MS = 150_000;
/**
 * Of so many looks one may be followed by a frame. None is where the machine is idle; a page that gets no turn for seconds is
 * not waited for (web/page/looks.js), and draws later. One that draws as things come does so after every look.
 */
const LATE = 2;
/** A run of all that is drawn: four cells, their tiles, lanes, intervals that close in. */
const COMPARE = '?workloads=mandelbrot&methods=sequential,threads,processes,async&workers=2&size=256&rounds=5&seconds=1';
/** The guide's runs are a comparison's and latencies'. A spinner's frames are drawn when they come: that is what it shows. */
const RUNS = [
  ['a comparison', COMPARE],
  ['latencies', 'latency.html?only=l1-cache,mutex,futex-parked,thread-start&seconds=2'],
  ['a GIL', 'gil.html?seconds=2'],
];
const LEAST_LOOKS = 3;
/** Besides the regular ones: at the ends of what a run consists of. */
const LOOKS_AT_ENDS = 10;

/**
 * Counts what the page does while something is measured. Between a look that was answered and the next one the core
 * measures, and in no other time.
 */
function count() {
  const quiet = { measuring: false, still: true, looks: 0, disturbed: 0, begun: 0, ended: 0 };
  Object.assign(window, { quiet });
  const disturb = () => {
    if (!quiet.measuring || !quiet.still) return;
    quiet.still = false;
    quiet.disturbed++;
  };
  const begin = (/** @type {boolean} */ measuring) => {
    quiet.measuring = measuring;
    quiet.still = true;
    performance.mark(measuring ? 'measuring' : 'looking');
  };
  const { Worker, requestAnimationFrame } = window;
  window.Worker = class extends Worker {
    /** @param {string | URL} url @param {WorkerOptions} [options] */
    constructor(url, options) {
      super(url, options);
      this.addEventListener('message', ({ data }) => {
        if (data?.type !== 'look' && data?.type !== 'done') return;
        quiet.looks += Number(data.type === 'look');
        quiet.begun ||= performance.now();
        quiet.ended = performance.now();
        begin(false);
      });
    }

    /** @override @param {any} message @param {any} transfer */
    postMessage(message, transfer) {
      if (message?.type === 'looked') {
        begin(true);
        if (document.getAnimations().length > 0) disturb();
      }
      super.postMessage(message, transfer);
    }
  };
  window.requestAnimationFrame = (draw) => requestAnimationFrame((now) => {
    disturb();
    draw(now);
  });
  new MutationObserver(disturb).observe(document, { attributes: true, characterData: true, childList: true, subtree: true });
}

/** @param {Page} page @returns {Promise<{ looks: number, disturbed: number, begun: number, ended: number }>} */
const counted = (page) => page.evaluate(() => /** @type {any} */ (window).quiet);

/** Runs to the end, and asks the page for nothing but that meanwhile: the driver's own waiting is a frame after the other. @param {Page} page */
async function runUnseen(page) {
  await press(page, '#run');
  await page.waitForFunction(() => /** @type {any} */ (window).ran > 0, { polling: 500, timeout: MOST_MS });
  await ended(page);
}

/** @param {Awaited<ReturnType<typeof counted>>} quiet */
function still({ looks, disturbed, begun, ended: end }) {
  assert.ok(looks >= LEAST_LOOKS, `${looks} looks`);
  assert.ok(looks <= (end - begun) / 1000 / LOOK_EVERY_SECONDS + LOOKS_AT_ENDS, `${looks} looks in ${end - begun} ms`);
  assert.ok(disturbed <= looks / LATE, `something was drawn in ${disturbed} of ${looks} stretches`);
}

describe('a quiet page', { concurrency: 1, timeout: 900_000 }, () => {
  for (const which of BROWSERS)
    describe(which.name, { concurrency: 1, timeout: 900_000 }, () => {
      /** @type {Awaited<ReturnType<typeof launch>>} */
      let browser;
      /** @type {Awaited<ReturnType<typeof serve>>} */
      let server;
      before(async () => {
        server = await serve(DIST);
        browser = await launch(which);
      });
      after(async () => {
        await browser?.close();
        await server?.close();
      });

      /** @param {string} name @param {(page: Page) => Promise<void>} body */
      const onPage = (name, body) =>
        patient(name, async () => {
          const { page, said } = await newPage(browser);
          try {
            await page.evaluateOnNewDocument(count);
            // Motion is reduced in the tests' browsers, and with it transitions are gone: here they would be seen.
            if (which.name === 'chrome') await page.emulateMediaFeatures([{ name: 'prefers-reduced-motion', value: 'no-preference' }]);
            await body(page);
            assert.deepEqual(said, [], 'the console stays empty');
          } finally {
            await page.close();
          }
        });

      for (const [name, address] of RUNS)
        onPage(`${name}: drawn between what is measured`, async (page) => {
          await open(page, server.address + address);
          await runUnseen(page);
          assert.equal(await textOf(page, '#trouble'), '');
          still(await counted(page));
          assert.equal(typeof JSON.parse((await capture(page, 'JSON')).text).observerSeconds, 'number');
        });

      onPage('what a person does is drawn at once, and what it took of the samples is said', async (page) => {
        await page.evaluateOnNewDocument(() => {
          // A page that is slow to answer: the person's key keeps it busy.
          addEventListener('keydown', () => {
            for (const until = performance.now() + 150; performance.now() < until;);
          });
        });
        await open(page, server.address + COMPARE);
        await press(page, '#run');
        let over = false;
        const run = ended(page).then(() => (over = true));
        while (!over) await page.keyboard.press('Shift');
        await run;
        await reported(page);
        const result = JSON.parse((await capture(page, 'JSON')).text);
        assert.ok(result.observerSeconds > 0, `${result.observerSeconds} s`);
        assert.match(result.observerNote ?? '', /^What shows this run was busy itself for [\d.]+ s of the [\d.]+ s that were measured/);
        assert.ok((await textOf(page, '#report-body .note')).includes(result.observerNote));
      });
    });

  const chrome = BROWSERS.find(({ name }) => name === 'chrome');
  patient('Chromium’s own trace has no more than the end of a look’s frame while something is measured', async () => {
    const browser = await launch(/** @type {NonNullable<typeof chrome>} */ (chrome));
    const server = await serve(DIST);
    try {
      const { page } = await newPage(browser);
      await page.evaluateOnNewDocument(count);
      await open(page, server.address + COMPARE);
      await page.tracing.start({ categories: ['devtools.timeline', 'blink.user_timing', 'toplevel', 'cc', '__metadata'] });
      await runUnseen(page);
      const trace = JSON.parse(Buffer.from(/** @type {Uint8Array} */ (await page.tracing.stop())).toString());
      const { windows, sum } = meanwhile(trace.traceEvents);
      assert.ok(windows >= 5, `${windows} stretches of measuring`);
      for (const name of ['Layout', 'UpdateLayoutTree', 'Paint', 'PrePaint', 'FireAnimationFrame', 'Commit']) assert.ok((sum.get(`main ${name}`) ?? 0) <= LATE * windows, `${name}: ${sum.get(`main ${name}`)} in ${windows} stretches`);
    } finally {
      await browser.close();
      await server.close();
    }
  }, { skip: !chrome });
});

/**
 * How often each thing was done by the page's main thread and its compositor between a mark `measuring` and the next
 * mark `looking`.
 * @param {{ name: string, ph: string, ts: number, pid: number, tid: number, args: any }[]} events
 */
function meanwhile(events) {
  const marks = events.filter(({ name }) => name === 'measuring' || name === 'looking').sort((a, b) => a.ts - b.ts);
  const first = marks[0];
  /** @type {[from: number, to: number][]} */
  const windows = [];
  marks.forEach((mark, i) => {
    if (mark.name === 'measuring' && marks[i + 1]) windows.push([mark.ts, marks[i + 1].ts]);
  });
  const compositor = events.find(({ name, pid, args }) => name === 'thread_name' && pid === first?.pid && args.name === 'Compositor')?.tid;
  /** @type {Map<string, number>} */
  const sum = new Map();
  for (const { name, ph, ts, pid, tid } of events) {
    const thread = pid !== first?.pid ? '' : tid === first.tid ? 'main' : tid === compositor ? 'compositor' : '';
    if (!thread || ph === 'E' || !windows.some(([from, to]) => ts > from && ts < to)) continue;
    sum.set(`${thread} ${name}`, (sum.get(`${thread} ${name}`) ?? 0) + 1);
  }
  return { windows: windows.length, sum };
}
