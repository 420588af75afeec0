// Results of others, as large and as strange as the schema allows, and a person's own few colours: what is drawn of them.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe } from 'node:test';
import { deflateSync } from 'node:zlib';
import { withoutSamples } from '../../web/compare/link.js';
import { pack } from '../../web/page/pack.js';
import { BROWSERS, ended, linkByHand, open, outside, overflow, press, retype, runToEnd, stage, textOf } from './page-site.js';

/** @typedef {import('puppeteer-core').Page} Page */

const SAMPLES = 100_000;

/** @param {{ method: string, workers: number, samples: number[] }} what */
function runOf({ method, workers, samples }) {
  const sorted = samples.toSorted((a, b) => a - b);
  const median = (Number(sorted[(sorted.length - 1) >> 1]) + Number(sorted[sorted.length >> 1])) / 2;
  const [low, high] = sorted.length < 5 ? [null, null] : [Number(sorted[Math.floor(sorted.length * 0.49)]), Number(sorted[Math.floor(sorted.length * 0.51)])];
  return {
    workload: 'primes', family: 'cpu', method, workers, tasks: 20, size: 20, verified: true, checksum: '0123456789abcdef', rounds: samples.length, repeats: 1, converged: true,
    samples, seconds: { median, low, high }, speedup: null, startupSeconds: 0.001, memoryBytes: 1000, tasksPerSecond: Math.min(1e308, 20 / median), latency: null,
  };
}

/** @param {ReturnType<typeof runOf>[]} runs @param {string} [why] */
function documentOf(runs, why = 'On that machine threads.') {
  return JSON.stringify({
    schema: 'concurrency-lab/1', command: 'compare', seed: 1, environment: { runtime: 'node 20', engine: 'V8', platform: 'linux x64', isolated: true, logicalCores: 2, measuredParallelism: 1.9, timerResolutionNs: 100, build: 'release' },
    runs, unavailable: [], verdict: [{ workload: 'primes', family: 'cpu', best: ['threads'], why }],
  });
}

const many = (/** @type {number} */ about) => Array.from({ length: SAMPLES }, (_, i) => Number((about * (1 + ((i * 7919) % 1009) / 5000)).toFixed(4)));

for (const which of BROWSERS)
  describe(`page and results of others, ${which.name}`, { timeout: 900_000 }, () => {
    const { onPage, go } = stage(which);
    let folder = '';
    before(() => {
      folder = mkdtempSync(join(tmpdir(), 'lab-import-'));
    });
    after(() => rmSync(folder, { recursive: true, force: true }));

    /** @param {Page} page @param {string} name @param {string} text */
    const bring = async (page, name, text) => {
      writeFileSync(join(folder, name), text);
      const input = /** @type {import('puppeteer-core').ElementHandle<HTMLInputElement>} */ (await page.$('#import'));
      await input.uploadFile(join(folder, name));
      // Read: the page has let go of it. What it says of it stands there in the next frame; what it said of the one before, until then.
      await page.waitForFunction(() => /** @type {HTMLInputElement} */ (document.querySelector('#import')).files?.length === 0);
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    };
    /** @param {Page} page @param {number} rows */
    const shown = (page, rows) =>
      page.waitForFunction((count) => document.querySelectorAll('table.results tbody tr').length === count && [...document.querySelectorAll('#report .chart-hold')].every((hold) => hold.childElementCount > 0), {}, rows);
    /** What a chart says that no browser can draw. @param {Page} page */
    const impossible = (page) =>
      page.$$eval('#report svg.chart *', (all) => all.flatMap((element) => [...element.attributes].filter(({ value }) => /NaN|Infinity|e[+-]\d/.test(value)).map(({ name, value }) => `${element.nodeName} ${name}=${value.slice(0, 60)}`)));

    onPage('a hundred thousand samples in each run: charts, table and image are there, and how many are drawn is said', async (page) => {
      await go(page, '?workers=2');
      await bring(page, 'many.json', documentOf([['sequential', 1, 0.5], ['threads', 1, 0.5], ['threads', 2, 0.3], ['processes', 2, 0.31]].map(([method, workers, about]) => runOf({ method: String(method), workers: Number(workers), samples: many(Number(about)) }))));
      assert.equal(await textOf(page, '#import-error'), '');
      await shown(page, 4);
      assert.match(await textOf(page, '#report figcaption'), /Of 100,000 samples 2000 are drawn in a strip, evenly spaced, and with the least and the greatest\./);
      const drawn = await page.$$eval('#report .samples', (paths) => paths.map((path) => (path.getAttribute('d') ?? '').split('M').length - 1));
      assert.equal(drawn.length, 4);
      for (const dots of drawn) assert.ok(dots > 1900 && dots <= 2000, `${dots}`);
      assert.deepEqual(await page.$$eval('table.results tbody tr td:nth-child(9)', (cells) => cells.map((cell) => cell.textContent)), Array(4).fill('100,000'));
      // Drawn anew at another width.
      await page.setViewport({ width: 360, height: 800 });
      await page.waitForFunction(() => Number(document.querySelector('#report svg.chart')?.getAttribute('width')) < 360);
      assert.equal(await overflow(page), 0);
      assert.deepEqual(await impossible(page), []);
    });

    onPage('the least and the largest numbers there are: every axis has an end', async (page) => {
      await go(page, '?workers=2');
      for (const [name, least, most] of /** @type {[string, number, number][]} */ ([['denormal', 5e-324, 0.5], ['huge', 0.001, 1e300], ['all', 5e-324, 1e300], ['equal', 5e-324, 5e-324]])) {
        await bring(page, `${name}.json`, documentOf([runOf({ method: 'sequential', workers: 1, samples: [least] }), runOf({ method: 'threads', workers: 2, samples: [most] })]));
        assert.equal(await textOf(page, '#import-error'), '', name);
        await page.waitForFunction((file) => document.querySelector('#report-body')?.textContent?.includes(`From ${file}.json`), {}, name);
        await shown(page, 2);
        assert.deepEqual(await impossible(page), [], name);
        assert.deepEqual(await outside(page, '#report svg.chart'), [], name);
        await page.$eval('#forget', (button) => /** @type {HTMLElement} */ (button).click());
      }
    });

    onPage('what is to be said with a result is said when it comes from a file too', async (page) => {
      await go(page, '?workers=2');
      const result = JSON.parse(documentOf([runOf({ method: 'sequential', workers: 1, samples: [0.5] }), runOf({ method: 'threads', workers: 2, samples: [0.3] })]));
      result.observerNote = 'What showed that run was busy itself.';
      result.environment.note = 'The clock was coarse.';
      await bring(page, 'noted.json', JSON.stringify(result));
      assert.equal(await textOf(page, '#import-error'), '');
      await shown(page, 2);
      assert.deepEqual(await page.$$eval('#report-body .note', (notes) => notes.map((note) => note.textContent)), ['What showed that run was busy itself.', 'The clock was coarse.']);
    });

    onPage('a byte order mark is none of the document; what is refused is refused in words that are seen', async (page) => {
      await go(page, '?workloads=primes,pages&workers=2');
      const plain = documentOf([runOf({ method: 'threads', workers: 2, samples: [0.5] })]);
      await bring(page, 'marked.json', `\ufeff${plain}`);
      assert.equal(await textOf(page, '#import-error'), '');
      await shown(page, 1);
      await bring(page, 'long.json', documentOf([], 'x'.repeat(1_000_000)));
      assert.match(await textOf(page, '#import-error'), /^“long\.json” cannot be used: verdict\[0\]\.why must NOT have more than \d+ characters\.$/);
      // The same in the form: what a person pasted and cannot see has a name, an address may shout.
      const type = (/** @type {string} */ id, /** @type {string} */ text) => page.$eval(id, (box, value) => {
        /** @type {HTMLTextAreaElement} */ (box).value = value;
        box.dispatchEvent(new Event('input', { bubbles: true }));
      }, text);
      await type('#numbers', '\ufeff3\n5');
      assert.equal(await textOf(page, '#numbers-error'), '');
      await type('#numbers', '3\u200b');
      assert.match(await textOf(page, '#numbers-error'), /not “3\[U\+200B\]”\.$/);
      await type('#numbers', '');
      await type('#urls', `${(await page.evaluate(() => location.origin)).replace('http', 'HTTP')}/index.html`);
      assert.equal(await textOf(page, '#urls-error'), '');
    });

    onPage('a link carries a result to another page, where it stands beside the visitor’s own run', async (page) => {
      const ROWS = 3;
      await page.evaluateOnNewDocument(() => {
        const take = async (/** @type {ClipboardItem[]} */ [item]) => void (/** @type {any} */ (window).copied = await (await item?.getType('text/plain'))?.text());
        Object.defineProperty(navigator, 'clipboard', { value: { write: take, writeText: async (/** @type {string} */ text) => void (/** @type {any} */ (window).copied = text) }, configurable: true });
      });
      await go(page, '?workloads=primes&methods=sequential,threads,async&workers=2&rounds=3&seed=11');
      await runToEnd(page);
      await retype(page, '#workers', '1'); // of the next run, not of this result
      /** @param {string} label @param {string} words */
      const copied = async (label, words) => {
        await press(page, `::-p-xpath(//button[text()="${label}"])`);
        await page.waitForFunction((source) => new RegExp(source).test(document.querySelector('#copied')?.textContent ?? ''), {}, words);
        return String(await page.evaluate(() => /** @type {any} */ (window).copied));
      };
      const link = await copied('Copy a link', '^Copied a link of \\d\\.\\d\\sKB with all samples\\.$');
      const { origin, pathname, searchParams, hash } = new URL(link);
      assert.equal(origin + pathname, await page.evaluate(() => location.origin + location.pathname));
      assert.deepEqual([...searchParams].filter(([name]) => ['methods', 'workers', 'rounds', 'seed'].includes(name)).map(([, value]) => value), ['sequential,threads,async', '2', '3', '11']);
      const markdown = await copied('Copy as Markdown', '^Copied as Markdown\\.$');
      assert.match(markdown, /^\*\*Concurrency Lab\*\* on Test browser 1\.0, .*\n\n\*\*primes\*\*, size 20: .*2 threads make primes.*\n\n\| Method \| Workers \|/);
      assert.ok(markdown.endsWith(`\n\n[Open this result beside your own](${link})\n`), 'short enough to stand there');
      await page.setViewport({ width: 360, height: 800 });
      assert.ok((await linkByHand(page)) === link);
      assert.match(await textOf(page, '#copied'), /^Made a link of \d\.\d KB with all samples\. This browser did not let the page copy: it stands below, to be copied by hand\.$/);
      assert.equal(await page.$eval('.by-hand', (box) => {
        const { selectionStart, selectionEnd } = /** @type {HTMLTextAreaElement} */ (box);
        return document.activeElement === box && selectionEnd - selectionStart;
      }), link.length, 'it is selected');
      assert.equal(await overflow(page), 0);
      await page.setViewport({ width: 1280, height: 900 });

      await page.goto('about:blank');
      await open(page, link);
      await shown(page, ROWS);
      assert.match(await textOf(page, '#report-body'), /^From a link: measured on Test browser 1\.0/);
      assert.equal(await textOf(page, '#imported'), 'The link’s result is shown above; run the same here to see both side by side.');
      assert.equal(await textOf(page, '#trouble'), '');
      assert.ok((await page.evaluate(() => location.href)) === link);
      await page.waitForFunction(() => scrollY > 0); // it is in sight
      await runToEnd(page);
      await shown(page, 2 * ROWS);
      assert.ok((await page.$$('#report .chart .other')).length > 0);
      assert.ok((await page.evaluate(() => location.hash)) === hash, 'the address says what the page shows');
      // Places on the page, and settings, leave it as it is.
      await page.evaluate(() => (location.hash = '#report'));
      await retype(page, '#workers', '1');
      assert.ok((await page.evaluate(() => location.hash)) === hash);
      await press(page, '#forget');
      await shown(page, ROWS);
      assert.deepEqual(await page.evaluate(() => [location.hash, new URLSearchParams(location.search).get('workers')]), ['', '1']);
    });

    onPage('a broken link says so and leaves everything else; a good one pasted into the same tab is shown', async (page) => {
      const CUT = 'What the link holds cannot be read: the link was cut off or changed on its way, so ask for it again or for the JSON file.';
      await go(page, '?workloads=primes&methods=sequential,threads&workers=2&rounds=1#result=a%3Cimg');
      await page.waitForFunction(() => document.querySelector('#trouble')?.textContent);
      assert.equal(await textOf(page, '#trouble'), CUT);
      assert.equal(await page.$eval('#report', (report) => /** @type {HTMLElement} */ (report).hidden), true);
      await runToEnd(page);
      assert.equal(await textOf(page, '#trouble'), '');
      /** @param {string} packed @param {string} words */
      const refused = async (packed, words) => {
        await page.evaluate((hash) => (location.hash = hash), `#result=${packed}`);
        await page.waitForFunction((said) => document.querySelector('#trouble')?.textContent === said, {}, words);
        await shown(page, 2);
      };
      const sent = [runOf({ method: 'sequential', workers: 1, samples: many(0.5) }), runOf({ method: 'threads', workers: 2, samples: many(0.3) })];
      const packed = await pack(withoutSamples(JSON.parse(documentOf(sent))));
      await refused(packed.slice(0, -20), CUT);
      await refused(`a${deflateSync(Buffer.alloc(32 << 20)).toString('base64url')}`, 'What the link holds unpacks to more than 8 MiB, and nothing that this page shows is so large.');
      await refused(await pack({ schema: 'concurrency-lab/1', command: 'gil' }), 'What the link holds is a result of “gil”; here only those of “compare” can be shown.');
      await page.evaluate((hash) => (location.hash = hash), `#result=${packed}`);
      await shown(page, 4);
      assert.equal(await textOf(page, '#trouble'), '');
      assert.equal(await textOf(page, '#imported'), 'The link’s result is shown beside this machine’s result.');
      assert.deepEqual(await page.$$eval('table.results tbody tr.other td:nth-child(10)', (cells) => cells.map((cell) => cell.textContent)), ['100,000', '100,000']);
      assert.match(await textOf(page, '#report figcaption'), /^Each dot is one sample where they are known \(a link may leave them out\), from the first/);
      assert.deepEqual(await impossible(page), []);
      await go(page, `#result=${packed}`);
      await shown(page, 2);
      assert.match(await textOf(page, '#report figcaption'), /^The samples were left out of the link\. The line is the median/);
    });

    if (which.name === 'chrome')
      onPage('with a person’s own few colours every method is still told apart, and every control is seen', async (page) => {
        const session = await page.createCDPSession();
        for (const scheme of ['light', 'dark']) {
          await session.send('Emulation.setEmulatedMedia', { features: [{ name: 'forced-colors', value: 'active' }, { name: 'prefers-color-scheme', value: scheme }] });
          await go(page, '?workloads=primes&methods=sequential,threads,processes,async&workers=2&rounds=3');
          await runToEnd(page);
          const colours = await page.$$eval('#methods .swatch, table.results .swatch', (all) => all.map((one) => getComputedStyle(one).backgroundColor));
          assert.ok(new Set(colours).size === 4, `${scheme}: ${[...new Set(colours)]}`);
          const ground = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
          assert.ok(!colours.includes(ground));
          const fills = await page.$$eval('#report .samples', (all) => all.map((one) => [getComputedStyle(one).fill, getComputedStyle(one).stroke]));
          assert.equal(new Set(fills.map(([fill]) => fill)).size, 4, `${fills}`);
          for (const [, stroke] of fills) assert.notEqual(stroke, ground);
          // The timeline is painted: the paper, the ink, and what the methods did.
          await page.waitForFunction((paper) => {
            const canvas = /** @type {HTMLCanvasElement | null} */ (document.querySelector('.timeline-stage canvas'));
            const pixels = canvas && canvas.width > 0 ? canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data : null;
            const seen = new Set();
            for (let at = 0; pixels && at < pixels.length; at += 4) seen.add(`rgb(${pixels[at]}, ${pixels[at + 1]}, ${pixels[at + 2]})`);
            return seen.has(paper) && seen.size > 6;
          }, {}, ground);
          const marked = await page.$$eval('.exhibits a', (all) => all.map((link) => [link.hasAttribute('aria-current'), getComputedStyle(link).borderBottomColor]));
          for (const [current, colour] of marked) assert.equal(colour !== ground, current, `${scheme}: ${marked}`);
        }
        await go(page, 'spin.html?run=1&seconds=0.1');
        await ended(page);
        assert.equal(new Set(await page.$$eval('.spinner', (all) => all.map((one) => getComputedStyle(one).borderTopColor))).size, 6);
      });
  });
