// Every exhibit of the built site as a person meets it, with nothing but its defaults, in every browser, to a verified end;
// in WebKit without SharedArrayBuffer too, which it may keep from a page that is isolated.

import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { after, before, describe } from 'node:test';
import { fileURLToPath } from 'node:url';
import { known } from '../../web/latency/rows.js';
import { METHOD_ORDER as METHODS } from '../../web/page/methods.js';
import { PAGES } from '../../web/pages.js';
import { ENGINES, PATIENCE_MS, capture, ended, launch, linkByHand, newPage, open, patient, press, serveTo, textOf } from './page-site.js';

/** @import { Page } from 'puppeteer-core' */
/** @import { Engine } from './page-site.js' */
/** @import { GilDocument } from '../../web/gil/types.js' */
/** @import { LatencyDocument } from '../../web/latency/types.js' */
/** @import { SpinDocument } from '../../web/spin/types.js' */

const DIST = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'dist');
/** A run by default takes a minute at most where nothing else goes on; compare's gives up after ten seconds a cell. */
const MOST_MS = 420_000;
const ALONE = ['sequential', 'processes', 'async'];
const NOTE = /^Threads need shared memory, which is not to be had here: this page is isolated, and this browser has no SharedArrayBuffer all the same\.$/;
const NO_THREADS = /SharedArrayBuffer is missing here/;

/** @typedef {{ page: Page, threads: boolean, methods: string[], saved: () => Promise<any> }} End */

/**
 * What is to be true when a run of it is over; of every page, in the order in which they begin.
 * @type {{ name: string, path: string, check: (end: End) => Promise<void>, never?: boolean, refused?: boolean }[]}
 *   never: nothing is run there; refused: without threads nothing can be, and it says so
 */
const EXHIBITS = [
  {
    name: 'Guide', path: 'guide.html?waits=waiting&shares=nothing&tasks=thousands',
    async check({ page, methods }) {
      assert.equal(await textOf(page, '#summary'), 'Done: every number is there.');
      const empty = await page.$$eval('table.guide td:not(.is-number):not(.fact) button', (cells) => cells.map((cell) => cell.getAttribute('aria-label') ?? ''));
      assert.deepEqual(empty.filter((label) => methods.some((method) => label.includes(` ${method}`))), [], 'every cell is a number');
      assert.match(await textOf(page, '#advice .verdict'), /^An event loop/);
      assert.match(await textOf(page, '.advice-first'), /20,000 that wait at once would hold [\d.]+ [KM]iB/);
      await press(page, 'label[for="waits-computing"]');
      assert.doesNotMatch(await textOf(page, '#advice .verdict'), /^An event loop/);
    },
  },
  {
    name: 'Compare', path: '',
    async check({ page, methods, saved }) {
      const { runs } = await saved();
      assert.deepEqual([...new Set(runs.map((/** @type {any} */ run) => run.method))], methods);
      for (const run of runs) assert.equal(run.verified, true, `${run.method} at ${run.workers}: ${run.reason}`);
      assert.match(await textOf(page, '.verdict'), /On this machine/);
      // Its link beside it, and then by itself.
      const link = await linkByHand(page);
      const shown = (/** @type {number} */ rows, /** @type {RegExp} */ words) =>
        page.waitForFunction((count, source) => document.querySelectorAll('table.results tbody tr').length === count && new RegExp(source).test(document.querySelector('#report-body')?.textContent ?? ''), { timeout: PATIENCE_MS }, rows, words.source);
      await page.evaluate((hash) => (location.hash = hash), new URL(link).hash);
      await shown(2 * runs.length, /On this machine[^]*From a link: measured on/);
      await page.goto('about:blank');
      await open(page, link);
      await shown(runs.length, /^From a link: measured on/);
    },
  },
  {
    name: 'Futures', path: 'futures.html',
    async check({ page }) {
      assert.match(await textOf(page, '#summary'), /^Done: \d+ passed and \d+ not applicable\.$/);
      assert.deepEqual(await page.$$eval('th.executor', (heads) => heads.map((head) => head.textContent)), METHODS);
      assert.equal(await page.$$eval('td.is-fail, td.is-waiting', (marks) => marks.length), 0);
      assert.ok(await page.$$eval('td.is-pass', (marks) => marks.length) >= 23);
      await page.evaluate(() => document.querySelectorAll('.opener').forEach((one) => /** @type {HTMLElement} */ (one).click()));
      await page.evaluate(() => document.querySelectorAll('.case details').forEach((one) => (/** @type {HTMLDetailsElement} */ (one).open = true)));
      await page.waitForFunction(() => [...document.querySelectorAll('.case details')].every((one) => one.childElementCount === 2), { timeout: PATIENCE_MS });
      assert.equal(await page.$$eval('.case .error', (lines) => lines.map((line) => line.textContent).join()), '', 'every case has its function');
    },
  },
  {
    name: 'GIL', path: 'gil.html', refused: true,
    async check({ saved }) {
      /** @type {GilDocument} */
      const { gil, noGil, counter } = await saved();
      assert.ok(gil && gil.switches > 0 && gil.forced > 0 && gil.forced <= gil.switches);
      assert.ok(noGil && noGil.cpuTasksPerSecond > 0);
      for (const { kind, lost, expected, counted } of counter) assert.equal(lost, kind === 'unprotected' ? expected - counted : 0, kind);
    },
  },
  {
    name: 'Latency', path: 'latency.html',
    async check({ page, threads, saved }) {
      assert.match(await textOf(page, '#summary'), /^Done/);
      /** @type {LatencyDocument} */
      const { rows, ladder, cycleSeconds } = await saved();
      for (const { name, group, classicSeconds } of rows) assert.deepEqual([group, classicSeconds], [known(name)?.group, known(name)?.classicSeconds], `${name}: the page knows it as the core does`);
      const sizes = ladder?.levels.flatMap(({ bytes }) => (bytes === null ? [] : [bytes])) ?? [];
      assert.ok(sizes.length > 0 && sizes.every((size, i) => size > (sizes[i - 1] ?? 0)), 'caches that grow');
      assert.ok(Number(cycleSeconds) > 0);
      for (const { name, seconds, low, high, reason } of rows)
        if (seconds === null) assert.ok(reason, name);
        else assert.ok(seconds > 0 && (low === null || high === null || (low <= seconds && seconds <= high)), `${name}: ${low}, ${seconds}, ${high}`);
      const measured = new Set(rows.filter(({ seconds }) => seconds !== null).map(({ name }) => name));
      for (const name of ['l1-cache', 'main-memory', 'task-sequential', ...(threads ? ['mutex', 'task-threads', 'task-processes', 'message-1mb'] : [])])
        assert.ok(measured.has(name), `${name}: ${rows.find((row) => row.name === name)?.reason}`);
      if (!threads) assert.match(rows.find(({ name }) => name === 'mutex')?.reason ?? '', NO_THREADS);
    },
  },
  {
    name: 'Spinner', path: 'spin.html',
    async check({ page, methods, saved }) {
      assert.equal(await page.$$eval('.spinner.is-over', (all) => all.length), 6);
      /** @type {SpinDocument} */
      const { runs } = await saved();
      assert.deepEqual(runs.map(({ method }) => method), METHODS);
      for (const { method, correct, frames, reason } of runs)
        if (methods.includes(method)) assert.ok(correct && frames > 0, `${method}: ${reason}`);
        else assert.match(reason ?? '', NO_THREADS);
    },
  },
  {
    name: 'Terms', path: 'terms.html', never: true,
    async check({ page }) {
      assert.ok(await page.$$eval('#entries .entries > *', (entries) => entries.length) > 100);
    },
  },
  {
    name: 'Contents', path: 'contents.html', never: true,
    async check({ page }) {
      assert.deepEqual(await page.$$eval('main li a', (links) => links.map((link) => link.textContent)), PAGES.flatMap(({ name, group }) => (group ? [name] : [])));
    },
  },
];
for (const { name, file } of PAGES) assert.ok(EXHIBITS.some((one) => one.name === name && (one.path || 'index.html').split('?')[0] === file), `${name} has a check`);

/** @typedef {{ name: string, which: Engine, threads: boolean }} Way */
/** @type {Way[]} */
const WAYS = [
  ...ENGINES.map((which) => ({ name: which.name, which, threads: true })),
  ...ENGINES.flatMap((which) => (which.name === 'webkit' ? [{ name: 'webkit without SharedArrayBuffer', which: { ...which, sharedMemory: false }, threads: false }] : [])),
];

// Some at a time: what is asserted does not depend on a quiet machine.
describe('by default', { concurrency: 2, timeout: 2_400_000 }, () => {
  for (const { name, which, threads } of WAYS) describe(name, { concurrency: 1, timeout: 2_400_000 }, () => inBrowser(which, threads));
});

/** @param {Engine} which @param {boolean} threads */
function inBrowser(which, threads) {
  /** @type {Awaited<ReturnType<typeof launch>>} */
  let browser;
  /** @type {Awaited<ReturnType<typeof serveTo>>} */
  let server;
  before(async () => {
    browser = await launch(which);
    server = await serveTo(which, DIST);
  });
  after(async () => {
    await browser?.close();
    await server?.close();
  });

  for (const { name, path, check, never, refused } of EXHIBITS)
    patient(name, async () => {
      const { page, heard } = await newPage(browser);
      try {
        await open(page, server.address + path);
        assert.equal(await page.evaluate(() => window.crossOriginIsolated), true);
        const note = await textOf(page, '#isolation-note');
        if (threads || never) assert.equal(note, '');
        else assert.match(note, NOTE);
        if (!never) {
          await press(page, '#run');
          await ended(page, 1, MOST_MS);
        }
        if (refused && !threads) assert.match(await textOf(page, '#trouble'), NO_THREADS);
        else {
          assert.equal(await textOf(page, '#trouble'), '');
          await check({ page, threads, methods: threads ? METHODS : ALONE, saved: async () => JSON.parse((await capture(page, 'JSON')).text) });
        }
        assert.deepEqual(await heard(), [], 'the console stays empty');
      } finally {
        await page.close();
      }
    });
}
