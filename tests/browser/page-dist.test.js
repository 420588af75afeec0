// The built site itself, with its real core: the page in both browsers on a server that sends no special
// headers, as on GitHub Pages; and what its first load transfers.

import assert from 'node:assert/strict';
import http from 'node:http';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { BROWSERS, PATIENCE_MS, capture, ended, launch, newPage, open, patient, press, reported, runToEnd, serve, textOf } from './page-site.js';

const DIST = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'dist');
const MOST_FIRST_LOAD_BYTES = 200 * 1000;

// Both browsers at once: what is asserted does not depend on a quiet machine.
describe('built page', { concurrency: 2, timeout: 1_200_000 }, () => {
  for (const which of BROWSERS) describe(which.name, { concurrency: 1, timeout: 1_200_000 }, () => inBrowser(which));
});

/** @param {typeof BROWSERS[number]} which */
function inBrowser(which) {
  /** @type {Awaited<ReturnType<typeof launch>>} */
  let browser;
  before(async () => {
    browser = await launch(which);
  });
  after(() => browser?.close());

  /** @param {string} name @param {(page: import('puppeteer-core').Page, address: string, paths: Set<string>) => Promise<void>} body @param {{ isolation?: boolean, compressed?: boolean }} [how] */
  const onDist = (name, body, how = {}) =>
    patient(name, async () => {
      const server = await serve(DIST, { isolation: false, base: '/sub/path/', ...how });
      const { page, said } = await newPage(browser);
      try {
        await body(page, server.address, server.paths);
        assert.deepEqual(said, [], 'the console stays empty');
      } finally {
        await page.close();
        await server.close();
      }
    });
  const methods = (/** @type {import('puppeteer-core').Page} */ page) => page.$$eval('table.results tbody tr:not(.failed) th', (cells) => cells.map((cell) => cell.textContent));

  onDist('isolated by its service worker, it runs every method to a verdict', async (page, address) => {
    await open(page, `${address}?workloads=sha256&workers=2&size=2&rounds=2&seconds=1`);
    assert.equal(await page.evaluate(() => window.crossOriginIsolated), true);
    await runToEnd(page);
    assert.equal(await textOf(page, '#trouble'), '');
    assert.deepEqual(await methods(page), ['sequential', 'threads', 'threads-gil', 'interpreters', 'processes', 'async']);
    assert.match(await textOf(page, '.verdict'), /On this machine/);
  }, { compressed: true });

  onDist('pages come through the service worker’s latency', async (page, address) => {
    await open(page, `${address}?workloads=pages&methods=sequential,async&size=4&latency=150&rounds=1&seconds=1`);
    await runToEnd(page);
    assert.equal(await textOf(page, '#trouble'), '');
    assert.deepEqual(await methods(page), ['sequential', 'async']);
    const result = await page.$$eval('table.results tbody tr', (rows) => rows.map((row) => row.querySelectorAll('td')[2]?.textContent ?? ''));
    assert.match(result[0] ?? '', /^(6|7|8|9)\d\d.ms$|^\d\.\d+.s$/, `four pages one after the other: ${result[0]}`);
  });

  onDist('where nothing isolates it, three methods run and the reason is said', async (page, address) => {
    await page.evaluateOnNewDocument(() => {
      delete (/** @type {any} */ (Navigator.prototype).serviceWorker);
    });
    await open(page, `${address}?workloads=sha256&workers=2&size=2&rounds=2&seconds=1`);
    assert.match(await textOf(page, '#isolation-note'), /^Threads need shared memory/);
    await runToEnd(page);
    assert.equal(await textOf(page, '#trouble'), '');
    assert.deepEqual(await methods(page), ['sequential', 'processes', 'async']);
  });

  patient('where nobody adds latency to pages, those that a person names are read all the same', async () => {
    const server = await serve(DIST, { isolation: false, base: '/sub/path/', latency: false });
    const { page } = await newPage(browser);
    try {
      await page.evaluateOnNewDocument(() => {
        delete (/** @type {any} */ (Navigator.prototype).serviceWorker);
      });
      await open(page, `${server.address}?workloads=primes,pages&methods=sequential,async&size=&rounds=1&seconds=1`);
      await page.waitForFunction(() => document.querySelector('#workloads-pages-sentence strong'), { timeout: PATIENCE_MS });
      await runToEnd(page);
      assert.equal(await textOf(page, '#trouble'), '');
      assert.deepEqual(await methods(page), ['sequential', 'async']);
      await page.goto('about:blank');
      await open(page, `${server.address}?workloads=pages&methods=sequential,async&rounds=1&seconds=1&urls=index.html%0Agil.html`);
      await page.waitForFunction(() => document.querySelector('#workloads-pages-sentence strong'), { timeout: PATIENCE_MS });
      await runToEnd(page);
      assert.equal(await textOf(page, '#trouble'), '');
      assert.deepEqual(await methods(page), ['sequential', 'async']);
    } finally {
      await page.close();
      await server.close();
    }
  });

  for (const [how, query] of /** @type {const} */ ([['isolated', '?workloads=sha256&workers=2&size=2&rounds=1&seconds=1'], ['without shared memory', '?workloads=sha256&workers=2&size=2&rounds=1&seconds=1'], ['GIL', 'gil.html?threads=1&io-threads=1&interval-us=1000&io-us=2000&seconds=1'], ['Spinner', 'spin.html?methods=sequential&seconds=2']]))
    onDist(`a page that was hidden and frozen during a run says so in the result: ${how}`, async (page, address) => {
      await page.evaluateOnNewDocument((alone) => {
        if (alone) delete (/** @type {any} */ (Navigator.prototype).serviceWorker);
        // A driver cannot hide a page: the page is told, as the browser would.
        let hidden = false;
        Object.defineProperty(document, 'hidden', { get: () => hidden });
        const post = Worker.prototype.postMessage;
        Worker.prototype.postMessage = function (/** @type {any} */ message, /** @type {any} */ more) {
          post.call(this, message, more);
          // As soon as a run has begun, and until its end.
          if (message?.type !== 'run' || message.argv[0] === 'list') return;
          queueMicrotask(() => {
            hidden = true;
            for (const type of ['visibilitychange', 'freeze']) document.dispatchEvent(new Event(type));
            setTimeout(() => document.dispatchEvent(new Event('resume')), 20);
          });
        };
      }, how === 'without shared memory');
      await open(page, address + query);
      await runToEnd(page);
      await reported(page);
      assert.equal(await textOf(page, '#trouble'), '');
      const words = /The page was hidden for [\d.e-]+ s of this run and frozen by the browser for [\d.e-]+ s: browsers slow down what is not in sight, so what was measured then may have taken longer than it takes otherwise\./;
      assert.match(await textOf(page, '#report-body'), words);
      const { environment } = JSON.parse((await capture(page, 'JSON')).text);
      assert.match(environment.note, words);
      assert.ok(environment.hiddenSeconds > 0 && environment.frozenSeconds > 0, JSON.stringify(environment));
    });

  onDist('Stop ends a real run', async (page, address) => {
    await open(page, `${address}?workloads=primes&workers=2&seconds=600`);
    await press(page, '#run');
    await page.waitForFunction(() => document.querySelector('table.progress tr.current'), { timeout: PATIENCE_MS });
    await press(page, '#stop');
    await ended(page);
    assert.match(await textOf(page, '#summary'), /^Stopped/);
  });

  onDist('threads take turns under the GIL, and none without', async (page, address) => {
    await open(page, `${address}gil.html?threads=2&io-threads=1&interval-us=1000&io-us=2000&seconds=2&run=1`);
    const figure = (/** @type {number} */ row, /** @type {number} */ column) => page.$eval(`table.figures tbody tr:nth-child(${row}) td:nth-of-type(${column})`, (cell) => cell.textContent ?? '');
    await ended(page);
    assert.equal(await textOf(page, '#trouble'), '');
    await reported(page);
    for (const [row, column] of [[1, 1], [1, 2], [2, 1], [2, 2], [4, 1]]) assert.match(await figure(row ?? 0, column ?? 0), /^[1-9][\d,.]*\u00a0\/s$/, `row ${row}, column ${column}`);
    const result = JSON.parse((await capture(page, 'JSON')).text);
    assert.ok(result.gil.switches > 0 && result.gil.forced > 0 && result.gil.forced <= result.gil.switches);
    assert.ok(result.noGil.cpuTasksPerSecond > 0);
    for (const row of result.counter) assert.equal(row.lost, row.expected - row.counted);
    assert.ok(result.counter.some((/** @type {any} */ row) => row.kind === 'lock' && row.lost === 0));
    await page.waitForFunction(() => document.querySelectorAll('.timeline-legend li').length > 4);
    const legend = await textOf(page, '.timeline-legend');
    for (const words of ['holding the GIL', 'wanting the GIL', 'blocked on sleep', 'threads running']) assert.ok(legend.includes(words), `${words} in ${legend}`);
  });

  onDist('the interval is changed while threads take turns', async (page, address) => {
    await open(page, `${address}gil.html?threads=2&io-threads=0&interval-us=1000&io-us=2000&seconds=600&run=1`);
    const switches = 'table.figures tbody tr:nth-child(4) td';
    await page.waitForFunction((cell) => /^[1-9].*\/s$/.test(document.querySelector(cell)?.textContent ?? ''), { timeout: PATIENCE_MS }, switches);
    const often = Number.parseFloat((await textOf(page, switches)).replaceAll(',', ''));
    await page.focus('#interval');
    await page.keyboard.press('PageUp');
    await page.keyboard.press('PageUp');
    await page.waitForFunction((cell, most) => Number.parseFloat((document.querySelector(cell)?.textContent ?? '').replaceAll(',', '')) < most, { timeout: PATIENCE_MS }, switches, often / 2);
    await press(page, '#stop');
    await ended(page);
    assert.equal(await textOf(page, '#trouble'), '');
    await reported(page);
    assert.equal(JSON.parse((await capture(page, 'JSON')).text).gil.intervalUs, 100_000, 'the interval that was set last');
  });

  onDist('where nothing isolates it, three spinners run, and Stop ends one that computes', async (page, address) => {
    await page.evaluateOnNewDocument(() => {
      delete (/** @type {any} */ (Navigator.prototype).serviceWorker);
    });
    await open(page, `${address}spin.html?seconds=0.5&run=1`);
    await ended(page);
    assert.equal(await page.$$eval('.spinner.is-over', (all) => all.length), 6);
    assert.match(await textOf(page, '[data-method="threads"] .spinner-verdict'), /^threads cannot run here: /);
    for (const method of ['sequential', 'processes', 'async']) assert.equal(await textOf(page, `[data-method="${method}"] .spinner-words`), 'done', method);
    await open(page, `${address}spin.html?slow=prime&seconds=60&methods=async&run=1`);
    await page.waitForFunction(() => document.querySelector('[data-method="async"].is-frozen'), { timeout: PATIENCE_MS });
    await press(page, '#stop');
    await ended(page);
    assert.equal(await textOf(page, '#summary'), 'Stopped.');
    assert.equal(await textOf(page, '[data-method="async"] .spinner-words'), 'stopped');
  });

  onDist('both documented deadlocks are found, drawn, and end', async (page, address) => {
    for (const [name, nodes] of /** @type {const} */ ([['mutual', 4], ['nested', 2]])) {
      await open(page, `${address}futures.html?deadlock=${name}`);
      await ended(page);
      assert.equal(await textOf(page, '#trouble'), '');
      await page.waitForSelector('#deadlock svg.chart');
      assert.equal(await page.$$eval('#deadlock .node', (all) => all.length), nodes);
      assert.match(await textOf(page, '#deadlock .verdict'), /waits for task/);
    }
  });

  if (which.name === 'chrome')
    onDist('the first load, before a run, transfers at most 200 KB', async (page, address, paths) => {
      // What comes later, because somebody reads for seconds, does not: the machine says how soon that would be.
      await page.evaluateOnNewDocument(() => {
        const soon = window.setTimeout;
        window.setTimeout = /** @type {typeof window.setTimeout} */ (/** @type {unknown} */ ((/** @type {() => void} */ act, ms = 0) => (ms < 3000 ? soon(act, ms) : 0)));
      });
      await open(page, address);
      await page.waitForNetworkIdle({ idleTime: 1000 });
      const wanted = [...paths];
      let bytes = 0;
      for (const path of wanted) bytes += await transferred(new URL(path, address).href);
      assert.ok(wanted.some((path) => path.endsWith('/lab-compare.wasm')) && bytes > 50_000, wanted.join(' '));
      assert.deepEqual(wanted.filter((path) => /\/(gil|futures|latency|spin)[./]/.test(path)), [], 'no other exhibit');
      assert.ok(bytes <= MOST_FIRST_LOAD_BYTES, `${bytes} bytes: ${wanted.join(' ')}`);
    }, { isolation: true, compressed: true });
}

/** How many bytes the body of an address is on the wire. @param {string} url @returns {Promise<number>} */
function transferred(url) {
  return new Promise((resolve, reject) => {
    http.get(url, { headers: { 'accept-encoding': 'gzip' } }, (answer) => {
      let size = 0;
      answer.on('data', (part) => (size += part.length));
      answer.on('end', () => resolve(size));
    }).on('error', reject);
  });
}
