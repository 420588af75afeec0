// The page in browsers that lack something: each thing is taken away by itself, is named, and what needs it not runs.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from 'node:test';
import { BROWSERS, PATIENCE_MS, newPage, open, patient, ready, runToEnd, serve, stage, textOf } from './page-site.js';

/** @import { Page } from 'puppeteer-core' */

const EXPERIMENT = '?workloads=primes&workers=2';
const WITHOUT_THREADS = ['sequential', 'processes', 'async'];

/** What threads alone need: what is taken away, and what is named. @type {{ what: string, take: () => void }[]} */
const FOR_THREADS = [
  { what: 'SharedArrayBuffer', take: () => void Reflect.deleteProperty(window, 'SharedArrayBuffer') },
  { what: 'Atomics', take: () => void Reflect.deleteProperty(window, 'Atomics') },
  {
    what: 'WebAssembly with threads',
    take: () => {
      const { validate } = WebAssembly;
      WebAssembly.validate = (bytes) => !new Uint8Array(/** @type {ArrayBuffer} */ (bytes)).includes(0xfe) && validate(bytes);
    },
  },
  {
    what: 'memory of WebAssembly that can be sent to a Worker',
    take: () => {
      const post = MessagePort.prototype.postMessage;
      MessagePort.prototype.postMessage = function (/** @type {unknown} */ message, /** @type {any} */ more) {
        if (message instanceof WebAssembly.Memory) throw new DOMException('not here', 'DataCloneError');
        return post.call(this, message, more);
      };
    },
  },
];

/** What everything needs. @type {typeof FOR_THREADS} */
const FOR_ALL = [
  { what: 'WebAssembly', take: () => void Reflect.deleteProperty(window, 'WebAssembly') },
  { what: 'WebAssembly with 64-bit integers (BigInt)', take: () => void Reflect.deleteProperty(window, 'BigInt64Array') },
  {
    what: 'WebAssembly with vectors (SIMD)',
    take: () => {
      const { validate } = WebAssembly;
      WebAssembly.validate = (bytes) => !new Uint8Array(/** @type {ArrayBuffer} */ (bytes)).includes(0xfd) && validate(bytes);
    },
  },
  {
    what: 'Workers that are modules',
    take: () => {
      const { Worker: Real } = window;
      window.Worker = /** @type {any} */ (class extends Real {
        /** @param {string | URL} url @param {WorkerOptions} [options] */
        constructor(url, options) {
          super(url, options?.name ? { name: options.name } : {});
        }
      });
    },
  },
];

for (const which of BROWSERS)
  describe(`features, ${which.name}`, { timeout: 900_000 }, () => {
    const { it } = stage(which);
    /** @param {string} name @param {() => void} take @param {(page: Page) => Promise<void>} body */
    const without = (name, take, body) =>
      patient(name, async () => {
        const { page } = await newPage(it.browser, { light: true });
        try {
          await page.evaluateOnNewDocument(take);
          await body(page);
        } finally {
          await page.close();
        }
      });

    /** @param {Page} page @param {RegExp} note @param {string} [site] */
    const runsAlone = async (page, note, site = it.server.address) => {
      await open(page, site + EXPERIMENT);
      assert.equal(await page.evaluate(() => window.crossOriginIsolated), true);
      assert.match(await textOf(page, '#isolation-note'), note);
      assert.equal(await page.$eval('#methods-threads', (box) => /** @type {HTMLInputElement} */ (box).disabled), true);
      await runToEnd(page);
      assert.equal(await textOf(page, '#trouble'), '');
      assert.deepEqual(await page.$$eval('table.results tbody tr th', (cells) => cells.map((cell) => cell.textContent)), WITHOUT_THREADS);
    };

    for (const { what, take } of FOR_THREADS)
      without(`no ${what}: it is named, and three methods run`, take, (page) =>
        runsAlone(page, new RegExp(`^Threads need shared memory, which is not to be had here: this page is isolated, and this browser has no ${what} all the same\\.$`)));

    for (const { what, take } of FOR_ALL)
      without(`no ${what}: it is named, and nothing is tried`, take, async (page) => {
        await page.goto(it.server.address + EXPERIMENT);
        await page.waitForFunction(() => document.querySelector('#trouble')?.textContent, { timeout: PATIENCE_MS });
        const trouble = await textOf(page, '#trouble');
        assert.ok(trouble.startsWith(`Nothing can run here: the core needs ${what}, which this browser does not have. `), trouble);
        assert.equal(await textOf(page, '#summary'), 'The core did not start.');
        // What runs nothing is there all the same.
        await page.goto(`${it.server.address}terms.html`);
        await ready(page);
        assert.equal(await textOf(page, '#trouble'), '');
      });

    without('Workers that are refused: said in one sentence', () => {
      window.Worker = /** @type {any} */ (class {
        /** @param {string | URL} _ @param {WorkerOptions} [options] */
        constructor(_, options) {
          if (options?.type) throw new DOMException('no Workers today', 'SecurityError');
        }
      });
    }, async (page) => {
      await page.goto(it.server.address + EXPERIMENT);
      await page.waitForFunction(() => document.querySelector('#trouble')?.textContent, { timeout: PATIENCE_MS });
      assert.match(await textOf(page, '#trouble'), /^The browser refused the core a Worker: No Workers today\. Try again$/);
    });

    without('a core that does not start with threads: why, and three methods run', () => {}, async (page) => {
      writeFileSync(join(it.site.folder, 'worker/browser-host.js'), 'setTimeout(() => { throw new Error("the core could not be started: no memory of that size"); });');
      const server = await serve(it.site.folder); // another origin: the first one's service worker has kept what there was
      try {
        await runsAlone(page, /^Threads need shared memory, which is not to be had here: the core did not start with it \(The core failed: .*no memory of that size\)\.$/, server.address);
      } finally {
        await page.goto('about:blank');
        await server.close();
      }
    });
  });
