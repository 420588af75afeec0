// The size table in the built page's own core, in each browser: tests/sizes.js says what that is.

import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { checkSizes, sizeWords } from '../sizes.js';
import { oneFile } from '../../.ci/bundle.mjs';
import { ENGINES, launch, newPage, open, serveTo } from './page-site.js';

const DIST = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'dist');
const TIMEOUT = 15 * 60_000;

/** The built site, with the page's side of a host as a module by itself. @type {string} */
let site;
before(async () => {
  site = mkdtempSync(join(tmpdir(), 'lab-sizes-'));
  cpSync(DIST, site, { recursive: true });
  writeFileSync(join(site, 'host.js'), await oneFile('web/page/host.js'));
});
after(() => rmSync(site, { recursive: true, force: true }));

for (const which of ENGINES) {
  describe(which.name, { timeout: TIMEOUT }, () => {
    /** @type {Awaited<ReturnType<typeof launch>>} */
    let browser;
    before(async () => {
      browser = await launch(which);
    });
    after(() => browser?.close());

    test('every workload at its default size under every method', async () => {
      const server = await serveTo(which, site, { isolation: true });
      const { page, heard } = await newPage(browser);
      try {
        await open(page, server.address);
        await page.evaluate(runInPage, sizeWords);
        // Asked again and again: a single question would have to be answered within the driver's own limit.
        while (!(await page.evaluate(() => Boolean(/** @type {any} */ (window).ended)))) await setTimeout(1000);
        /** @type {import('../../web/page/host.js').RunEnd} */
        const { status, out, err } = await page.evaluate(() => /** @type {any} */ (window).ended);
        assert.deepEqual([status, err], [0, '']);
        const result = JSON.parse(out);
        checkSizes(result);
        assert.ok(result.environment.memoryBytes >= 256 * 2 ** 20);
        assert.deepEqual(await heard(), [], 'the console stays empty');
      } finally {
        await page.close();
        await server.close();
      }
    });
  });
}

/** In the page: runs words in a host of its own, and leaves its end behind. @param {string[]} words */
function runInPage(words) {
  const leave = (/** @type {object} */ end) => void Object.assign(window, { ended: end });
  Object.assign(window, { begun: null }); // the page's own host has it
  import(/** @type {any} */ (new URL('host.js', document.baseURI).href)).then(({ Host }) => new Host({ isolated: true }).run(words))
    .then(leave, (/** @type {Error} */ error) => leave({ status: 1, out: '', err: error.message }));
}
