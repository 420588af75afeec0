// The Futures and GIL exhibits in both browsers, against a host that makes its numbers up: links that run, the
// slider, the lanes, the table of rules, the drawn cycle. The real core is in page-dist.test.js.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { oneFile } from '../../.ci/bundle.mjs';
import { PAGES } from '../../web/pages.js';
import { faultsOfPage } from './page-faults.js';
import { BROWSERS, capture, contrast, ended, open, outside, overflow, press, ready, reported, retype, runToEnd, says, serve, stage, textOf, watchShifts } from './page-site.js';

/** @typedef {import('puppeteer-core').Page} Page */

for (const which of BROWSERS)
  describe(`exhibits, ${which.name}`, { timeout: 900_000 }, () => {
    const { onPage, go: goTo, hold, it } = stage(which);
    const go = (/** @type {Page} */ page, path = 'gil.html') => goTo(page, path);
    const search = (/** @type {Page} */ page) => page.evaluate(() => location.search);
    const attribute = (/** @type {Page} */ page, /** @type {string} */ selector, /** @type {string} */ name) => page.$eval(selector, (element, key) => element.getAttribute(key), name);
    const figures = (/** @type {Page} */ page) => page.$$eval('table.figures tbody tr', (rows) => rows.map((row) => [...row.querySelectorAll('td')].map((cell) => (cell.textContent ?? '').replaceAll('\u00a0', ' '))));

    onPage('each page leads to the next one, and says where it is', async (page) => {
      await go(page, '');
      for (const { file, name, title } of [...PAGES.slice(2), ...PAGES.slice(0, 2)]) {
        await Promise.all([page.waitForNavigation(), press(page, `nav.exhibits a[href="${file === 'index.html' ? './' : file}"]`)]);
        await ready(page);
        assert.equal(await textOf(page, 'h1'), title);
        assert.equal(await textOf(page, 'nav.exhibits [aria-current="page"]'), name);
      }
    });

    onPage('a narrow page has the contents and its own group; the contents lead on, by keyboard', async (page) => {
      /** The links to pages that Tab comes to, from the beginning of the page to this one. @param {string} last */
      const tabTo = async (last) => {
        const seen = [];
        for (let i = 0; i < 60 && seen.at(-1) !== last; i++) {
          await page.keyboard.press('Tab');
          const name = await page.evaluate(() => (document.activeElement?.matches('nav.exhibits a, main h3 a') ? document.activeElement.textContent : ''));
          if (name) seen.push(name);
        }
        return seen;
      };
      await go(page, '?workers=2');
      const namesOf = (/** @type {string[]} */ ...groups) => PAGES.flatMap(({ name, group }) => (groups.includes(group) ? [name] : []));
      const first = namesOf('', 'Measure');
      assert.deepEqual(await tabTo(first.at(-1) ?? ''), first);
      await page.keyboard.press('Tab');
      assert.equal(await page.$('nav.exhibits a:focus'), null, 'no more of them can be reached');
      assert.ok((await page.$eval('.masthead', (head) => head.clientHeight)) < 160, 'a few lines at most');
      await page.focus('nav.exhibits a');
      await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
      await ready(page);
      const names = PAGES.map(({ name }) => name);
      assert.deepEqual(await tabTo('GIL'), names.slice(0, names.indexOf('GIL') + 1), 'all of them, in their order');
      assert.ok((await overflow(page)) <= 0);
      assert.deepEqual(await page.evaluate(faultsOfPage), []);
      await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
      await ready(page);
      assert.deepEqual(await page.$$eval('nav.exhibits a', (all) => all.filter((one) => one.checkVisibility()).map((one) => [one.textContent, one.getAttribute('aria-current')])),
        namesOf('', 'Watch').map((name) => [name, name === 'GIL' ? 'page' : null]));
      for (const width of [320, 1440]) {
        await page.setViewport({ width, height: 740 });
        assert.ok((await overflow(page)) <= 0, `${width} px`);
      }
      assert.equal(await page.$$eval('nav.exhibits a', (all) => all.filter((one) => one.checkVisibility()).length), PAGES.length);
    }, { width: 360, height: 740 });

    for (const name of ['cpu', 'io', 'convoy', 'tiny', 'lost'])
      onPage(`the link of the preset ${name} opens the exhibit and runs it`, async (page) => {
        await go(page, `gil.html?preset=${name}`);
        await ended(page);
        await reported(page);
        assert.equal(await textOf(page, '#trouble'), '');
        assert.match(await textOf(page, '#summary'), /^Done: \d+ s in all, half of it without the GIL/);
        assert.equal(await attribute(page, `#presets a[href="?preset=${name}"]`, 'aria-current'), 'true');
        assert.equal(await search(page), `?preset=${name}`);
        const computes = name !== 'io';
        assert.match((await figures(page))[0]?.[0] ?? '', computes ? /^\d+(\.\d+)? \/s$/ : /^0 \/s$/);
        assert.match(await textOf(page, '#report-body'), /The lost update/);
        assert.equal(await page.$$eval('#report tr.lost', (rows) => rows.length), 1);
      });

    for (const path of ['gil.html?preset=convoy', 'latency.html?run=1', 'spin.html?run=1&seconds=0.5', 'futures.html?run=1'])
      onPage(`what was measured before the core died is shown as an unfinished result: ${path}`, async (page) => {
        hold('the core dies');
        await go(page, path);
        await ended(page);
        assert.equal(await textOf(page, '#trouble'), 'The core gave up (a test). The core has been started anew; what was measured until then is kept.');
        assert.match(await textOf(page, '#summary'), /^Ended (early|after)/);
        if (!path.startsWith('futures')) {
          await reported(page);
          assert.match(await textOf(page, '#report-body .note'), /^Unfinished: the core died or had to be ended\./);
        }
        const { text } = await capture(page, path.startsWith('futures') ? 'Save the result as JSON' : 'JSON');
        assert.equal(JSON.parse(text).unfinished, true);
        it.server.letGo();
        await runToEnd(page);
        assert.equal(await textOf(page, '#trouble'), '');
        assert.match(await textOf(page, '#summary'), /^Done/);
      });

    onPage('a run with and without the GIL: figures, lanes, sentences, the lost update, the file', async (page) => {
      await go(page, 'gil.html?preset=convoy');
      await ended(page);
      await reported(page);
      assert.equal((await textOf(page, '#report .verdict')), 'After each I/O a thread waited 5.10 ms until it ran again, about one interval; without the GIL 30.0 µs.');
      const rows = await figures(page);
      assert.deepEqual(rows[2], ['5.10 ms', '30.0 µs']);
      assert.deepEqual(rows.slice(3).map((row) => row[1]), ['', '', '', ''], 'without a GIL nothing is held');
      await page.waitForFunction(() => document.querySelectorAll('.timeline-legend li').length > 5);
      const legend = await textOf(page, '.timeline-legend');
      for (const words of ['threads-gil holding the GIL', 'holding, asked to drop', 'wanting the GIL', 'forced to wait', 'blocked on sleep', 'threads running']) assert.ok(legend.includes(words), `${words} in ${legend}`);
      assert.ok(!legend.includes('without the GIL'), 'a thread under the GIL runs only with it');
      await press(page, '.timeline details summary');
      await page.waitForFunction(() => document.querySelectorAll('.timeline tbody tr').length >= 4);
      assert.match(await textOf(page, '.timeline thead'), /Holding.*Asked to drop.*Wants the GIL.*Forced to wait/);
      const json = JSON.parse((await capture(page, 'JSON')).text);
      assert.equal(json.command, 'gil');
      const trace = JSON.parse((await capture(page, 'Trace (Chrome JSON)')).text);
      assert.ok(trace.traceEvents.some((/** @type {any} */ one) => one.cat === 'gil' && one.name === 'forced to wait'));
      await page.focus('.timeline-stage');
      await page.keyboard.press('ArrowDown');
      assert.match(await textOf(page, '.timeline-words'), /^CPU thread 1, threads-gil · .*holding the GIL \d/);
    });

    onPage('the slider by keyboard: round values, in words, in the address, at once while it runs', async (page) => {
      hold('gil end of gil');
      await go(page, 'gil.html?threads=2&io-threads=0&interval-us=5000&io-us=1000&seconds=30');
      const value = () => attribute(page, '#interval', 'aria-valuetext').then((text) => text?.replace('\u00a0', ' '));
      assert.equal(await value(), '5 ms');
      await page.focus('#interval');
      await page.keyboard.press('ArrowRight');
      assert.equal(await value(), '6 ms');
      await page.keyboard.press('PageDown');
      assert.equal(await value(), '600 µs');
      assert.match(await search(page), /interval-us=600&/);
      await page.keyboard.press('Home');
      assert.equal(await value(), '1 µs');
      await page.keyboard.press('ArrowLeft');
      assert.equal(await value(), '1 µs');
      await page.keyboard.press('End');
      assert.equal(await value(), '1 s');

      await press(page, '#run');
      await page.waitForFunction(() => /^1(\.0)?.\/s$|^1\.00.\/s$/.test(document.querySelector('table.figures tbody tr:nth-child(4) td')?.textContent ?? ''));
      await page.focus('#interval');
      await page.keyboard.press('PageDown');
      await page.keyboard.press('PageDown');
      assert.equal(await value(), '10 ms');
      await page.waitForFunction(() => /^99\.\d.\/s$/.test(document.querySelector('table.figures tbody tr:nth-child(4) td')?.textContent ?? ''));
      assert.equal(await page.evaluate(() => document.body.classList.contains('running')), true, 'the same run');
      await press(page, '#stop');
      await ended(page);
      await reported(page);
      assert.match(await textOf(page, '#report-body'), /The interval was changed during the run/);
      assert.match(await textOf(page, '#summary'), /^Stopped/);
    });

    onPage('the slider by pointer gives two digits', async (page) => {
      await go(page);
      await page.locator('#interval').hover();
      const box = await (await page.$('#interval'))?.boundingBox();
      assert.ok(box);
      await page.mouse.click(box.x + box.width * 0.31, box.y + box.height / 2);
      assert.match(await search(page), /interval-us=[1-9]\d?0*&/);
      assert.match((await textOf(page, '#interval-value')), /µs$/);
    });

    onPage('“No GIL” starts the run anew without one, a preset with its own settings', async (page) => {
      const [locked, free] = [hold('gil end of gil'), hold('gil end of no-gil')];
      await go(page, 'gil.html?threads=2&io-threads=0&interval-us=5000&io-us=1000&seconds=30');
      await press(page, '#run');
      await says(page, /^With the GIL/);
      await press(page, '#no-gil');
      await says(page, /^Without the GIL · .* of 30\.0/);
      assert.match(await search(page), /only=no-gil/);
      assert.equal(await page.$eval('#interval', (input) => /** @type {HTMLInputElement} */ (input).disabled), true);
      await page.waitForFunction(() => document.querySelector('table.figures tbody tr:nth-child(4) td')?.textContent === '–');
      for (const { forget } of [locked, free]) forget();
      await press(page, '#presets a[href="?preset=lost"]');
      await says(page, /^Done/);
      assert.equal(await page.$eval('#no-gil', (input) => /** @type {HTMLInputElement} */ (input).checked), false);
      // Back to what was before, without running it.
      await page.evaluate(() => history.back());
      await page.waitForFunction(() => /only=no-gil/.test(location.search) && /** @type {HTMLInputElement} */ (document.querySelector('#no-gil')).checked);
    });

    onPage('wrong settings are told at their field and not run', async (page) => {
      await go(page, 'gil.html?threads=99&run=1');
      assert.equal(await textOf(page, '#threads-error'), 'CPU threads must be a whole number from 0 to 16, not “99”.');
      assert.equal(await page.evaluate(() => document.body.classList.contains('running')), false);
      await press(page, '#run');
      assert.equal(await page.evaluate(() => document.activeElement?.id), 'threads');
      await retype(page, '#threads', '1');
      assert.equal(await textOf(page, '#threads-error'), '');
      await go(page, 'gil.html?preset=noo');
      assert.match(await textOf(page, '#trouble'), /does not know: “preset=noo”/);
    });

    onPage('the suite fills the table; a rule opens to its meaning, its cases and their C', async (page) => {
      await go(page, 'futures.html');
      assert.equal(await page.$$eval('table.rules .opener', (all) => all.length), 24, '23 rules and the deadlocks');
      await runToEnd(page);
      assert.match(await textOf(page, '#summary'), /^Done: 212 passed and 64 not applicable\.$/);
      assert.equal(await search(page), '?run=1');
      assert.equal(await page.$$eval('table.rules td.is-pass', (all) => all.length), 106);
      assert.equal(await page.$$eval('table.rules td.is-na', (all) => all.length), 32);
      assert.equal(await textOf(page, 'table.rules td.is-pass'), '✓passes', 'not by colour alone');
      await press(page, '.opener');
      assert.equal(await attribute(page, '.opener', 'aria-expanded'), 'true');
      assert.match(await textOf(page, '#rule-1'), /cancelled while pending.*A future that is held runs; let go, it ends\..*Passes on sequential, threads, threads-gil, interpreters, processes and async\./s);
      await press(page, '#rule-1 details summary');
      await page.waitForFunction(() => document.querySelectorAll('#rule-1 .line').length > 5);
      assert.match(await textOf(page, '#rule-1 .listing'), /^\/\* A future goes one way: [^]*\n}\n$/);
      assert.equal(await page.$eval('#rule-1 pre', (pre) => getComputedStyle(pre).counterReset), 'line 10');
      assert.match(await textOf(page, '#rule-1 .c-keyword'), /static/);
      const json = JSON.parse((await capture(page, 'Save the result as JSON')).text);
      assert.equal(json.rules.length, 276);
      assert.equal(await attribute(page, '#exports a', 'href'), './futures.html?run=1&seed=1');
    });

    onPage('why a rule does not apply is said on hover, on focus and in the open rule; arrows go on', async (page) => {
      await go(page, 'futures.html?run=1');
      await ended(page);
      await page.waitForSelector('.why[tabindex="0"]');
      assert.equal(await page.$$eval('.why[tabindex="0"]', (all) => all.length), 1, 'one stop for Tab');
      await page.focus('.why[tabindex="0"]');
      assert.equal(await textOf(page, '#reason'), 'It has no workers: tasks run in the thread that asks for them.');
      assert.match((await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))) ?? '', /^Rule 14 on sequential: not applicable\. It has no workers/);
      await page.keyboard.press('ArrowDown');
      assert.equal(await textOf(page, '#reason'), 'Only a process pool has processes.');
      await page.keyboard.press('Escape');
      assert.equal(await page.$eval('#reason', (tip) => /** @type {HTMLElement} */ (tip).hidden), true);
      await page.hover('#rules tbody:nth-last-child(2) td.is-na .why');
      assert.equal(await textOf(page, '#reason'), 'Only an interpreter pool has interpreters.');
      assert.ok((await overflow(page)) <= 0);
    });

    onPage('a rule that fails comes first, is open, and says where', async (page) => {
      await go(page, 'futures.html?run=1&seed=9');
      await ended(page);
      await page.waitForSelector('td.is-fail');
      assert.match(await textOf(page, '#summary'), /2 failed/);
      assert.equal(await textOf(page, 'table.rules tbody:not([hidden]) .rule-number'), '15');
      assert.match(await textOf(page, '#rule-15'), /Fails on processes: expected a submit after shutdown to be an error, rules_fake\.c:21/);
      assert.match(await textOf(page, 'td.is-fail'), /✕/);
      assert.match(await textOf(page, '#rules-outcome'), /^1 rule failed; it stands first\.$/);
      // The next run puts it back.
      await runToEnd(page);
      assert.equal(await attribute(page, '#exports a', 'href'), './futures.html?run=1&seed=9');
    });

    onPage('Stop ends the suite with what there is', async (page) => {
      hold('futures case 4');
      await go(page, 'futures.html?run=1');
      await says(page, /^18 of 276 done/);
      await press(page, '#stop');
      await ended(page);
      assert.equal(await textOf(page, '#summary'), 'Stopped after 18 of 276: 18 passed and 0 not applicable.');
      assert.deepEqual(await page.$$eval('td.is-pass, td.is-waiting', (all) => all.slice(0, 18).map((one) => (one.textContent ?? '').at(-1))), [...Array(6).fill('s'), ...Array(6).fill('2'), ...Array(6).fill('t')], 'a rule with both cases, one with one, none');
    });

    for (const [name, nodes, sentence] of /** @type {const} */ ([['mutual', 4, /Thread 1 \(task 1\) waits for task 2; thread 2/], ['nested', 2, /only worker waits\.$/]]))
      onPage(`the deadlock ${name} is found, drawn, and said; its link runs it`, async (page) => {
        await go(page, `futures.html?deadlock=${name}`);
        await page.waitForSelector('#deadlock svg.chart');
        await ended(page);
        assert.equal(await textOf(page, '#summary'), 'Deadlock found, and the run ended.');
        assert.match(await textOf(page, '#deadlock .verdict'), sentence);
        assert.equal(await page.$$eval('#deadlock .node', (all) => all.length), nodes);
        assert.equal(await page.$$eval('#deadlock .arrow .head', (all) => all.length), nodes);
        assert.equal(await page.$$eval('#deadlock ol li', (all) => all.length), nodes / 2);
        assert.match((await attribute(page, '#deadlock svg', 'aria-label'))?.replace('Diagram. ', '') ?? '', sentence);
        assert.match((await textOf(page, '#progress-spoken')).replace('Deadlock found, and the run ended. ', ''), sentence);
        // The other by its button, with the keyboard.
        const other = name === 'mutual' ? 'nested' : 'mutual';
        await page.focus(`[data-deadlock="${other}"]`);
        await page.keyboard.press('Enter');
        await page.waitForFunction((count) => document.querySelectorAll('#deadlock .node').length === count, {}, name === 'mutual' ? 2 : 4);
        assert.equal(await search(page), `?deadlock=${other}`);
      });

    onPage('a core that refuses is said in one sentence', async (page) => {
      await page.evaluateOnNewDocument(() => {
        delete (/** @type {any} */ (Navigator.prototype).serviceWorker);
      });
      const bare = await serve(it.site.folder, { isolation: false });
      try {
        await open(page, `${bare.address}gil.html`);
        assert.match(await textOf(page, '#isolation-note'), /^Threads need shared memory/);
        await runToEnd(page);
        assert.equal(await textOf(page, '#trouble'), 'Gil needs threads, which need shared memory.');
        await open(page, `${bare.address}futures.html?run=1`);
        await ended(page);
        assert.match(await textOf(page, '#summary'), /^Done: /);
      } finally {
        await page.goto('about:blank');
        await bare.close();
      }
    });

    for (const width of [360, 768, 1000, 1920])
      onPage(`nothing is wider than the page at ${width} px`, async (page) => {
        const { release } = hold('gil end of gil');
        await go(page, 'gil.html?preset=convoy');
        await says(page, /^With the GIL/);
        assert.ok((await overflow(page)) <= 0, 'while it runs');
        release();
        await ended(page);
        await reported(page);
        assert.ok((await overflow(page)) <= 0, 'GIL');
        const spilling = await page.$$eval('table.figures :is(th, td)', (cells) => cells.filter((cell) => cell.scrollWidth > cell.clientWidth + 1).map((cell) => cell.textContent));
        assert.deepEqual(spilling, [], 'no cell runs into the next');
        await go(page, 'futures.html?run=1&seed=9');
        await ended(page);
        await page.$$eval('.opener', (all) => all.slice(0, 4).forEach((one) => /** @type {HTMLElement} */ (one).click()));
        await page.$eval('#rule-1 details', (element) => (element.open = true));
        await page.waitForSelector('#rule-1 .line');
        assert.ok((await overflow(page)) <= 0, 'Futures');
        await page.$eval('.why', (mark) => /** @type {HTMLElement} */ (mark).focus());
        assert.ok((await overflow(page)) <= 0, 'the tip');
        await press(page, '[data-deadlock="mutual"]');
        await page.waitForSelector('#deadlock svg.chart');
        assert.ok((await overflow(page)) <= 0, 'the cycle');
        assert.deepEqual(await outside(page, '#deadlock svg.chart'), []);
      }, { width, height: 800 });

    for (const path of ['gil.html?preset=convoy', 'spin.html?preset=gil', 'futures.html?run=1&seed=9'])
      onPage(`names, labels, headings and captions are there for a screen reader: ${path}`, async (page) => {
        await go(page, path);
        await ended(page);
        await reported(page);
        if (path.startsWith('futures')) {
          await press(page, '[data-deadlock="mutual"]');
          await page.waitForSelector('#deadlock svg.chart');
        }
        assert.deepEqual(await page.evaluate(faultsOfPage), []);
        assert.equal(await attribute(page, '#progress-spoken', 'aria-live'), 'polite');
      });

    if (which.name === 'chrome') {
      for (const path of ['gil.html?threads=2&io-threads=2&interval-us=5000&io-us=1000&seconds=6', 'futures.html'])
        onPage(`nothing jumps while a run goes on: ${path}`, async (page) => {
          const shifts = await watchShifts(page);
          await page.emulateMediaFeatures([{ name: 'prefers-reduced-motion', value: 'reduce' }]);
          await go(page, path);
          await page.waitForNetworkIdle({ idleTime: 300 });
          await runToEnd(page);
          assert.deepEqual(await shifts(), []);
        }, { width: 1280, height: 1700 });

      for (const scheme of ['light', 'dark'])
        onPage(`${scheme}: what the timeline draws for the GIL can be told apart`, async (page) => {
          await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
          await go(page);
          writeFileSync(join(it.site.folder, 'theme.js'), await oneFile('web/timeline/theme.js'));
          const seen = await page.evaluate(async () => {
            const address = new URL('theme.js', document.baseURI).href;
            const { Theme, maskOf } = await import(address);
            const theme = new Theme(document.body);
            const ink = theme.method('threads-gil');
            const hex = (/** @type {{ rgb: number[] }} */ colour) => `#${colour.rgb.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
            return [10, 11, 12, 13, 3].map((state) => ({ ground: hex(theme.ground(state, ink)), mark: hex(theme.mark(state, ink)), mask: String(maskOf(state)) }));
          });
          assert.equal(new Set(seen.map(({ mask }) => mask)).size, 5, 'by their texture');
          for (const { ground, mark, mask } of seen) if (mask !== 'null') assert.ok(contrast(ground, mark) >= 1.6, `${mask}: ${ground} ${mark}`);
        });
    }
  });
