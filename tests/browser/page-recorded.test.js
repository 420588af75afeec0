// The recorded runs that the exhibits show before anything has run: marked, drawn by the exhibits' own code, without moving
// anything; gone with the person's own run, or kept beside it. What they say is in tests/headless/recorded.test.js.

import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { faultsOfPage } from './page-faults.js';
import { BROWSERS, capture, ended, overflow, press, runToEnd, says, stage, textOf } from './page-site.js';

/** @typedef {import('puppeteer-core').Page} Page */

/** @param {Page} page @param {string} selector */
const visible = (page, selector) => page.$eval(selector, (element) => element.checkVisibility({ visibilityProperty: true }));

/** The recorded run is there, and all of it drawn. @param {Page} page */
const shown = (page) => page.waitForFunction(() => document.querySelectorAll('.awaited').length === 0 && [...document.querySelectorAll('.chart-hold')].every((hold) => hold.clientWidth === 0 || hold.childElementCount > 0));

/** The pages that are opened from now on are never idle, until `idle()` is called in them. @param {Page} page */
function neverIdle(page) {
  return page.evaluateOnNewDocument(() => {
    const all = /** @type {any} */ (window);
    const { requestIdleCallback } = window;
    /** @type {IdleRequestCallback[]} */
    const waiting = [];
    all.requestIdleCallback = (/** @type {IdleRequestCallback} */ act) => void waiting.push(act);
    all.idle = () => {
      all.requestIdleCallback = requestIdleCallback;
      for (const act of waiting) requestIdleCallback(act, { timeout: 100 });
    };
  });
}

/** @param {Page} page */
const fetched = (page) => page.evaluate(() => performance.getEntriesByType('resource').filter(({ name }) => name.includes('recorded.json')).length);

/** What has moved since the page asked for the recorded run, not counting what a person does; Chromium only. @param {Page} page */
async function watchJumps(page) {
  await page.evaluateOnNewDocument(() => {
    /** @type {any[]} */
    const entries = [];
    const observer = new PerformanceObserver((list) => void entries.push(...list.getEntries()));
    observer.observe({ type: 'layout-shift', buffered: true });
    const since = () => performance.getEntriesByType('resource').find(({ name }) => name.includes('recorded.json'))?.startTime ?? Infinity;
    /** @type {any} */ (window).jumps = () => [...entries, ...observer.takeRecords()].filter(({ hadRecentInput, startTime, value }) => !hadRecentInput && startTime > since() && value > 0.0005)
      .map(({ value, sources }) => [value, ...sources.map((/** @type {any} */ source) => source.node?.id || source.node?.className || source.node?.nodeName)]);
  });
  return () => page.evaluate(() => /** @type {any} */ (window).jumps());
}

/**
 * What stands there with the recorded run, and what is left of that when the person's own has come.
 * @type {{ path: string, filled: (page: Page) => Promise<void>, own: RegExp }[]}
 */
const EXHIBITS = [
  {
    path: '', own: /On this machine \d+ threads make primes/,
    async filled(page) {
      assert.match(await textOf(page, '#recorded-body'), /^Measured on .+On this machine/s);
      assert.ok(await page.$$eval('#recorded-body svg.chart', (charts) => charts.length) >= 4);
      assert.match((await capture(page, 'SVG')).text, /Concurrency Lab · [^<]+, recorded on \d{4}-/, 'a chart that is saved says it too');
    },
  },
  {
    path: 'futures.html', own: /All 46 cases passed/,
    async filled(page) {
      assert.equal(await page.$$eval('td.is-waiting, td.is-fail', (cells) => cells.length), 0);
      assert.match(await textOf(page, '#rules-outcome'), /^All \d+ cases passed on every executor/);
      await press(page, '.opener');
      assert.ok(await page.$$eval('#rule-1 .case', (cases) => cases.length) > 0);
    },
  },
  {
    path: 'gil.html', own: /After each I\/O a thread waited 5\.10 ms/,
    async filled(page) {
      assert.doesNotMatch(await textOf(page, 'table.figures tbody tr td'), /–/);
      assert.match(await textOf(page, '#recorded-body'), /With the GIL, 2 threads.*The lost update/s);
      assert.equal(await visible(page, '#lanes'), false, 'of a recorded run there is no trace');
    },
  },
  {
    path: 'latency.html', own: /measured on Test browser/i,
    async filled(page) {
      assert.ok(await page.$$eval('table.latency .second', (cells) => cells.filter((cell) => /–/.test(cell.textContent ?? '')).length) > 20);
      assert.match(await textOf(page, '#recorded-body'), /Measured on \w+ \d+/);
      assert.match((await capture(page, 'SVG')).text, /Concurrency Lab · [^<]+ · recorded on \d{4}-/);
    },
  },
  {
    path: 'spin.html', own: /Beside 5000111000222021 tested/,
    async filled(page) {
      assert.equal(await page.$$eval('.spinner.is-over', (cards) => cards.length), 6);
      assert.equal(await page.$$eval('#recorded-body tbody tr', (rows) => rows.length), 6);
      await press(page, 'label[for="slow-prime"]');
      assert.equal(await page.$$eval('.spinner.is-over', (cards) => cards.length), 6, 'it is there until there is another');
    },
  },
];

for (const which of BROWSERS)
  describe(`recorded, ${which.name}`, { timeout: 900_000 }, () => {
    const { onPage, go, hold } = stage(which);

    for (const { path, filled, own } of EXHIBITS)
      onPage(`${path || 'Compare'}: a recorded run is shown and marked, nothing moves by it, and the own run takes its place`, async (page) => {
        const jumps = which.name === 'chrome' ? await watchJumps(page) : async () => [];
        await go(page, path);
        await shown(page);
        assert.equal(await visible(page, '#recorded'), true);
        assert.match(await textOf(page, '#recorded'), /^Recorded on \d{4}-\d\d-\d\d on .+; press Run for your own machine\.$/);
        assert.deepEqual(await jumps(), []);
        assert.ok(await page.$$eval('[aria-describedby="recorded"]', (all) => all.length) > 0, 'a screen reader says it with the numbers');
        assert.deepEqual(await page.evaluate(faultsOfPage), []);
        assert.equal(await page.$$eval('button', (buttons) => buttons.filter((one) => /^(JSON|CSV|Save the result|Copy as)/.test(one.textContent ?? '') && one.checkVisibility()).length), 0, 'only an own result is saved');
        await filled(page);
        await page.setViewport({ width: 320, height: 700 });
        await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
        assert.ok((await overflow(page)) <= 0, '320 px');

        await runToEnd(page);
        assert.equal(await visible(page, '#recorded'), false);
        assert.deepEqual(await page.$$eval('#recorded-body', (bodies) => bodies.map((body) => body.childElementCount)), path.startsWith('futures') ? [] : [0]);
        assert.equal(await page.$$eval('[aria-describedby="recorded"]', (all) => all.length), 0);
        assert.match(await textOf(page, '#report'), own);
      });

    onPage('Compare keeps it beside the own run, until it is put away', async (page) => {
      await go(page, '?workloads=primes&methods=sequential,threads,processes,async&workers=1,2&size=20');
      assert.equal(await visible(page, '#recorded-report'), false, 'a link with an experiment of its own is not answered with another');
      await runToEnd(page);
      const rows = () => page.$$eval('table.results tbody tr', (all) => all.length);
      const alone = await rows();
      await press(page, '#beside');
      await page.waitForFunction((before) => document.querySelectorAll('table.results tbody tr').length > before, {}, alone);
      assert.match(await textOf(page, '#report-body'), /From the run recorded on \d{4}-\d\d-\d\d on .+: measured on .+ Hollow marks below\./);
      assert.equal(await textOf(page, '#imported'), 'The recorded run is shown beside this machine’s result.');
      await runToEnd(page);
      assert.ok((await rows()) > alone, 'with the next run too');
      await press(page, '#forget');
      await page.waitForFunction((before) => document.querySelectorAll('table.results tbody tr').length === before, {}, alone);
    });

    for (const path of ['', 'gil.html'])
      onPage(`${path || 'Compare'}: a run that is started at once does not meet it`, async (page) => {
        await neverIdle(page);
        const { release } = hold(path === '' ? 'compare round 2' : 'gil end of gil');
        await go(page, path);
        await press(page, '#run');
        await says(page, path === '' ? /^1 round of/ : /^With the GIL/);
        await page.evaluate(() => /** @type {any} */ (window).idle());
        release();
        await ended(page);
        assert.equal(await visible(page, '#recorded'), false);
        assert.equal(await fetched(page), 0);
      });

    onPage('where somebody reads what stands below it, it waits', async (page) => {
      await neverIdle(page);
      await go(page, 'gil.html');
      await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
      await page.evaluate(() => /** @type {any} */ (window).idle());
      await page.waitForFunction(() => performance.getEntriesByType('resource').some(({ name }) => name.includes('recorded.json')));
      const top = () => page.$eval('#reading', (section) => Math.round(section.getBoundingClientRect().top + scrollY));
      const before = await top();
      await new Promise((resolve) => setTimeout(resolve, 300)); // for what draws it is loaded beside it
      assert.equal(await visible(page, '#recorded'), false);
      assert.equal(await top(), before);
      await page.evaluate(() => scrollTo(0, 0));
      await shown(page);
      assert.equal(await visible(page, '#recorded-report'), true);
    });
  });
