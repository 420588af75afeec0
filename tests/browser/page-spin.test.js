// The spinner exhibit in both browsers, against a host that makes its frames up (fixtures/fake-spin.js). The real core is
// in page-dist.test.js.

import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { BROWSERS, PATIENCE_MS, capture, ended, open, overflow, press, reported, retype, runToEnd, says, serve, stage, textOf } from './page-site.js';

/** @typedef {import('puppeteer-core').Page} Page */

for (const which of BROWSERS)
  describe(`spinners, ${which.name}`, { timeout: 900_000 }, () => {
    const { onPage, go: goTo, hold, it } = stage(which);
    const go = (/** @type {Page} */ page, search = '') => goTo(page, `spin.html${search}`);
    const search = (/** @type {Page} */ page) => page.evaluate(() => location.search);
    const card = (/** @type {Page} */ page, /** @type {string} */ method, part = '') => textOf(page, `[data-method="${method}"] ${part}`);
    const over = (/** @type {Page} */ page, /** @type {number} */ count) => page.waitForFunction((n) => document.querySelectorAll('.spinner.is-over').length === n, { timeout: PATIENCE_MS }, count);

    for (const [name, summary, methods] of /** @type {const} */ ([
      ['sleep', 'Done: sequential froze, the others kept turning.', 6],
      ['prime', 'Done: sequential and async froze, the others kept turning.', 6],
      ['gil', 'Done: all of them kept turning.', 2],
      ['processes', 'Done: async froze, the others kept turning.', 3],
    ]))
      onPage(`the link of the preset ${name} opens the exhibit and runs it`, async (page) => {
        await go(page, `?preset=${name}`);
        await over(page, methods);
        await ended(page);
        await reported(page);
        assert.equal(await textOf(page, '#summary'), summary);
        assert.equal(await textOf(page, '#trouble'), '');
        assert.equal(await search(page), `?preset=${name}`);
        assert.equal(await page.$eval('#presets a[aria-current]', (link) => link.getAttribute('href')), `?preset=${name}`);
        assert.equal(await page.$$eval('#report tbody tr', (rows) => rows.length), methods);
        assert.equal(await page.$$eval('.spinner.left-out', (cards) => cards.length), 6 - methods);
      });

    onPage('frames are drawn as they come; without them the time since the last one grows, and nothing turns by itself', async (page) => {
      await page.evaluateOnNewDocument(() => {
        const seen = /** @type {Record<string, string[]>} */ ((/** @type {any} */ (window).seen = {}));
        addEventListener('DOMContentLoaded', () => {
          new MutationObserver(() => {
            for (const card of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('.spinner'))) {
              const list = (seen[card.dataset.method ?? ''] ??= []);
              const text = card.querySelector('.spinner-face')?.textContent ?? '';
              if (list.at(-1) !== text) list.push(text);
            }
          }).observe(/** @type {Node} */ (document.querySelector('#spinners')), { subtree: true, childList: true, characterData: true });
        });
      });
      const held = ['threads', 'async'].map((method) => hold(`spin ${method}`));
      await go(page, '?slow=prime&seconds=10&methods=threads,async&together=1&run=1');
      await page.waitForFunction(() => document.querySelector('[data-method="async"].is-frozen'));
      await page.waitForFunction(() => Number(/** @type {HTMLElement} */ (document.querySelector('[data-method="async"] .spinner-since')).style.getPropertyValue('--since')) > 0.05);
      await page.waitForFunction(() => {
        const { threads, async } = /** @type {Record<string, string[]>} */ (/** @type {any} */ (window).seen);
        return ['|', '/', '-', '\\'].every((glyph) => threads?.some((text) => text.startsWith(`${glyph}thinking!`))) && async?.some((text) => /^\|no frame for \d+\.\d\u00a0s$/.test(text));
      });
      for (const { release } of held) release();
      await over(page, 2);
      await ended(page);
      const seen = await page.evaluate(() => /** @type {any} */ (window).seen);
      assert.ok(seen.async.every((/** @type {string} */ text) => text.startsWith('|')), 'its one frame stays');
      assert.equal(await page.evaluate(() => document.getAnimations().filter((one) => one.constructor.name === 'CSSAnimation').length), 0);
    });

    onPage('after the run each has its numbers and its sentence; there is a table, and a file', async (page) => {
      await go(page, '?slow=prime&seconds=1&methods=threads-gil,async&run=1');
      await over(page, 2);
      await ended(page);
      await reported(page);
      assert.equal(await card(page, 'threads-gil', '.spinner-figures'), 'Longest freeze110 msLate by5.20 msTook1.00 sAnswerprime');
      assert.equal(await card(page, 'async', '.spinner-figures'), 'Longest freeze1.00 sLate by–Took1.00 sAnswerprime');
      assert.equal(await card(page, 'async', '.spinner-verdict'), 'async froze for 1 s, the whole computation: that is how it is made.');
      assert.equal(await card(page, 'threads', '.spinner-words'), 'not chosen');
      assert.equal(await textOf(page, '#report caption'), 'Beside 5000111000222021 tested for primality 12 times, one at a time');
      assert.match(await textOf(page, '#progress-spoken'), /^Done: async froze, the other kept turning\. threads-gil kept turning: .* async froze for 1 s/);
      const saved = JSON.parse((await capture(page, 'JSON')).text);
      assert.deepEqual(saved.runs.map((/** @type {any} */ run) => run.method), ['threads-gil', 'async']);
      const kept = await page.evaluate(() => JSON.parse(localStorage.getItem('concurrency-lab.runs') ?? '{}'));
      const row = (/** @type {string} */ method) => kept.spin.find((/** @type {any} */ one) => one.method === method && one.slow === 'prime');
      assert.deepEqual([row('threads-gil').seconds, row('async').longestFreezeSeconds], [1, 1], 'for the guide');
      // A screen reader is told the words, not each frame.
      assert.equal(await page.$$eval('.spinner-glyph:not([aria-hidden="true"])', (all) => all.length), 0);
      assert.equal(await page.$$eval('#spinners [aria-live], #spinners [role=status]', (all) => all.length), 0);
    });

    onPage('every setting is in the address, and set by the keyboard alone', async (page) => {
      await go(page);
      await page.focus('#slow-sleep');
      await page.keyboard.press('ArrowDown');
      assert.equal(await search(page), '?slow=prime&seconds=3&methods=sequential,threads,threads-gil,interpreters,processes,async');
      await retype(page, '#seconds', '0.5');
      await page.focus('#one-by-one');
      await page.keyboard.press('ArrowDown');
      for (const method of ['sequential', 'threads-gil', 'interpreters']) {
        await page.focus(`#methods-${method}`);
        await page.keyboard.press(' ');
      }
      assert.equal(await search(page), '?slow=prime&seconds=0.5&together=1&methods=threads,processes,async');
      assert.equal(await textOf(page, '#summary'), '3 methods, together · a computation of 0.5 s');
      await page.focus('#seconds');
      await page.keyboard.press('Enter');
      await over(page, 3);
      await ended(page);
      await go(page, await search(page));
      assert.deepEqual(await page.$$eval('#experiment input:checked', (all) => all.map((one) => one.id)), ['slow-prime', 'at-once', 'methods-threads', 'methods-processes', 'methods-async']);
      assert.equal(await page.$eval('#seconds', (input) => /** @type {HTMLInputElement} */ (input).value), '0.5');
      assert.equal(await page.evaluate(() => document.body.classList.contains('running')), false, 'a link without run=1 waits');
    });

    onPage('Stop ends a run; a preset chosen meanwhile ends it and runs', async (page) => {
      const held = hold('spin threads');
      await go(page, '?seconds=1&methods=threads,processes&run=1');
      await page.waitForSelector('[data-method="threads"].is-running');
      await press(page, '#stop');
      await ended(page);
      assert.equal(await textOf(page, '#summary'), 'Stopped, with what there was until then.');
      assert.equal(await card(page, 'threads', '.spinner-words'), 'stopped');
      assert.equal(await card(page, 'threads', '.spinner-verdict'), 'threads was stopped after 1 s.');
      assert.equal(await card(page, 'processes', '.spinner-words'), 'stopped');
      await press(page, '#run');
      await page.waitForSelector('[data-method="threads"].is-running');
      held.forget();
      await press(page, '#presets a[href="?preset=gil"]');
      await says(page, /^Done: all of them kept turning\.$/);
      assert.equal(await search(page), '?preset=gil');
    });

    onPage('wrong settings are told at their field and not run; what goes wrong is said', async (page) => {
      await go(page, '?seconds=0&run=1');
      assert.equal(await textOf(page, '#seconds-error'), 'Seconds must be a number from 0.1 to 60, not “0”.');
      assert.equal(await page.evaluate(() => document.body.classList.contains('running')), false);
      await press(page, '#run');
      assert.equal(await page.evaluate(() => document.activeElement?.id), 'seconds');
      await go(page, '?methods=threads,fast&slow=quick&together=yes&turns=2');
      assert.equal(await textOf(page, '#methods-error'), 'There is no method “fast”; there are sequential, threads, threads-gil, interpreters, processes, async.');
      assert.equal(await textOf(page, '#slow-error'), 'The slow function is sleep or prime, not “quick”.');
      assert.equal(await textOf(page, '#together-error'), '“together” can be 1, not “yes”.');
      assert.match(await textOf(page, '#trouble'), /does not know: “turns”/);
      await go(page, '?seconds=57');
      await runToEnd(page);
      assert.equal(await textOf(page, '#trouble'), '--seconds "57": today is not the day.');
      await go(page, '?seconds=58&methods=async');
      await runToEnd(page);
      assert.equal(await textOf(page, '#trouble'), 'The output could not be written.');
      await go(page, '?seconds=59&methods=threads,processes&together=1');
      await runToEnd(page);
      assert.equal(await card(page, 'processes', '.spinner-verdict'), 'processes failed: the process died.');
      assert.equal(await card(page, 'threads', '.spinner-words'), 'failed');
    });

    onPage('where nothing is shared they run one at a time, and those that cannot say why', async (page) => {
      await page.evaluateOnNewDocument(() => {
        delete (/** @type {any} */ (Navigator.prototype).serviceWorker);
      });
      const bare = await serve(it.site.folder, { isolation: false });
      try {
        await open(page, `${bare.address}spin.html?seconds=0.5&together=1`);
        assert.equal(await page.$eval('#at-once', (input) => /** @type {HTMLInputElement} */ (input).disabled), true);
        assert.match(await textOf(page, '#at-once-hint'), /^Needs threads/);
        await runToEnd(page);
        assert.equal(await textOf(page, '#trouble'), '');
        assert.equal(await card(page, 'threads', '.spinner-words'), 'cannot run here');
        assert.equal(await card(page, 'threads', '.spinner-verdict'), 'threads cannot run here: there is no memory to share.');
        assert.equal(await card(page, 'async', '.spinner-words'), 'done');
        assert.equal(await textOf(page, '#summary'), 'Done: sequential froze, the others kept turning.');
      } finally {
        await page.goto('about:blank');
        await bare.close();
      }
    });

    for (const width of [360, 768, 1280])
      onPage(`nothing is wider than the page at ${width} px; the spinners stand in ${width === 360 ? 'one column' : 'columns'}`, async (page) => {
        await go(page, '?slow=prime&seconds=1&together=1');
        const lefts = await page.$$eval('.spinner', (cards) => new Set(cards.map((one) => Math.round(one.getBoundingClientRect().left))).size);
        assert.ok(width === 360 ? lefts === 1 : lefts > 1, `${lefts} columns`);
        const { release } = hold('spin async');
        await press(page, '#run');
        await page.waitForSelector('[data-method="async"].is-frozen');
        assert.ok((await overflow(page)) <= 0, 'while it runs');
        release();
        await over(page, 6);
        await ended(page);
        await reported(page);
        assert.ok((await overflow(page)) <= 0, 'afterwards');
      }, { width, height: 800 });

    if (which.name === 'chrome')
      onPage('nothing jumps while the spinners turn', async (page) => {
        await page.emulateMediaFeatures([{ name: 'prefers-reduced-motion', value: 'reduce' }]);
        await go(page, '?slow=prime&seconds=1');
        const places = () => page.$$eval('.spinner, #reading', (all) => all.map((one) => Math.round(one.getBoundingClientRect().top + scrollY)));
        const before = await places();
        const { release } = hold('spin threads');
        await press(page, '#run');
        await page.waitForSelector('[data-method="threads"].is-running');
        assert.deepEqual(await places(), before, 'the first has its sentence');
        release();
        await over(page, 6);
        const cards = async () => (await places()).slice(0, 6);
        assert.deepEqual(await cards(), before.slice(0, 6));
      }, { width: 1280, height: 1700 });
  });
