// The built site itself, with its real core: the page in both browsers on a server that sends no special
// headers, as on GitHub Pages; and what its first load transfers.

import assert from 'node:assert/strict';
import http from 'node:http';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { BROWSERS, ended, launch, newPage, open, runToEnd, serve, textOf } from './page-site.js';

const DIST = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'dist');
const MOST_FIRST_LOAD_BYTES = 250 * 1000;

for (const which of BROWSERS)
  describe(`built page, ${which.name}`, { timeout: 300_000 }, () => {
    /** @type {Awaited<ReturnType<typeof launch>>} */
    let browser;
    before(async () => {
      browser = await launch(which);
    });
    after(() => browser?.close());

    /** @param {string} name @param {(page: import('puppeteer-core').Page, address: string, paths: Set<string>) => Promise<void>} body @param {boolean} [isolation] */
    const onDist = (name, body, isolation = false) =>
      test(name, async () => {
        const server = await serve(DIST, { isolation, base: '/sub/path/' });
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
      assert.deepEqual(await methods(page), ['sequential', 'threads', 'processes', 'async']);
      assert.match(await textOf(page, '.verdict'), /On this machine/);
    });

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

    onDist('Stop ends a real run', async (page, address) => {
      await open(page, `${address}?workloads=primes&workers=2&seconds=60`);
      await page.click('#run');
      await page.waitForFunction(() => document.querySelector('table.progress tr.current'), { timeout: 30_000 });
      await page.click('#stop');
      await ended(page);
      assert.match(await textOf(page, '#summary'), /^Stopped/);
    });

    if (which.name === 'chrome')
      onDist('the first load, before a run, transfers at most 250 KiB', async (page, address, paths) => {
        await open(page, address);
        await page.waitForNetworkIdle({ idleTime: 1000 });
        const wanted = [...paths];
        let bytes = 0;
        for (const path of wanted) bytes += await transferred(new URL(path, address).href);
        assert.ok(wanted.some((path) => path.endsWith('/lab.wasm')) && bytes > 50_000, wanted.join(' '));
        assert.ok(bytes <= MOST_FIRST_LOAD_BYTES, `${bytes} bytes: ${wanted.join(' ')}`);
      }, true);
  });

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
