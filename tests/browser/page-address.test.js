// The page and its address in both browsers, against a host that makes its numbers up: links to a place on the page,
// settings that change faster than browsers let an address be written, addresses of no sense, a form sent too early.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe } from 'node:test';
import { PAGES } from '../../web/pages.js';
import { BROWSERS, ended, press, reported, runToEnd, stage, textOf } from './page-site.js';

/** @typedef {import('puppeteer-core').Page} Page */

/** The pages that run something. */
const RUNNING = PAGES.map(({ file }) => file).filter((file) => readFileSync(new URL(`../../web/${file}`, import.meta.url), 'utf8').includes(' data-core="'));

/** How the page stands. @param {Page} page */
const state = (page) =>
  page.evaluate(() => ({
    ran: /** @type {any} */ (window).ran,
    running: document.body.classList.contains('running'),
    report: !(/** @type {HTMLElement} */ (document.querySelector('#report')).hidden),
    search: location.search,
  }));

for (const which of BROWSERS)
  describe(`page and address, ${which.name}`, { timeout: 900_000 }, () => {
    const { onPage, go } = stage(which);

    /**
     * Follows a link to a place on the page by keyboard, and waits until the page has been told of it.
     * @param {Page} page @param {string} link
     */
    const follow = async (page, link) => {
      await page.evaluate(() => void ((/** @type {any} */ (window).followed = false), addEventListener('hashchange', () => (/** @type {any} */ (window).followed = true), { once: true })));
      await page.focus(link);
      await page.keyboard.press('Enter');
      await page.waitForFunction(() => /** @type {any} */ (window).followed);
    };

    for (const path of ['gil.html?preset=lost', 'latency.html?only=mutex&run', 'spin.html?preset=gil', 'futures.html?run=1'])
      onPage(`links to a place on the page leave the result of a run where it is: ${path}`, async (page) => {
        await go(page, path);
        await ended(page);
        await reported(page);
        const before = await state(page);
        assert.equal(before.ran, 1);
        for (const link of ['#to-report', '.skip[href="#run"]']) {
          await follow(page, link);
          assert.deepEqual(await state(page), before, link);
        }
        await page.evaluate(() => void ((/** @type {any} */ (window).followed = false), addEventListener('hashchange', () => (/** @type {any} */ (window).followed = true), { once: true })));
        await page.evaluate(() => history.back());
        await page.waitForFunction(() => /** @type {any} */ (window).followed);
        assert.deepEqual(await state(page), before, 'back');
      });

    onPage('links to a place on the page leave the settings as they are', async (page) => {
      await go(page, '?workloads=mandelbrot&rounds=1&workers=2&size=256');
      const size = () => page.$eval('#size', (input) => /** @type {HTMLInputElement} */ (input).value);
      assert.equal(await size(), '256');
      await follow(page, '.skip[href="#experiment"]');
      assert.equal(await size(), '256');
      await runToEnd(page);
      await follow(page, '#to-report');
      assert.equal(await size(), '256');
      assert.equal((await state(page)).report, true);
    });

    onPage('“Skip to Run” is the first link, and leads to the button', async (page) => {
      for (const path of RUNNING) {
        await go(page, path);
        await page.keyboard.press('Tab');
        assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Skip to Run', path);
        await page.keyboard.press('Enter');
        await page.waitForFunction(() => document.activeElement?.id === 'run');
      }
      await go(page, 'spin.html?seconds=0.5&methods=threads');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await page.waitForFunction(() => document.activeElement?.id === 'run');
      await page.keyboard.press('Enter');
      await ended(page);
      assert.match(await textOf(page, '#summary'), /^Done/);
    });

    onPage('a slider that is dragged writes the address as often as browsers allow, and its last value', async (page) => {
      await page.evaluateOnNewDocument(() => {
        const counter = /** @type {any} */ (window);
        counter.writes = 0;
        const replace = history.replaceState;
        history.replaceState = (...words) => {
          counter.writes++;
          replace.apply(history, words);
        };
      });
      await go(page, 'gil.html');
      const count = await page.$eval('#interval', (element) => {
        const slider = /** @type {HTMLInputElement} */ (element);
        const { min, max } = slider;
        let moves = 0;
        for (let lap = 0; lap < 60; lap++)
          for (let at = Number(min); at <= Number(max); at++, moves++) {
            slider.value = String(at);
            slider.dispatchEvent(new Event('input', { bubbles: true }));
          }
        slider.value = max;
        slider.dispatchEvent(new Event('input', { bubbles: true }));
        return { moves, writes: /** @type {any} */ (window).writes };
      });
      assert.ok(count.moves > 300, `${count.moves}`);
      assert.ok(count.writes > 0 && count.writes <= 100, `${count.writes} writes`);
      assert.equal((await page.$eval('#interval', (slider) => slider.getAttribute('aria-valuetext')))?.replace('\u00a0', ' '), '1 s');
      await page.waitForFunction(() => /interval-us=1000000&/.test(location.search));
      // A step in the history does not lose it.
      await press(page, '#presets a[href="?preset=lost"]');
      await ended(page);
      await page.evaluate(() => history.back());
      await page.waitForFunction(() => /interval-us=1000000&/.test(location.search));
    });

    onPage('Run pressed before the page is up sends no form', async (page) => {
      await page.evaluateOnNewDocument(() => {
        document.addEventListener('readystatechange', () => {
          if (document.readyState === 'interactive') document.getElementById('run')?.click();
        });
      });
      for (const path of RUNNING) {
        await go(page, path);
        assert.equal(await page.evaluate(() => performance.getEntriesByType('navigation').length), 1);
        assert.equal((await state(page)).running, false);
      }
      await go(page, '?rounds=1&workers=2');
      await runToEnd(page);
    });

    onPage('an anchor of no sense harms no page', async (page) => {
      await go(page, 'terms.html#%');
      assert.match(await textOf(page, '#found'), /^\d+ terms$/);
      await page.evaluate(() => { location.hash = '#%E0%A4%A'; });
      await page.evaluate(() => { location.hash = '#gil'; });
      await page.waitForFunction(() => document.querySelector('#gil')?.getAttribute('aria-current') === 'true');
    });

    onPage('a link that asks for what cannot be run says so and runs nothing', async (page) => {
      await go(page, 'futures.html?seed=abc&run');
      assert.equal(await textOf(page, '#trouble'), 'The seed must be a whole number from 0 to 9007199254740991, not “abc”.');
      assert.deepEqual([(await state(page)).running, (await state(page)).ran], [false, 0]);
      await go(page, 'futures.html?deadlock=other&run');
      assert.match(await textOf(page, '#trouble'), /^There is no deadlock “other”/);
      assert.deepEqual([(await state(page)).running, (await state(page)).ran], [false, 0]);
    });

    for (const path of ['gil.html?preset=lost&bogus=1', 'latency.html?only=mutex&run&bogus=1', 'spin.html?preset=gil&bogus=1', 'futures.html?run&bogus=1'])
      onPage(`a link with a setting too many runs, and says so until the next run: ${path}`, async (page) => {
        await go(page, path);
        await ended(page);
        assert.match(await textOf(page, '#trouble'), /^The address has a setting this page does not know: “bogus/);
        assert.equal(await page.$eval('#trouble', (line) => /** @type {HTMLElement} */ (line).hidden), false);
        await runToEnd(page);
        assert.equal(await page.$eval('#trouble', (line) => /** @type {HTMLElement} */ (line).hidden), true);
      });
  });
