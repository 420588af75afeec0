// Definitions in prose, the glossary and the guide in both browsers, against a host that makes its numbers up; and every
// link of every page. The guide filled by the real core is in page-dist.test.js.

import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { PAGES } from '../../web/pages.js';
import { faultsOfPage } from './page-faults.js';
import { BROWSERS, PATIENCE_MS, ended, open, press, ready, runToEnd, says, stage, textOf } from './page-site.js';

/** @typedef {import('puppeteer-core').Page} Page */

/** Marks are made when somebody moves on the page and the browser is idle: waits until there is one for this term. @param {Page} page @param {string} id @param {string} [within] */
async function mark(page, id, within = 'body') {
  const selector = `${within} .term[data-term="${id}"]`;
  await page.mouse.move(3, 3);
  await page.mouse.move(4, 4);
  await page.waitForSelector(selector, { timeout: PATIENCE_MS });
  return selector;
}
/** The definition that is shown. @param {Page} page */
const shown = (page) => page.evaluate(() => document.querySelector('.definition strong')?.textContent ?? null);
/** @param {Page} page @param {string | null} term */
const waitShown = (page, term) => page.waitForFunction((/** @type {string | null} */ wanted) => (document.querySelector('.definition strong')?.textContent ?? null) === wanted, { timeout: PATIENCE_MS }, term);
/** Nothing is wider than the page, no definition beyond its edges. @param {Page} page */
const beyond = (page) =>
  page.evaluate(() => {
    const box = document.querySelector('.definition')?.getBoundingClientRect();
    const out = box ? Math.max(0, -box.left, box.right - document.documentElement.clientWidth, -box.top, box.bottom - document.documentElement.clientHeight) : 0;
    return out + document.documentElement.scrollWidth - document.documentElement.clientWidth;
  });

for (const which of BROWSERS)
  describe(`guide and glossary, ${which.name}`, { timeout: 900_000 }, () => {
    const { onPage, go, hold } = stage(which);
    const search = (/** @type {Page} */ page) => page.evaluate(() => location.search);

    onPage('a term in prose is defined on hover, on focus and on a tap; Escape and a tap elsewhere close it', async (page) => {
      await go(page, 'gil.html');
      const thread = await mark(page, 'thread', '.lead');
      const lock = await mark(page, 'lock', '.lead');
      assert.equal(await page.$eval(thread, (element) => element.getAttribute('aria-expanded')), 'false');
      const before = await page.evaluate(() => document.documentElement.scrollHeight);

      await page.hover(thread);
      await waitShown(page, 'Thread');
      assert.equal(await page.evaluate(() => document.documentElement.scrollHeight), before, 'nothing moves');
      assert.equal(await page.$eval(thread, (element) => element.getAttribute('aria-expanded')), 'true');
      const described = await page.$eval(thread, (element) => document.getElementById(element.getAttribute('aria-describedby') ?? '')?.textContent ?? '');
      assert.match(described, /^Thread A line of execution inside a process/);
      await page.hover('.definition-links a');
      await new Promise((resolve) => setTimeout(resolve, 500));
      assert.equal(await shown(page), 'Thread', 'the pointer may go into it');
      await page.hover('h1');
      await waitShown(page, null);
      assert.equal(await page.$eval(thread, (element) => element.hasAttribute('aria-describedby')), false);

      await page.focus(thread);
      await waitShown(page, 'Thread');
      await page.keyboard.press('Escape');
      await waitShown(page, null);
      await page.keyboard.press('Enter');
      await waitShown(page, 'Thread');
      await page.keyboard.press('Tab');
      assert.equal(await page.evaluate(() => document.activeElement?.closest('.definition') !== null), true, 'Tab goes into it');
      await page.keyboard.press('Escape');
      await waitShown(page, null);
      assert.equal(await page.evaluate(() => /** @type {HTMLElement} */ (document.activeElement).dataset.term), 'thread', 'and back to the word');
      await page.keyboard.press('Tab');
      assert.equal(await page.evaluate(() => /** @type {HTMLElement} */ (document.activeElement).dataset.term), 'lock');
      await waitShown(page, 'Lock');

      await press(page, thread);
      await waitShown(page, 'Thread');
      assert.equal(await page.$$eval('.definition', (all) => all.length), 1);
      await press(page, thread);
      await waitShown(page, null);
      await press(page, lock);
      await waitShown(page, 'Lock');
      await press(page, 'h1');
      await waitShown(page, null);
    });

    onPage('at 360 px a tap shows it within the page', async (page) => {
      await go(page, 'gil.html?threads=3'); // for which there is no recorded run, whose words come later
      await mark(page, 'thread', '.lead');
      await mark(page, 'free-threading', '#reading');
      const count = await page.$$eval('.term', (all) => all.length);
      for (let i = 0; i < count; i += 3) {
        const term = (await page.$$('.term'))[i];
        if (!(await term?.evaluate((element) => element.checkVisibility({ visibilityProperty: true })))) continue;
        await page.keyboard.press('Escape'); // the last one's definition, with its link, may lie over this term
        await term?.evaluate((element) => element.scrollIntoView({ block: 'center' }));
        await (which.name === 'chrome' ? term?.tap() : term?.click());
        await page.waitForFunction((/** @type {number} */ at) => document.querySelectorAll('.term')[at]?.getAttribute('aria-expanded') === 'true', {}, i);
        assert.ok((await beyond(page)) <= 0, `term ${i} of ${count}`);
      }
    }, { width: 360, height: 740 });

    onPage('only prose is marked, each term once in a section, the layout stays as it was', async (page) => {
      await go(page, 'gil.html');
      const heights = () => page.$$eval('.lead, #experiment p, #reading dd', (all) => all.map((one) => Math.round(one.getBoundingClientRect().height)));
      const before = await heights();
      await mark(page, 'free-threading', '#reading');
      await mark(page, 'lock', '#reading');
      assert.deepEqual(await heights(), before);
      const odd = await page.$$eval('.term', (all) => all.filter((one) => one.closest('h1, h2, h3, a, button, label, summary, code, dt, th, nav, .runbar') || !one.closest('p, li, dd, td, figcaption')).map((one) => one.textContent));
      assert.deepEqual(odd, []);
      const twice = await page.$$eval('.term', (all) => {
        const seen = new Map();
        return all.filter((one) => {
          const section = one.closest('article, section, form, dialog, header, main');
          const ids = seen.get(section) ?? seen.set(section, new Set()).get(section);
          const again = ids.has(/** @type {HTMLElement} */ (one).dataset.term);
          ids.add(/** @type {HTMLElement} */ (one).dataset.term);
          return again;
        }).map((one) => one.textContent);
      });
      assert.deepEqual(twice, []);
    });

    onPage('text that comes later, with a report, is marked as well and not twice', async (page) => {
      await go(page, 'gil.html?threads=1&io-threads=1&interval-us=5000&io-us=1000&seconds=2');
      await mark(page, 'thread', '.lead');
      await runToEnd(page);
      await mark(page, 'thread', '#report');
      await page.evaluate(() => {
        const added = document.createElement('p');
        added.textContent = 'A mutex, a futex and another mutex.';
        document.querySelector('#report-body')?.append(added);
      });
      await mark(page, 'futex', '#report');
      const added = await page.$$eval('#report-body > p:last-child .term', (all) => all.map((one) => one.textContent));
      assert.ok(added.includes('futex') && added.filter((word) => word === 'mutex').length <= 1, added.join());
      assert.equal(await page.$eval('#report-body > p:last-child', (element) => element.textContent), 'A mutex, a futex and another mutex.');
      assert.equal(await page.$$eval('.term .term', (all) => all.length), 0);
    });

    onPage('the glossary: a search filters, letters lead, an anchor opens its entry', async (page) => {
      await go(page, 'terms.html#switch-interval');
      assert.equal(await page.$eval('#switch-interval', (element) => element.getAttribute('aria-current')), 'true');
      assert.equal(await page.evaluate(() => { const top = document.querySelector('#switch-interval')?.getBoundingClientRect().top ?? -1; return top >= 0 && top < innerHeight; }), true);
      const all = await page.$$eval('.entry', (entries) => entries.length);
      assert.match(await textOf(page, '#found'), new RegExp(`^${all} terms$`));
      await page.type('#search', 'convoy');
      await page.waitForFunction(() => document.querySelectorAll('.entry:not([hidden])').length < 6);
      assert.equal(await page.$eval('#convoy', (element) => /** @type {HTMLElement} */ (element).hidden), false);
      assert.match(await textOf(page, '#found'), new RegExp(`^\\d of ${all} terms$`));
      assert.ok((await page.$$('.letters a:not([href])')).length > 5);
      await page.focus('#search');
      await page.keyboard.press('Escape');
      await page.waitForFunction((/** @type {number} */ count) => document.querySelectorAll('.entry:not([hidden])').length === count, {}, all);
      await page.type('#search', 'zebra');
      await page.waitForFunction(() => document.querySelector('#found')?.textContent === 'No term has these words.');
      await page.evaluate(() => { location.hash = '#gil'; });
      await page.waitForFunction(() => document.querySelector('#gil')?.getAttribute('aria-current') === 'true' && !/** @type {HTMLElement} */ (document.querySelector('#gil')).hidden);
      assert.equal(await page.$$eval('#gil .term[data-term="gil"]', (own) => own.length), 0, 'an entry does not define itself');
    });

    onPage('without runs the guide says what it lacks, and still answers', async (page) => {
      await go(page, 'guide.html');
      await page.evaluate(() => localStorage.clear());
      await page.reload();
      await ready(page);
      assert.match(await textOf(page, '#summary'), /^24 numbers are missing\. Measuring takes less than a minute\.$/);
      assert.equal(await textOf(page, '#advice'), 'Answer the three questions and a recommendation follows.');
      assert.equal(await page.$$eval('td.is-missing', (cells) => cells.length), 24);
      assert.deepEqual(await page.$$eval('td.is-gap', (cells) => cells.map((cell) => cell.textContent)), Array(12).fill('not here'));
      await press(page, '#waits-waiting');
      await press(page, '#shares-nothing');
      assert.equal(await textOf(page, '#advice'), 'Answer the other question and a recommendation follows.');
      await press(page, '#tasks-thousands');
      assert.match(await textOf(page, '#advice .verdict'), /^An event loop/);
      assert.match(await textOf(page, '#advice .lacks'), /^Nothing of this was measured here yet: .*what waiting tasks hold/);
      assert.equal(await search(page), '?waits=waiting&shares=nothing&tasks=thousands');
      await press(page, '#waits-computing');
      assert.match(await textOf(page, '#advice .verdict'), /^Processes/);
    });

    onPage('it measures what is missing, says where each number is from, and the answers decide', async (page) => {
      await go(page, 'guide.html?waits=computing&shares=nothing&tasks=hundreds');
      await page.evaluate(() => localStorage.clear());
      await page.reload();
      await ready(page);
      const { release } = hold('compare round 1');
      await press(page, '#run');
      await says(page, /^Computing on several workers · 2 of \d$/);
      release();
      await ended(page);
      assert.equal(await textOf(page, '#trouble'), '');
      assert.equal(await textOf(page, '#summary'), 'Done: every number is there.');
      assert.equal(await page.$$eval('td.is-missing', (cells) => cells.length), 0);
      assert.equal(await page.$$eval('td.is-number', (cells) => cells.length), 24);
      const cell = (/** @type {string} */ method, /** @type {number} */ column) => page.$$eval('table.guide tbody tr', (rows, name, at) => [...rows].find((row) => row.querySelector('th')?.textContent === name)?.querySelectorAll('td')[at]?.textContent?.replaceAll('\u00a0', ' ') ?? '', method, column);
      assert.equal(await cell('processes', 0), '4.20 MiB');
      assert.equal(await cell('threads', 1), '2.10 ms');
      assert.match(await cell('processes', 4), /^20 processes, 84\.0 MiB$/);
      assert.match(await cell('async', 5), /^1\.0\d×$/);

      await page.hover('table.guide tbody tr:nth-child(2) td:nth-of-type(6) button');
      await page.waitForFunction(() => /Speed-up on primes with \d.workers against one after another, 95% interval .*Measured .* in Test browser 1\.0, 4.cores\.$/.test(document.querySelector('.tip:not([hidden])')?.textContent ?? ''));
      await page.focus('table.guide tbody tr:nth-child(2) td:nth-of-type(6) button');
      await page.keyboard.press('ArrowLeft');
      await page.waitForFunction(() => /20 tasks wait/.test(document.querySelector('.tip:not([hidden])')?.textContent ?? ''));

      assert.match(await textOf(page, '#advice .verdict'), /^Processes/);
      const speedup = await cell('processes', 5);
      assert.ok((await textOf(page, '.advice-first')).includes(`workers computed at ${speedup}`), 'the reason quotes the table');
      const answer = async (/** @type {string} */ id, /** @type {RegExp} */ first) => {
        await press(page, `label[for="${id}"]`);
        assert.match(await textOf(page, '#advice .verdict'), first, id);
      };
      await answer('shares-changes', /^Threads/);
      await answer('tasks-thousands', /^Threads/);
      await answer('waits-waiting', /^An event loop/);
      await answer('shares-nothing', /^An event loop/);
      await answer('waits-computing', /^Processes/);
      const address = await page.evaluate(() => location.href);
      assert.match(address, /\?waits=computing&shares=nothing&tasks=thousands$/);
      await open(page, address);
      assert.equal(await page.$eval('#tasks-thousands', (radio) => /** @type {HTMLInputElement} */ (radio).checked), true);
      assert.match(await textOf(page, '#advice .verdict'), /^Processes/);
      assert.equal(await textOf(page, '#run'), 'Measure again');
      await press(page, '#forget');
      assert.equal(await page.$$eval('td.is-missing', (cells) => cells.length), 24);
    });

    onPage('Stop keeps what was measured until then', async (page) => {
      await go(page, 'guide.html');
      await page.evaluate(() => localStorage.clear());
      await page.reload();
      await ready(page);
      hold('compare round 1');
      await press(page, '#run');
      await says(page, /· 2 of \d$/);
      await press(page, '#stop');
      await ended(page);
      assert.match(await textOf(page, '#summary'), /^Stopped; what was measured until then is kept\. \d+ numbers are missing\.$/);
      const numbers = await page.$$eval('td.is-number', (cells) => cells.length);
      assert.ok(numbers >= 4 && numbers < 24, `${numbers} numbers`);
    });

    onPage('a run of another exhibit is kept for the guide', async (page) => {
      await go(page, '?workloads=primes&methods=sequential,threads&workers=2&size=20&rounds=2');
      await page.evaluate(() => localStorage.clear());
      await runToEnd(page);
      await page.waitForFunction(() => localStorage.getItem('concurrency-lab.runs') !== null);
      await go(page, 'guide.html');
      assert.equal(await page.$$eval('table.guide tbody tr:nth-child(2) td.is-number', (cells) => cells.length), 3);
    });

    onPage('where nothing can be kept the page still works', async (page) => {
      await page.evaluateOnNewDocument(() => {
        Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('forbidden', 'SecurityError'); } });
      });
      await go(page, 'guide.html?waits=both&shares=reads&tasks=few');
      assert.match(await textOf(page, '#advice .verdict'), /^Threads/);
    });

    for (const path of ['guide.html?waits=both&shares=changes&tasks=hundreds', 'terms.html'])
      onPage(`nothing is wider than the page at 360 px: ${path}`, async (page) => {
        await go(page, path);
        assert.ok((await beyond(page)) <= 0);
      }, { width: 360, height: 740 });

    for (const path of ['guide.html?waits=both&shares=changes&tasks=hundreds', 'terms.html'])
      onPage(`names, labels, headings and captions are there for a screen reader: ${path}`, async (page) => {
        await go(page, path);
        await page.focus(await mark(page, 'event-loop', 'main'));
        await waitShown(page, 'Event loop');
        assert.deepEqual(await page.evaluate(faultsOfPage), []);
      });

    if (which.name === 'chrome')
      onPage('every link on every page answers, anchors included', async (page) => {
        await go(page, '');
        /** @type {Map<string, string>} */
        const links = new Map();
        /** @type {Map<string, Set<string>>} */
        const anchors = new Map();
        const address = (await page.evaluate(() => location.href)).replace(/[^/]*$/, '');
        for (const { file: name } of PAGES) {
          await open(page, address + name);
          for (const href of await page.$$eval('a[href]', (all) => all.map((one) => /** @type {HTMLAnchorElement} */ (one).href))) links.set(href, links.get(href) ?? name);
          for (const id of await page.$$eval('.term', (all) => all.map((one) => /** @type {HTMLElement} */ (one).dataset.term ?? ''))) links.set(`${address}terms.html#${id}`, name);
          anchors.set(name, new Set(await page.$$eval('[id]', (all) => all.map((one) => one.id))));
        }
        assert.ok(links.size > 100, `${links.size} links`);
        const dead = [];
        for (const [href, from] of links) {
          const { pathname, hash, origin } = new URL(href);
          if (!href.startsWith(address)) dead.push(`${href} of ${from} leads to ${origin}`);
          const file = pathname.slice(new URL(address).pathname.length) || 'index.html';
          if (!anchors.has(file)) {
            const status = await page.evaluate((url) => fetch(url).then((answer) => answer.status), href);
            if (status !== 200) dead.push(`${href} of ${from}: ${status}`);
          } else if (hash && !anchors.get(file)?.has(decodeURIComponent(hash.slice(1)))) dead.push(`${href} of ${from}: no such place`);
        }
        assert.deepEqual(dead, []);
      });
  });
