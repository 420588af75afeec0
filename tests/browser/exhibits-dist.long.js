// Every exhibit of the built site as a person meets it, with nothing but its defaults, in every browser, to a verified end.

import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { after, before, describe } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ENGINES, capture, ended, launch, newPage, open, patient, press, serveTo, textOf } from './page-site.js';

/** @import { Page } from 'puppeteer-core' */

const DIST = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'dist');
const MOST_MS = 900_000;
const METHODS = ['sequential', 'threads', 'threads-gil', 'interpreters', 'processes', 'async'];

/** @typedef {{ name: string, path: string, check: (page: Page) => Promise<void> }} Exhibit */

/** What the page saves of its run. @param {Page} page */
const document = async (page) => JSON.parse((await capture(page, 'JSON')).text);

/** @type {Exhibit[]} */
const EXHIBITS = [
  {
    name: 'Compare', path: '',
    async check(page) {
      const { runs } = await document(page);
      assert.deepEqual([...new Set(runs.map((/** @type {any} */ run) => run.method))], METHODS);
      for (const run of runs) assert.equal(run.verified, true, `${run.method} at ${run.workers}: ${run.reason}`);
      assert.match(await textOf(page, '.verdict'), /On this machine/);
    },
  },
];

// All browsers at once: what is asserted does not depend on a quiet machine.
describe('by default', { concurrency: ENGINES.length, timeout: 1_200_000 }, () => {
  for (const which of ENGINES)
    describe(which.name, { concurrency: 1, timeout: 1_200_000 }, () => {
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
      for (const { name, path, check } of EXHIBITS)
        patient(name, async () => {
          const { page, heard } = await newPage(browser);
          try {
            await open(page, server.address + path);
            await press(page, '#run');
            await ended(page, 1, MOST_MS);
            assert.equal(await textOf(page, '#trouble'), '');
            await check(page);
            assert.deepEqual(await heard(), [], 'the console stays empty');
          } finally {
            await page.close();
          }
        });
    });
});
