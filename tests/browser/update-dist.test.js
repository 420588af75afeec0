// The built site gets another build while a page is open, on a host without a service worker, which would keep builds apart:
// what a run starts late comes from the other one. The page says so, and keeps what was measured.

import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe } from 'node:test';
import { fileURLToPath } from 'node:url';
import { BROWSERS, capture, launch, newPage, open, patient, reported, retype, runToEnd, serve, textOf } from './page-site.js';

const DIST = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'dist');
const TOLD = /the site has been updated since this page was loaded: reload it\./i;

/** A copy of the site without its service worker, and what gives it another build. */
function copy() {
  const folder = mkdtempSync(join(tmpdir(), 'lab-update-'));
  cpSync(DIST, folder, { recursive: true });
  rmSync(join(folder, 'service-worker.js'));
  const { version } = JSON.parse(readFileSync(join(folder, 'files.json'), 'utf8'));
  return {
    folder,
    update() {
      for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
        if (!/\.(m?js|html)$/.test(path)) continue;
        const text = readFileSync(join(folder, path), 'utf8');
        if (text.includes(version)) writeFileSync(join(folder, path), text.replaceAll(version, 'another-build'));
      }
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

describe('a site that is updated under an open page', { concurrency: 2, timeout: 900_000 }, () => {
  for (const which of BROWSERS) describe(which.name, { concurrency: 1, timeout: 900_000 }, () => inBrowser(which));
});

/** @param {typeof BROWSERS[number]} which */
function inBrowser(which) {
  /**
   * A run, the update, and another run.
   * @param {string} name @param {string} query @param {(page: import('puppeteer-core').Page) => Promise<void>} again changes what is run
   * @param {(page: import('puppeteer-core').Page) => Promise<void>} body
   */
  const updated = (name, query, again, body) =>
    patient(`${which.name}: ${name}`, async () => {
      const site = copy();
      const server = await serve(site.folder);
      const browser = await launch(which);
      try {
        const { page } = await newPage(browser);
        await open(page, server.address + query);
        await runToEnd(page);
        assert.equal(await textOf(page, '#trouble'), '');
        site.update();
        await again(page);
        await runToEnd(page);
        await body(page);
      } finally {
        await browser.close();
        await server.close();
        site.remove();
      }
    });

  // More than any machine's page has made ready.
  updated('threads that are of another build', '?workloads=primes&methods=sequential,threads&workers=1&size=4&rounds=1&seconds=1', (page) => retype(page, '#workers', '1,24'), async (page) => {
    assert.match(await textOf(page, '#trouble'), TOLD);
    await open(page, page.url());
    await runToEnd(page);
    assert.equal(await textOf(page, '#trouble'), '', 'a page that was reloaded is of one build');
  });

  updated('a probe that is of another build', 'latency.html?only=mutex&seconds=2', (page) => retype(page, '#only', 'mutex,message-0b'), async (page) => {
    await reported(page);
    assert.match(await textOf(page, 'main'), TOLD);
    assert.ok(JSON.parse((await capture(page, 'JSON')).text).rows[0].seconds > 0, 'the rest is measured');
  });
}
