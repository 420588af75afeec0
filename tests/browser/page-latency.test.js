// The latency exhibit in both browsers, against a host that makes its numbers up: a run that fills as it goes, the two
// charts, times and distances, links that run, what is copied and saved. The real core is in page-dist.test.js.

import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { faultsOfPage } from './page-faults.js';
import { BROWSERS, capture, contrast, ended, open, outside, overflow, press, retype, runToEnd, says, serve, stage, textOf, watchShifts } from './page-site.js';

/** @typedef {import('puppeteer-core').Page} Page */

const ROWS = 48;

for (const which of BROWSERS)
  describe(`latency, ${which.name}`, { timeout: 900_000 }, () => {
    const { onPage, go: goTo, hold, it } = stage(which);
    const go = (/** @type {Page} */ page, query = '') => goTo(page, `latency.html${query}`);
    const search = (/** @type {Page} */ page) => page.evaluate(() => location.search);
    const attribute = (/** @type {Page} */ page, /** @type {string} */ selector, /** @type {string} */ name) => page.$eval(selector, (element, key) => element.getAttribute(key), name);
    /** The cells of a row of the table. @param {Page} page @param {string} name */
    const cells = (page, name) => page.$$eval(`tr[data-row="${name}"] td:not([hidden])`, (all) => all.map((cell) => [...cell.querySelectorAll('.main, .second')].map((part) => part.textContent ?? '').join('|') || (cell.textContent ?? '')).map((text) => text.replaceAll('\u00a0', ' ')));
    const marks = (/** @type {Page} */ page, /** @type {string} */ kind) => page.$$eval(`#numbers-body .chart ${kind}`, (all) => all.length);
    /** Waits until the chart shows so many. @param {Page} page @param {string} kind @param {number} count */
    const drawn = (page, kind, count) => page.waitForFunction((selector, wanted) => document.querySelectorAll(selector).length === wanted, {}, `#numbers-body .chart ${kind}`, count);

    onPage('before a run, a recorded one too, the classic numbers are there, and nothing else', async (page) => {
      // Which comes when the page is idle.
      await page.evaluateOnNewDocument(() => void (window.requestIdleCallback = () => 0));
      await go(page);
      await page.waitForSelector('#ladder-body svg');
      assert.equal(await textOf(page, '#summary'), `All ${ROWS} numbers · about 25 s`);
      await drawn(page, '.classic', 14);
      assert.equal(await marks(page, '.point'), 0);
      assert.deepEqual(await cells(page, 'main-memory'), ['100 ns', '–|', '', '', '|']);
      assert.match((await attribute(page, '#numbers-body svg', 'aria-label')) ?? '', /Nothing is measured yet; the hollow marks are the classic numbers\.$/);
      assert.equal(await page.$$eval('tr[data-row]', (rows) => rows.length), ROWS);
    });

    onPage('the rows fill as they finish; then the charts, the sentences and every number are there', async (page) => {
      const { release } = hold('latency row 20');
      await go(page, '?seconds=90');
      await press(page, '#run');
      // While it goes on: some rows have numbers, one is measured, others wait.
      await says(page, /^19 of 48 · \d+\.\d of 90\.0.s · ./);
      await page.waitForFunction(() => {
        const texts = [...document.querySelectorAll('tr[data-row] .number .main')].map((cell) => cell.textContent);
        return document.body.classList.contains('running') && texts.some((text) => /\d/.test(text ?? '')) && texts.includes('…') && texts.includes('–') && document.querySelector('#numbers-body .now');
      });
      release();
      await ended(page);
      assert.match(await textOf(page, '#summary'), /^Done: 42 of 48 measured in \d/);
      assert.equal(await textOf(page, '#trouble'), '');
      await drawn(page, '.point', 42);
      assert.equal(await marks(page, '.whisker'), 42);
      assert.equal(await marks(page, '.apart'), 8, 'a line from each classic number to the one here');
      assert.equal(await marks(page, '.now'), 0);
      assert.deepEqual(await cells(page, 'main-memory'), ['100 ns', '96.4 ns|95.4–97.8 ns', '0.964×', '236', '9.64 km|to the next town']);
      assert.deepEqual(await cells(page, 'thread-start'), ['', '74.0 µs|73.3–75.1 µs', '', '181,000', '7400 km|from London to Tokyo']);
      assert.deepEqual(await cells(page, 'disk-seek'), ['10 ms', 'A page cannot move the head of a disk.|'], 'where it cannot be measured the row says why');
      assert.equal(await textOf(page, '#report .verdict'), 'Main memory is 78 times as far away as the L1 cache: 96.4 ns against 1.24 ns.');
      assert.match(await textOf(page, '#report-body'), /Measured on Test browser 1\.0, linux x64, 4 cores \(3\.94 measured\), where a cycle of the processor takes about 0\.408 ns\./);
      assert.match((await attribute(page, '#numbers-body svg', 'aria-label')) ?? '', /L1 cache: 1\.24.ns, classic 0\.5.ns;.*Measured|Measured here: L1 cache: 1\.24.ns/);
    });

    onPage('the ladder: every point with its interval, the levels with their names and sizes', async (page) => {
      await go(page, '?preset=ladder');
      await ended(page);
      await page.waitForFunction(() => document.querySelectorAll('#ladder-body .point').length === 69 && document.querySelector('#ladder-body .fit'));
      assert.equal(await page.$$eval('#ladder-body .whisker', (all) => all.length), 69);
      const words = (await page.$$eval('#ladder-body .name', (all) => all.map((text) => text.textContent ?? ''))).map((text) => text.replaceAll('\u00a0', ' '));
      assert.deepEqual(words, ['L1', '32 KiB', '1.24 ns', 'L2', '512 KiB', '4.10 ns', 'L3', '16 MiB', '14.7 ns', 'memory', '96.4 ns']);
      assert.equal(await page.$$eval('#ladder-body .classic', (all) => all.length), 3);
      assert.match(((await attribute(page, '#ladder-body svg', 'aria-label')) ?? '').replaceAll('\u00a0', ' '), /69 points\. 3 caches were found\. L1, 32 KiB: 1\.24 ns; L2, 512 KiB/);
      assert.equal(await page.$$eval('tr[data-row]', (rows) => rows.length), 4, 'only these rows');
      assert.equal(await search(page), '?preset=ladder');
    });

    onPage('links run: presets, a group, a single row; the history brings back what was', async (page) => {
      await go(page);
      for (const name of ['sharing', 'waking', 'messages', 'starts', 'tasks', 'outside']) {
        await press(page, `#presets a[href="?preset=${name}"]`);
        await page.waitForFunction((wanted) => location.search === wanted && !document.body.classList.contains('running') && /^Done/.test(document.querySelector('#summary')?.textContent ?? ''), {}, `?preset=${name}`);
        assert.equal(await attribute(page, `#presets a[href="?preset=${name}"]`, 'aria-current'), 'true');
        assert.equal(await textOf(page, '#trouble'), '');
        assert.equal(await page.$eval('#ladder', (element) => /** @type {HTMLElement} */ (element).hidden), true);
      }
      await page.$eval('.latency .group a', (link) => /** @type {HTMLElement} */ (link).click());
      await ended(page, 7);
      await press(page, 'tr[data-row="fetch-cache"] .opener');
      await page.$eval('#about-fetch-cache a', (link) => /** @type {HTMLElement} */ (link).click());
      await says(page, /^Done: 1 of 1/);
      assert.equal(await search(page), '?only=fetch-cache');
      assert.equal(await page.$eval('#only', (input) => /** @type {HTMLTextAreaElement} */ (input).value), 'fetch-cache');
      await page.evaluate(() => history.go(-2));
      await page.waitForFunction(() => location.search === '?preset=outside' && document.querySelectorAll('tr[data-row]').length === 12);
      await ended(page);
      await press(page, '#reset');
      assert.equal(await page.$$eval('tr[data-row]', (rows) => rows.length).catch(() => 0) > 0, true);
      await page.waitForFunction(() => document.querySelectorAll('tr[data-row]').length === 48);
      assert.match((await cells(page, 'mutex'))[1] ?? '', /^17\.2 ns/, 'what was measured before is still there');
    });

    onPage('times or distances, by keyboard, in the address', async (page) => {
      await go(page, '?only=l1-cache,packet-around-the-world,message-1mb&run');
      await ended(page);
      await page.focus('input[name="show"]:checked');
      await page.keyboard.press('ArrowRight');
      await page.waitForFunction(() => document.querySelector('#numbers-body .place'));
      assert.equal(await search(page), '?only=l1-cache,packet-around-the-world,message-1mb&show=distances');
      assert.deepEqual(await cells(page, 'l1-cache'), ['50 m', '124 m|1.24 ns', '2.48×', '3.0', '|a football pitch']);
      assert.equal((await cells(page, 'packet-around-the-world'))[0], '15 million km');
      const places = await page.$$eval('#numbers-body .place', (all) => all.map((text) => text.textContent));
      assert.ok(places.includes('the Moon') && places.includes('a tenth to the Sun'));
      assert.match(await textOf(page, '#summary'), /^Done/, 'what was said stays');
      await page.keyboard.press('ArrowLeft');
      await page.waitForFunction(() => !document.querySelector('#numbers-body .place'));
    });

    onPage('a row opens to what it is here, by keyboard, and stays open through a run', async (page) => {
      await go(page, '?only=mutex');
      await page.waitForSelector('tr[data-row="mutex"] .opener');
      await page.focus('tr[data-row="mutex"] .opener');
      await page.keyboard.press('Enter');
      assert.equal(await attribute(page, 'tr[data-row="mutex"] .opener', 'aria-expanded'), 'true');
      assert.match(await textOf(page, '#about-mutex'), /the core says with the first run/);
      await runToEnd(page);
      await page.waitForFunction(() => /What mutex really is here/.test(document.querySelector('#about-mutex')?.textContent ?? ''));
      assert.match(await textOf(page, '#about-mutex'), /Mutex, in full\. What mutex really is here, in a sentence of group 2\..*1\.72 km, 4 laps of the track; 0\.688 times the classic number; 42 cycles of the processor\./);
      await page.focus('tr[data-row="mutex"] .opener');
      await page.keyboard.press('Enter');
      assert.equal(await page.$eval('#about-mutex', (element) => /** @type {HTMLElement} */ (element).hidden), true);
    });

    onPage('Stop ends a run with what there is, and the next one begins anew', async (page) => {
      const third = hold('latency row 3');
      await go(page, '?only=sync');
      await press(page, '#run');
      await says(page, /^2 of 18/);
      await press(page, '#stop');
      await ended(page);
      third.forget();
      assert.equal(await textOf(page, '#summary'), 'Stopped: 2 of 18 measured until then.');
      assert.match(await textOf(page, '#report-body'), /Stopped before the end/);
      await page.waitForFunction(() => document.querySelector('tr[data-row="async-turn"] .main')?.textContent === 'Stopped before it was measured.');
      assert.equal(await attribute(page, '#run', 'aria-disabled'), 'false');
      await retype(page, '#seconds', '4');
      await runToEnd(page);
      assert.match(await textOf(page, '#summary'), /^Done: 18 of 18/);
      // Another set of rows while one is measured: that one is stopped, and the other runs.
      const again = hold('latency row 3');
      await press(page, '#run');
      await says(page, /^2 of 18/);
      again.forget();
      await page.$eval('#presets a[href="?preset=tasks"]', (link) => /** @type {HTMLElement} */ (link).click());
      await says(page, /^Done: 6 of 6/);
    });

    onPage('the table is copied as text and as Markdown; the result is saved as JSON, CSV, SVG and PNG', async (page) => {
      await page.evaluateOnNewDocument(() => {
        Object.defineProperty(navigator, 'clipboard', { value: { writeText: async (/** @type {string} */ text) => void (/** @type {any} */ (window).copied = text) } });
      });
      await go(page, '?only=l1-cache,mutex,disk-seek&run');
      await ended(page);
      const copied = async (/** @type {string} */ label) => {
        await page.evaluate((text) => [...document.querySelectorAll('button')].find((one) => one.textContent === text)?.click(), label);
        await page.waitForFunction((words) => document.querySelector('#report [role="status"]')?.textContent === words, {}, `The table is copied as ${label.slice(8)}.`);
        return page.evaluate(() => /** @type {any} */ (window).copied);
      };
      assert.match(await copied('Copy as text'), /^Row\tHere\t.*\nL1 cache\t1\.24 ns\t1\.23–1\.26 ns\t0\.5 ns\t2\.48×\t3\.0\t124 m, a football pitch\nMutex\t/);
      assert.match(await copied('Copy as Markdown'), /^\| Row \| Here \|.*\n\| --- \| ---: \|.*\n\| L1 cache \|/);
      // Where the page may not copy, it is there to be copied by hand.
      await page.evaluate(() => void (navigator.clipboard.writeText = () => Promise.reject(new Error('not now'))));
      await page.evaluate(() => [...document.querySelectorAll('button')].find((one) => one.textContent === 'Copy as text')?.click());
      await page.waitForSelector('#report .by-hand');
      assert.match(await page.$eval('#report .by-hand', (box) => /** @type {HTMLTextAreaElement} */ (box).value), /^Row\tHere\t/);
      assert.match(await textOf(page, '#report [role="status"]'), /^This browser did not let the page copy/);
      const json = JSON.parse((await capture(page, 'JSON')).text);
      assert.deepEqual([json.command, json.rows.length, json.ladder.levels.length], ['latency', 3, 4]);
      assert.match((await capture(page, 'CSV')).text, /^name,title,group,.*\r\nl1-cache,/);
      const svg = await capture(page, 'SVG');
      assert.match(svg.text, /From a tenth of a nanosecond to a second.*Concurrency Lab · Test browser 1\.0/s);
      const png = await capture(page, 'PNG');
      assert.ok(png.type === 'image/png' && png.size > 5000);
    });

    onPage('wrong settings are told at their field and not run', async (page) => {
      await go(page, '?only=mutxe,l1-cache&run');
      assert.match(await textOf(page, '#only-error'), /^There is no row “mutxe”; there are /);
      assert.equal(await page.evaluate(() => document.body.classList.contains('running')), false);
      assert.equal(await textOf(page, '#summary'), await textOf(page, '#only-error'));
      await press(page, '#run');
      assert.equal(await page.evaluate(() => document.activeElement?.id), 'only');
      await retype(page, '#only', 'mutex, tasks');
      assert.equal(await textOf(page, '#only-error'), '');
      assert.equal(await textOf(page, '#summary'), '7 numbers · about 5 s');
      await go(page, '?preset=noo');
      assert.match(await textOf(page, '#trouble'), /does not know: “preset=noo”/);
    });

    onPage('a document of reasons only', async (page) => {
      await page.evaluateOnNewDocument(() => {
        delete (/** @type {any} */ (Navigator.prototype).serviceWorker);
      });
      const bare = await serve(it.site.folder, { isolation: false });
      try {
        await open(page, `${bare.address}latency.html?seconds=10&run`);
        assert.match(await textOf(page, '#isolation-note'), /^Threads need shared memory/);
        await ended(page);
        assert.match(await textOf(page, '#summary'), /^Done: 0 of 48 measured/);
        assert.match(await textOf(page, '#report-body'), /^Too little was measured to compare\./);
        await page.waitForFunction(() => document.querySelectorAll('tr.unmeasured').length === 48);
        assert.deepEqual(await cells(page, 'l1-cache'), ['0.5 ns', 'Nothing is measured without shared memory.|']);
        await drawn(page, '.classic', 14);
        assert.equal(await marks(page, '.point'), 0);
      } finally {
        await page.goto('about:blank');
        await bare.close();
      }
    });

    for (const width of [360, 768, 1280])
      onPage(`nothing is wider than the page or its chart at ${width} px`, async (page) => {
        const { release } = hold('latency row 20');
        await go(page, '?seconds=10&run');
        await says(page, /^19 of 48/);
        assert.ok((await overflow(page)) <= 0, 'while it runs');
        release();
        await ended(page);
        await page.$$eval('.opener', (all) => all.slice(0, 5).forEach((one) => /** @type {HTMLElement} */ (one).click()));
        for (const way of ['', 'distances']) {
          await page.$eval(`input[name="show"][value="${way}"]`, (input) => /** @type {HTMLElement} */ (input).click());
          await page.waitForFunction((far) => (document.querySelector('#numbers-body .place') !== null) === far, {}, way !== '');
          assert.ok((await overflow(page)) <= 0, way);
          assert.deepEqual(await outside(page), [], way);
        }
        // At its narrowest a label stands above its line, and both are in sight.
        const narrow = await page.$eval('#numbers-body svg', (chart) => Number(chart.getAttribute('height')) / 48 > 36);
        assert.equal(narrow, width === 360);
      }, { width, height: 800 });

    onPage('names, labels, headings and captions are there for a screen reader', async (page) => {
      await go(page, '?seconds=10&run');
      await ended(page);
      await page.$$eval('.opener', (all) => all.forEach((one) => /** @type {HTMLElement} */ (one).click()));
      assert.deepEqual(await page.evaluate(faultsOfPage), []);
      assert.match(await textOf(page, '#progress-spoken'), /^Done: 42 of 48/);
    });

    if (which.name === 'chrome') {
      onPage('nothing jumps while a run goes on', async (page) => {
        const shifts = await watchShifts(page);
        await page.emulateMediaFeatures([{ name: 'prefers-reduced-motion', value: 'reduce' }]);
        await go(page, '?seconds=30');
        await page.waitForSelector('#numbers-body svg');
        await page.waitForNetworkIdle({ idleTime: 300 });
        await runToEnd(page);
        assert.deepEqual(await shifts(), []);
      }, { width: 1280, height: 1700 });

      for (const scheme of ['light', 'dark'])
        onPage(`${scheme}: marks and words of the charts stand out from the paper`, async (page) => {
          await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
          await go(page, '?seconds=10&run');
          await ended(page);
          await drawn(page, '.point', 42);
          const seen = await page.evaluate(() => {
            const hex = (/** @type {string} */ colour) => `#${(colour.match(/\d+/g) ?? []).slice(0, 3).map((part) => Number(part).toString(16).padStart(2, '0')).join('')}`;
            const of = (/** @type {string} */ selector, /** @type {'fill' | 'stroke' | 'color'} */ key) => [...document.querySelectorAll(selector)].map((element) => hex(getComputedStyle(element)[key]));
            return {
              paper: hex(getComputedStyle(document.documentElement).backgroundColor),
              marks: [...of('.chart .point', 'fill'), ...of('.chart .classic', 'stroke'), ...of('.chart .apart', 'stroke')],
              words: [...of('.chart text', 'fill'), ...of('.latency .second', 'color'), ...of('.latency .why-not .main', 'color')],
            };
          });
          assert.ok(seen.marks.length > 100 && seen.words.length > 200);
          for (const colour of new Set(seen.marks)) assert.ok(contrast(colour, seen.paper) >= 3, `${colour} on ${seen.paper}`);
          for (const colour of new Set(seen.words)) assert.ok(contrast(colour, seen.paper) >= 4.5, `${colour} on ${seen.paper}`);
        });
    }
  });
