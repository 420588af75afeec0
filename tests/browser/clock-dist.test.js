// The built site in Firefox with privacy.resistFingerprinting, as a person who has that set meets it: clocks have steps of
// 16.67 ms. Every run comes to a verified end, shows no time that is none, and says what its clock cannot tell. The guide's
// runs are of Compare and Latency.

import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { after, before, describe } from 'node:test';
import { fileURLToPath } from 'node:url';
import { BROWSERS, capture, launch, newPage, open, patient, press, serve, textOf } from './page-site.js';

const DIST = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'dist');
/** A clock this coarse makes each sample last two thirds of a second. */
const MOST_MS = 400_000;
const STEP = 1 / 60;

/** Times that stand for none, or are none. */
const NOTHING = /(?<![\d.,])[−-]?0(\.0+)?\s?(ns|µs|ms|s)(?![\w/])|[−-]\d[\d.]*\s?(ns|µs|ms|s)(?![\w/])|\bNaN\b|\bInfinity\b|\bundefined\b/;

const firefox = BROWSERS.find(({ name }) => name === 'firefox');

describe('in Firefox that resists fingerprinting', { concurrency: 1, timeout: 1_800_000, skip: !firefox }, () => {
  /** @type {Awaited<ReturnType<typeof launch>>} */
  let browser;
  /** @type {Awaited<ReturnType<typeof serve>>} */
  let server;
  before(async () => {
    if (firefox) browser = await launch(firefox, { prefs: { 'privacy.resistFingerprinting': true } });
    server = await serve(DIST);
  });
  after(async () => {
    await browser?.close();
    await server?.close();
  });

  /** @param {string} name @param {string} path @param {(page: import('puppeteer-core').Page, result: () => Promise<any>) => Promise<void>} check */
  const runs = (name, path, check) =>
    patient(name, async () => {
      const { page, said } = await newPage(browser);
      try {
        await open(page, server.address + path);
        assert.equal(await page.evaluate(() => window.crossOriginIsolated), true);
        await press(page, '#run');
        // Not one long call, which the driver gives up after three minutes.
        for (const end = Date.now() + MOST_MS; !(await page.evaluate(() => /** @type {any} */ (window).ran > 0 && !document.body.classList.contains('running')));) {
          assert.ok(Date.now() < end, `no end: ${await textOf(page, '#summary')}`);
          await new Promise((resolve) => setTimeout(resolve, 500));
        }
        assert.equal(await textOf(page, '#trouble'), '');
        await check(page, async () => JSON.parse((await capture(page, 'JSON')).text));
        const results = await page.$eval('main', (main) => /** @type {HTMLElement} */ (main).innerText.replaceAll('\u00a0', ' '));
        assert.doesNotMatch(results, NOTHING);
        assert.deepEqual(said, [], 'the console stays empty');
      } finally {
        await page.close();
      }
    });
  /** @param {any} environment */
  const coarse = ({ timerResolutionNs }) => assert.ok(Math.abs(timerResolutionNs / 1e9 / STEP - 1) < 0.05, `steps of ${timerResolutionNs} ns`);

  runs('Compare: short work is repeated until the clock sees it', '?workloads=primes&methods=sequential,threads,async&workers=2&size=2&rounds=5&seconds=1', async (page, result) => {
    const { environment, runs: cells } = await result();
    coarse(environment);
    for (const cell of cells) {
      assert.equal(cell.verified, true, cell.method);
      assert.ok(cell.seconds.low > 0 && cell.seconds.low <= cell.seconds.high, cell.method);
      assert.ok(cell.startupSeconds === null || cell.startupSeconds >= 0.98 * STEP, 'nothing is claimed below a step');
    }
    assert.match(await textOf(page, '.verdict'), /On this machine/);
  });

  runs('Latency: numbers, or why there are none', 'latency.html?only=l1-cache,mutex,message-0b&seconds=6', async (_, result) => {
    const { environment, rows } = await result();
    coarse(environment);
    assert.equal(rows.length, 3);
    for (const { name, seconds, low, reason } of rows)
      if (seconds === null) assert.match(reason, /^[a-z].{20}/, name);
      else assert.ok(seconds > 0 && (low === null || low > 0), name);
    assert.ok(rows[0].seconds < 1e-6, 'a load takes nanoseconds');
  });

  runs('GIL: means, and no quantile that is none', 'gil.html?seconds=2', async (page, result) => {
    const { environment, gil, counter } = await result();
    coarse(environment);
    assert.ok(gil.switches > 0 && gil.holdSeconds.mean > 0);
    for (const { kind, lost, expected, counted } of counter) assert.equal(lost, kind === 'unprotected' ? expected - counted : 0, kind);
    assert.match(await textOf(page, '#report-body'), /This clock has steps of 16\.7 ms\. A median or a quantile of less than two steps is not told/);
  });

  runs('Spinner: nobody is late by less than a step', 'spin.html?seconds=0.5', async (page, result) => {
    const { environment, runs: spinners } = await result();
    coarse(environment);
    for (const { method, correct, frames } of spinners) assert.ok(correct && frames > 0, method);
    const late = await page.$$eval('.spinner-figures div:nth-child(2) dd', (cells) => cells.map((cell) => (cell.textContent ?? '').replaceAll('\u00a0', ' ')));
    assert.equal(late.length, 6);
    for (const words of late) assert.match(words, /^(–|< 16\.7 ms|\d[\d.]* m?s)$/);
    assert.doesNotMatch(await textOf(page, 'main'), /\d (µs|ns)\b/);
  });
});
