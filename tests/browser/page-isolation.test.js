// The page on servers that do not isolate it: the service worker's headers, the reasons when even they do not
// help, the site without a network, the route that delays, and a new build.

import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pack } from '../../web/page/pack.js';
import { BROWSERS, PATIENCE_MS, capture, launch, makeSite, newPage, open, patient, press, ready, reload, runToEnd, serve, textOf } from './page-site.js';

const BASE = '/some/where/lab/';

for (const which of BROWSERS)
  describe(`page without headers, ${which.name}`, { timeout: 900_000 }, () => {
    /** @type {Awaited<ReturnType<typeof launch>>} */
    let browser;
    before(async () => {
      browser = await launch(which);
    });
    after(() => browser?.close());

    /**
     * A site of its own under a sub-path, on a server that sends no special headers: a port, so an origin,
     * so caches and a service worker of its own.
     * @param {string} name
     * @param {(world: { site: Awaited<ReturnType<typeof makeSite>>, address: string, page: import('puppeteer-core').Page, said: string[],
     *                   documents: string[], stopServer: () => Promise<unknown> }) => Promise<void>} body
     * @param {{ quiet?: boolean, latency?: boolean }} [options] quiet: the console must stay empty; latency: the server adds it
     */
    const onSite = (name, body, { quiet = true, latency = true } = {}) =>
      patient(name, async () => {
        const site = await makeSite();
        const server = await serve(site.folder, { isolation: false, base: BASE, latency });
        const { page, said } = await newPage(browser);
        /** Addresses of the documents that were asked for. @type {string[]} */
        const documents = [];
        page.on('request', (request) => {
          if (request.isNavigationRequest() && request.frame() === page.mainFrame()) documents.push(request.url());
        });
        let stopped = false;
        const stopServer = async () => {
          if (!stopped) await server.close();
          stopped = true;
        };
        try {
          await body({ site, address: server.address, page, said, documents, stopServer });
          if (quiet) assert.deepEqual(said, [], 'the console stays empty');
        } finally {
          await page.close();
          await stopServer();
          site.remove();
        }
      });

    onSite('isolated after one reload, under a sub-path, and runs to the end', async ({ page, address, documents }) => {
      const held = await pack({ schema: 'concurrency-lab/1', command: 'compare', seed: 1, environment: { runtime: 'Other', platform: 'linux', isolated: true, logicalCores: 2 }, runs: [], unavailable: [], verdict: [] });
      await open(page, `${address}?workloads=primes&methods=sequential,threads&workers=2#result=${held}`);
      assert.equal(await page.evaluate(() => window.crossOriginIsolated), true);
      assert.equal(documents.length, 2, documents.join(' '));
      assert.equal(await page.evaluate(() => location.hash), `#result=${held}`);
      await page.waitForFunction(() => document.querySelector('#report-body')?.textContent?.startsWith('From a link: measured on Other'));
      assert.equal(await page.$eval('#isolation-note', (note) => /** @type {HTMLElement} */ (note).hidden), true);
      await runToEnd(page);
      assert.match(await textOf(page, '.verdict'), /2 threads make primes/);
      // The next visit needs no reload.
      documents.length = 0;
      await open(page, address);
      assert.equal(documents.length, 1);
      assert.equal(await page.evaluate(() => window.crossOriginIsolated), true);
    });

    onSite('the first visit is kept: the second needs no server', async ({ page, address, stopServer }) => {
      await open(page, `${address}?workers=2&rounds=1`);
      await runToEnd(page);
      await kept(page, 'test-1');
      await stopServer();
      await page.goto('about:blank');
      await open(page, `${address}?workloads=primes&methods=sequential,threads&workers=2&seed=3`);
      assert.equal(await page.evaluate(() => window.crossOriginIsolated), true);
      await page.$eval('#seed', (input) => {
        /** @type {HTMLInputElement} */ (input).value = '1';
        input.dispatchEvent(new Event('input', { bubbles: true }));
      });
      await runToEnd(page);
      assert.match(await textOf(page, '.verdict'), /2 threads make primes/);
      // What measures a fetch wants the server itself.
      assert.deepEqual(await page.evaluate(() => Promise.all(['favicon.svg', 'favicon.svg?direct'].map(
        (path) => fetch(path, { cache: 'no-store' }).then(({ ok }) => ok, () => 'no answer')))), [true, 'no answer']);
      await press(page, '[aria-label="Read the C source of primes"]');
      await page.waitForFunction(() => document.querySelectorAll('dialog[open] .line').length > 50);
      // A page that was never opened, and what was recorded for it.
      await open(page, `${address}gil.html`);
      await page.waitForFunction(() => document.querySelectorAll('.awaited').length === 0);
    }, { quiet: false });

    onSite('delay/MS/PATH waits, ignores the query, and refuses what it cannot do', async ({ page, site, address }) => {
      writeFileSync(join(site.folder, 'probe.js'), `const begun = performance.now();
fetch('delay/300/favicon.svg?worker').then((answer) => postMessage(answer.ok && performance.now() - begun > 299));`);
      await open(page, address);
      const result = await page.evaluate(async () => {
        const plain = await (await fetch('favicon.svg')).text();
        const begun = performance.now();
        const answers = await Promise.all(['delay/300/favicon.svg?1', 'delay/300/favicon.svg?2', 'delay/300/favicon.svg?3'].map((path) => fetch(path)));
        const texts = await Promise.all(answers.map((answer) => answer.text()));
        const took = performance.now() - begun;
        const status = async (/** @type {string} */ path) => (await fetch(path)).status;
        return {
          same: texts.every((text) => text === plain),
          took,
          refused: await Promise.all(['delay/10001/favicon.svg', 'delay/-1/favicon.svg', 'delay/x/favicon.svg', 'delay/1e3/favicon.svg'].map(status)),
          missing: await Promise.all(['delay/0/nothing.here', 'delay/0///example.com/x'].map(status)),
          root: await status('delay/0/'),
          // From a Worker too, as the core asks.
          inWorker: await new Promise((resolve) => {
            const worker = new Worker('probe.js');
            worker.onmessage = (event) => resolve(event.data);
            worker.onerror = () => resolve('failed');
          }),
        };
      });
      assert.equal(result.same, true);
      assert.ok(result.took >= 299 && result.took < 30_000, `${result.took}`);
      assert.deepEqual(result.refused, [400, 400, 400, 400]);
      assert.deepEqual(result.missing, [404, 404]);
      assert.equal(result.root, 200);
      assert.equal(result.inWorker, true);
    }, { quiet: false });

    onSite('headers that do not help: two reloads, then the reason, and three methods run', async ({ page, site, address, documents }) => {
      // A worker that takes over and answers, but adds no headers: what a browser that ignores them looks like.
      writeFileSync(join(site.folder, 'service-worker.js'), `addEventListener('install', () => skipWaiting());
addEventListener('activate', (event) => event.waitUntil(clients.claim()));
addEventListener('message', ({ data, ports }) => ports[0]?.postMessage({ mode: ['credentialless', 'require-corp'].find((one) => !data.tried?.includes(one)) ?? null }));
addEventListener('fetch', (event) => event.respondWith(fetch(event.request)));`);
      await open(page, `${address}?workloads=primes&workers=2`);
      assert.equal(documents.length, 3, documents.join(' '));
      assert.equal(await page.evaluate(() => window.crossOriginIsolated), false);
      const note = await textOf(page, '#isolation-note');
      assert.match(note, /^Threads need shared memory, which is not to be had here: the browser did not isolate this page although it was sent with the headers for it\.$/);
      assert.equal(await page.$eval('#methods-threads', (box) => /** @type {HTMLInputElement} */ (box).disabled), true);
      assert.match(await textOf(page, '#methods-threads-sentence'), /needs a cross-origin isolated page/);
      await runToEnd(page);
      assert.deepEqual(await page.$$eval('table.results tbody tr th', (cells) => cells.map((cell) => cell.textContent)), ['sequential', 'processes', 'async']);
      // Reloading by hand starts no new loop.
      documents.length = 0;
      await reload(page);
      assert.equal(documents.length, 1);
      // Firefox may say that the icon, asked for through the worker, was cut off by the second reload.
    }, { quiet: false });

    onSite('no service worker to be had: the reason at once, no reload', async ({ page, site, address, documents }) => {
      rmSync(join(site.folder, 'service-worker.js'));
      await open(page, address);
      assert.equal(documents.length, 1);
      assert.match(await textOf(page, '#isolation-note'), /^Threads need shared memory, which is not to be had here: this browser refused the service worker that would isolate this page \(.+\)\.$/);
    }, { quiet: false });

    /**
     * Reloads as with Shift: past the service worker. Another document is there when it is over. Chromium may bring one out of
     * its back/forward cache for that, which its driver does not see as a navigation.
     * @param {import('puppeteer-core').Page} page
     */
    const reloadPast = async (page) => {
      await page.evaluate(() => (/** @type {any} */ (window).before = true));
      if (which.name === 'chrome') await page.reload({ ignoreCache: true, waitUntil: [] });
      else await page.evaluate(() => (/** @type {any} */ (location)).reload(true)); // Firefox alone takes it
      await page.waitForFunction(() => !(/** @type {any} */ (window).before), { timeout: PATIENCE_MS });
    };

    /** A reload, and the page's own; one that was brought back was not asked for. @param {string[]} documents */
    const twice = ({ length }) => length === 2 || (which.name === 'chrome' && length === 1);

    onSite('reloads past the service worker, again and again: each is followed by one that is isolated', async ({ page, address, documents }) => {
      await open(page, address);
      for (let i = 0; i < 4; i++) {
        documents.length = 0;
        // What is still on its way through the service worker when a page goes is an error on Firefox' console.
        await page.waitForFunction(() => !document.querySelector('#recorded.awaited:not([hidden])'), { timeout: PATIENCE_MS });
        await reloadPast(page);
        await page.waitForFunction(() => window.crossOriginIsolated && document.body?.classList.contains('ready'), { timeout: PATIENCE_MS });
        assert.ok(twice(documents), documents.join(' '));
        assert.equal(await page.$eval('#isolation-note', (note) => /** @type {HTMLElement} */ (note).hidden), true);
        assert.equal(await page.evaluate(() => location.hash), '');
      }
    });

    onSite('the place that an address names is gone to, and the address is as it was', async ({ page, address, documents }) => {
      await open(page, `${address}?workers=2#files`);
      assert.equal(documents.length, 2);
      await page.waitForFunction(() => (document.querySelector('#files')?.getBoundingClientRect().top ?? Infinity) < innerHeight);
      assert.deepEqual(await page.evaluate(() => [crossOriginIsolated, location.href]), [true, `${address}?workers=2#files`]);
    });

    onSite('a service worker that is always passed by: one reload, then the reason', async ({ page, address, documents }) => {
      // What "Bypass for network" of Chromium's tools does.
      await page.evaluateOnNewDocument(() => {
        if ('ServiceWorkerContainer' in window) Object.defineProperty(ServiceWorkerContainer.prototype, 'controller', { get: () => null });
        Object.defineProperty(window, 'crossOriginIsolated', { get: () => false });
      });
      for (let i = 0; i < 2; i++) {
        documents.length = 0;
        if (i === 0) await page.goto(address);
        else await reloadPast(page);
        await page.waitForFunction(() => document.querySelector('#isolation-note')?.textContent, { timeout: PATIENCE_MS });
        await ready(page);
        assert.match(await textOf(page, '#isolation-note'), /: this page did not pass its service worker, which adds the headers, when it was loaded anew \(developer tools can bypass it\)\.$/);
        assert.ok(twice(documents), documents.join(' '));
      }
    });

    onSite('without storage it is isolated all the same', async ({ page, address, documents }) => {
      await page.evaluateOnNewDocument(() => {
        for (const name of ['sessionStorage', 'localStorage']) Object.defineProperty(window, name, { get: () => { throw new DOMException('denied', 'SecurityError'); } });
      });
      await open(page, address);
      assert.equal(documents.length, 2);
      assert.equal(await page.evaluate(() => window.crossOriginIsolated), true);
    });

    onSite('no note to be taken: no reload that could not be counted', async ({ page, address, documents }) => {
      await page.evaluateOnNewDocument(() => {
        History.prototype.replaceState = () => { throw new DOMException('too many calls', 'SecurityError'); };
      });
      await open(page, address);
      assert.equal(documents.length, 1);
      assert.match(await textOf(page, '#isolation-note'), /: this browser lets the page take no note, so it cannot safely reload itself to become isolated\.$/);
    });

    onSite('no service workers at all, as in some private windows', async ({ page, address, documents }) => {
      await page.evaluateOnNewDocument(() => {
        delete (/** @type {any} */ (Navigator.prototype).serviceWorker);
      });
      await open(page, address);
      assert.equal(documents.length, 1);
      assert.match(await textOf(page, '#isolation-note'), /this window has no service worker to add them \(private windows of some browsers have none\)\.$/);
    });

    onSite('a deploy under an open page: what a run needs is there before it begins, and a result is never lost', async ({ page, site, address }) => {
      await page.evaluateOnNewDocument(() => {
        delete (/** @type {any} */ (Navigator.prototype).serviceWorker);
      });
      const part = join(site.folder, site.nameOf('compare/report.js'));
      const text = readFileSync(part, 'utf8');
      const query = '?workloads=primes&methods=sequential,processes&workers=2&rounds=1';
      // The part is gone with its build: then there is no run whose result could not be shown.
      await open(page, address + query);
      rmSync(part);
      await runToEnd(page);
      assert.equal(await textOf(page, '#summary'), 'The run did not begin.');
      assert.match(await textOf(page, '#trouble'), /^A part of this page could not be loaded: there is no network, or the site has a newer build by now\. Load the page again$/);
      writeFileSync(part, text);
      await Promise.all([page.waitForNavigation(), page.$eval('#trouble button', (button) => /** @type {HTMLElement} */ (button).click())]);
      await ready(page);
      // It is of another build, and does not fit.
      writeFileSync(part, 'export const somethingElse = 1;');
      await runToEnd(page);
      assert.equal(await textOf(page, '#summary'), 'The run is done; its result could not be shown.');
      assert.match(await textOf(page, '#trouble'), /^The page failed: .*The result is all there: save it, then load the page again\. Save the result as JSON$/);
      const { runs } = JSON.parse((await capture(page, 'Save the result as JSON')).text);
      assert.deepEqual(runs.map((/** @type {any} */ run) => [run.method, run.verified]), [['sequential', true], ['processes', true]]);
      // Once loaded they are there for every run of the page.
      writeFileSync(part, text);
      await open(page, address + query);
      await runToEnd(page);
      rmSync(part);
      await runToEnd(page);
      assert.match(await textOf(page, '#summary'), /^Done: /);
      for (const [path, gone] of [['gil.html?run=1', 'gil/report.js'], ['spin.html?run=1&seconds=0.1', 'spin/report.js']]) {
        rmSync(join(site.folder, site.nameOf(String(gone))));
        await open(page, address + path);
        await page.waitForFunction(() => document.querySelector('#trouble button'), { timeout: PATIENCE_MS });
        assert.equal(await textOf(page, '#summary'), 'The run did not begin.');
      }
    }, { quiet: false });

    onSite('nobody adds latency to pages: said before a run, which does the rest', async ({ page, address }) => {
      await page.evaluateOnNewDocument(() => {
        delete (/** @type {any} */ (Navigator.prototype).serviceWorker);
      });
      await open(page, `${address}?workloads=primes,pages,mixed&methods=sequential,async&workers=2&rounds=1`);
      await page.waitForFunction(() => document.querySelector('#workloads-pages-sentence strong'), { timeout: PATIENCE_MS });
      for (const name of ['pages', 'mixed'])
        assert.match(await textOf(page, `#workloads-${name}-sentence`), /Here only with addresses of yours, below: The service worker that adds the latency to this site’s pages is not to be had: this window has none \(private windows, and those that refuse cookies\)\.$/);
      assert.match(await textOf(page, '#summary'), /^primes · 2 methods/);
      assert.equal(await textOf(page, '#workloads-error'), '');
      await runToEnd(page);
      assert.deepEqual(await page.$$eval('table.results tbody td:first-child', (cells) => cells.map((cell) => cell.textContent)), ['primes', 'primes']);
      await open(page, `${address}?workloads=pages&methods=sequential,async&workers=2&rounds=1`);
      await page.waitForFunction(() => document.querySelector('#workloads-error')?.textContent, { timeout: PATIENCE_MS });
      assert.match(await textOf(page, '#workloads-error'), /^There is nothing here for pages to read: choose other work, or give addresses to read below\.$/);
      assert.equal(await page.$eval('#run', (button) => button.getAttribute('aria-disabled')), 'true');
      await page.$eval('#urls', (box) => {
        /** @type {HTMLTextAreaElement} */ (box).value = 'index.html';
        box.dispatchEvent(new Event('input', { bubbles: true }));
      });
      assert.equal(await page.$eval('#run', (button) => button.getAttribute('aria-disabled')), 'false');
    }, { quiet: false, latency: false });

    onSite('inside a frame: the reason, and the frame does not reload', async ({ page, site, address }) => {
      writeFileSync(join(site.folder, 'frame.html'), '<!doctype html><title>frame</title><link rel="icon" href="favicon.svg"><iframe src="index.html"></iframe>');
      await page.goto(`${address}frame.html`);
      const frame = await page.waitForFrame((one) => one.url().endsWith('index.html'));
      await frame.waitForFunction(() => document.body?.classList.contains('ready'), { timeout: PATIENCE_MS });
      assert.match(await frame.$eval('#isolation-note', (note) => note.textContent ?? ''), /this page is inside a frame of another page; open it in a tab of its own\.$/);
    });

    onSite('a new build is offered, and taken whole; another tab keeps its core until it loads it too', async ({ page, site, address }) => {
      const visible = () => !(/** @type {HTMLElement} */ (document.querySelector('#update'))?.hidden);
      /** Whose host it was. @param {import('puppeteer-core').Page} tab */
      const runtime = async (tab) => /Measured on Test browser (\d)/.exec(await textOf(tab, '#report-body'))?.[1];
      const query = '?workloads=primes&methods=sequential,threads&workers=2&rounds=1';
      await open(page, address + query);
      await runToEnd(page);
      await kept(page, 'test-1');
      const { page: other, said } = await newPage(page.browser());
      try {
        await open(other, address + query);
        await runToEnd(other);
        await other.evaluate(() => navigator.serviceWorker.addEventListener('controllerchange', () => (/** @type {any} */ (window).changed = true)));
        const host = join(site.folder, 'worker/browser-host.js');
        writeFileSync(host, readFileSync(host, 'utf8').replace('Test browser 1.0', 'Test browser 2.0'));
        site.restamp('test-2');
        await page.bringToFront();
        await reload(page);
        await page.waitForFunction(visible, { timeout: PATIENCE_MS });
        const caches = () => page.evaluate(async () => (await window.caches.keys()).filter((name) => name.includes('build')).map((name) => name.replace(/.* /, '')));
        assert.deepEqual(await caches(), ['test-1', 'test-2']);
        await Promise.all([page.waitForNavigation(), page.$eval('#update-now', (button) => /** @type {HTMLButtonElement} */ (button).click())]);
        await ready(page);
        assert.deepEqual(await caches(), ['test-2']);
        assert.equal(await page.$eval('#update', (offer) => /** @type {HTMLElement} */ (offer).hidden), true);
        assert.equal(await page.evaluate(() => window.crossOriginIsolated), true);
        await runToEnd(page);
        assert.equal(await runtime(page), '2');

        await other.bringToFront();
        await other.waitForFunction(() => /** @type {any} */ (window).changed);
        await runToEnd(other);
        assert.equal(await runtime(other), '1', 'its page and its core are of one build');
        await other.waitForFunction(visible);
        await Promise.all([other.waitForNavigation(), other.$eval('#update-now', (button) => /** @type {HTMLButtonElement} */ (button).click())]);
        await ready(other);
        await runToEnd(other);
        assert.equal(await runtime(other), '2');
        assert.equal(await other.$eval('#update', (offer) => /** @type {HTMLElement} */ (offer).hidden), true);
        assert.deepEqual(said, [], 'its console stays empty');
      } finally {
        await other.close();
      }
    });
  });

test('over plain HTTP the page says that it needs HTTPS', { timeout: PATIENCE_MS, skip: !BROWSERS.some(({ name }) => name === 'chrome') }, async () => {
  const site = await makeSite();
  const server = await serve(site.folder, { isolation: false });
  const browser = await launch(/** @type {typeof BROWSERS[number]} */ (BROWSERS.find(({ name }) => name === 'chrome')), { args: ['--host-resolver-rules=MAP lab.test 127.0.0.1'] });
  try {
    const { page } = await newPage(browser);
    await open(page, server.address.replace('127.0.0.1', 'lab.test'));
    assert.match(await textOf(page, '#isolation-note'), /this page came over plain HTTP, and browsers share memory only over HTTPS \(or on localhost\)\.$/);
  } finally {
    await browser.close();
    await server.close();
    site.remove();
  }
});

/** Waits until a build is in its cache, whole. @param {import('puppeteer-core').Page} page @param {string} version */
async function kept(page, version) {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; ) {
    const there = await page.evaluate(async (name) => {
      for (const key of await caches.keys()) if (key.endsWith(` build ${name}`) && (await (await caches.open(key)).match(new URL('files.json', location.href)))) return true;
      return false;
    }, version);
    if (there) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.fail(`${version} was not kept`);
}

test('Firefox without DOM storage is isolated all the same', { timeout: PATIENCE_MS, skip: !BROWSERS.some(({ name }) => name === 'firefox') }, async () => {
  const site = await makeSite();
  const server = await serve(site.folder, { isolation: false });
  const browser = await launch(/** @type {typeof BROWSERS[number]} */ (BROWSERS.find(({ name }) => name === 'firefox')), { prefs: { 'dom.storage.enabled': false } });
  try {
    const { page } = await newPage(browser);
    await open(page, server.address);
    assert.equal(await page.evaluate(() => Boolean(window.sessionStorage)), false);
    assert.equal(await page.evaluate(() => window.crossOriginIsolated), true);
  } finally {
    await browser.close();
    await server.close();
    site.remove();
  }
});
