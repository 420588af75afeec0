// The page in both browsers, against a host that makes its numbers up: a run and everything that can come of
// it. Isolation, offline use and latency are in page-isolation.test.js.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { faultsOfPage } from './page-faults.js';
import { BROWSERS, capture, contrast, ended, outside, overflow, press, ready, reload, retype, rgb, runToEnd, says, stage, textOf, watchShifts } from './page-site.js';

const EXPERIMENT = '?workloads=primes&methods=sequential,threads,processes,async&workers=1,2,4&size=20';

/** Runs, and gives the processor time of every task of the page's main thread over 50 ms, in ms; Chromium only. @param {import('puppeteer-core').Page} page */
async function longTasks(page) {
  await page.tracing.start({ categories: ['toplevel', 'devtools.timeline', 'disabled-by-default-devtools.timeline'] });
  await runToEnd(page);
  const trace = JSON.parse(new TextDecoder().decode(await page.tracing.stop()));
  /** @type {{ name: string, ph: string, pid: number, tid: number, ts: number, dur?: number, tdur?: number, args: any }[]} */
  const events = trace.traceEvents;
  const call = events.find((event) => event.name === 'FunctionCall' && /\/compare\/exhibit-/.test(event.args?.data?.url ?? ''));
  assert.ok(call, 'the page is in the trace');
  const tasks = events.filter((event) => event.pid === call.pid && event.tid === call.tid && event.ph === 'X' && /RunTask$/.test(event.name));
  assert.ok(tasks.length > 100);
  // Without a graphics processor the hand-over to the compositor copies every canvas in software: not the page's doing.
  const commits = events.filter((event) => event.pid === call.pid && event.tid === call.tid && event.name === 'Commit');
  const own = (/** @type {typeof events[number]} */ task) =>
    commits.filter(({ ts }) => ts >= task.ts && ts < task.ts + (task.dur ?? 0)).reduce((left, { tdur, dur }) => left - (tdur ?? dur ?? 0), task.tdur ?? task.dur ?? 0);
  return tasks.map((task) => Math.round(own(task) / 1000)).filter((ms) => ms > 50);
}

for (const which of BROWSERS)
  describe(`page, ${which.name}`, { timeout: 900_000 }, () => {
    const { onPage, go: goTo, hold } = stage(which);
    const go = (/** @type {import('puppeteer-core').Page} */ page, query = EXPERIMENT) => goTo(page, query);

    onPage('a run goes from Run to a verdict, charts and a table', async (page) => {
      await go(page);
      assert.equal(await page.$eval('#report', (element) => /** @type {HTMLElement} */ (element).hidden), true);
      await runToEnd(page);
      assert.match(await textOf(page, '.verdict'), /On this machine 4 threads make primes 3\.\d+× faster/);
      assert.match(await textOf(page, '#report-body'), /Measured on Test browser 1\.0, linux x64, 4 cores \(3\.94 measured\), 7 rounds in/);
      await page.waitForFunction(() => document.querySelectorAll('#report svg.chart').length === 5);
      assert.equal(await page.$$eval('table.results tbody tr', (rows) => rows.length), 8);
      // Every sample is drawn: 7 rounds of 8 cells.
      assert.equal(await page.$$eval('#report .samples', (paths) => paths.reduce((sum, path) => sum + (path.getAttribute('d') ?? '').split('M').length - 1, 0)), 56);
      assert.equal(await page.$eval('#timeline', (element) => element.childElementCount > 0), true);
      assert.match(await textOf(page, '#summary'), /^Done: 7 rounds\.$/);
    });

    onPage('mandelbrot paints who did which tile, then the image', async (page) => {
      await go(page, '?workloads=mandelbrot&methods=sequential,threads&workers=2&size=256&rounds=2');
      await runToEnd(page);
      await page.waitForFunction(() => document.querySelectorAll('#picture .panels canvas').length === 2);
      await page.waitForFunction(() => {
        const canvases = /** @type {NodeListOf<HTMLCanvasElement>} */ (document.querySelectorAll('#picture canvas'));
        return canvases.length === 3 && [...canvases].every(({ width, height }, at) => {
          const copy = Object.assign(document.createElement('canvas'), { width, height }).getContext('2d', { willReadFrequently: true });
          copy?.drawImage(/** @type {HTMLCanvasElement} */ (canvases[at]), 0, 0);
          const data = copy?.getImageData(0, 0, width, height).data ?? [];
          for (let i = 3; i < data.length; i += 4) if (data[i] !== 255) return false;
          return true;
        });
      }, { polling: 200 });
    });

    onPage('Stop ends a run with what there is', async (page) => {
      hold('compare round 3');
      await go(page);
      await press(page, '#run');
      await says(page, /^2 rounds of at least 5 done/);
      await press(page, '#stop');
      await ended(page);
      assert.equal(await textOf(page, '#summary'), 'Stopped after 2 rounds.');
      assert.match(await textOf(page, '.remarks'), /Stopped before the end/);
      assert.equal(await page.$eval('#run', (button) => button.getAttribute('aria-disabled')), 'false');
    });

    onPage('a first verdict stands in the place kept for it while the run goes on', async (page) => {
      const { release } = hold('compare round 6');
      await go(page);
      await press(page, '#run');
      await says(page, /^5 rounds/);
      assert.match(await textOf(page, '.so-far'), /^After 5 rounds the fastest are threads × 4 and processes × 4, which cannot be told apart, 3\.\d+× as fast as sequential \(3\.\d+–3\.\d+\)\.$/);
      assert.match(await textOf(page, '#progress-spoken'), /After 5 rounds|round/);
      release();
      await ended(page);
    });

    onPage('Stop before anything was measured says just that', async (page) => {
      hold('compare round 0');
      await go(page);
      await page.evaluate(() => {
        for (const id of ['run', 'stop']) document.getElementById(id)?.click();
      });
      await ended(page);
      assert.equal(await textOf(page, '#summary'), 'Stopped before anything was measured.');
      assert.equal(await page.$eval('#report', (element) => /** @type {HTMLElement} */ (element).hidden), true);
    });

    onPage('a host that does not stop is ended, and the next run works', async (page) => {
      await go(page, `${EXPERIMENT}&seed=3`);
      await press(page, '#run');
      await page.waitForFunction(() => document.querySelector('table.progress'));
      const programs = await page.evaluate(() => performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('.wasm')).length);
      await press(page, '#stop');
      await ended(page);
      assert.match(await textOf(page, '#summary'), /The core did not answer in time/);
      // The next core has its program anew, together with its script: the site may have another build by now.
      await page.waitForFunction((before) => performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('.wasm')).length > before, {}, programs);
      await page.$eval('#more', (element) => (/** @type {HTMLDetailsElement} */ (element).open = true));
      await retype(page, '#seed', '1');
      await runToEnd(page);
      assert.match(await textOf(page, '.verdict'), /On this machine/);
    });

    onPage('a crash gives one sentence, and the next run works', async (page) => {
      await go(page, `${EXPERIMENT}&seed=2`);
      await runToEnd(page);
      assert.equal(await textOf(page, '#trouble'), 'The core ran out of memory: 1 GiB was asked for in thread 2. The core has been started anew; nothing of this run was kept.');
      await page.$eval('#more', (element) => (/** @type {HTMLDetailsElement} */ (element).open = true));
      await retype(page, '#seed', '1');
      await runToEnd(page);
      assert.equal(await page.$eval('#trouble', (element) => /** @type {HTMLElement} */ (element).hidden), true);
      assert.match(await textOf(page, '.verdict'), /On this machine/);
    });

    onPage('what was measured before a crash is shown as an unfinished result, and can be saved', async (page) => {
      await go(page, `${EXPERIMENT}&seed=6`);
      await runToEnd(page);
      assert.equal(await textOf(page, '#trouble'), 'The core ran out of memory: 1 GiB was asked for in thread 2. The core has been started anew; what was measured until then is kept.');
      assert.match(await textOf(page, '#report-body .note'), /Unfinished: the core died or had to be ended/);
      assert.match(await textOf(page, '.verdict'), /On this machine/);
      assert.equal(await page.$eval('#exports', (element) => /** @type {HTMLElement} */ (element).hidden), false);
    });

    onPage('refused words and a missing document are said in one sentence', async (page) => {
      await go(page, `${EXPERIMENT}&seed=4`);
      await runToEnd(page);
      assert.equal(await textOf(page, '#trouble'), '--rounds "5": today is not the day.');
      await page.$eval('#more', (element) => (/** @type {HTMLDetailsElement} */ (element).open = true));
      await retype(page, '#seed', '7');
      await runToEnd(page);
      assert.equal(await textOf(page, '#trouble'), 'The output could not be written.');
    });

    onPage('a method that fails and a result that does not verify leave the others', async (page) => {
      await go(page, `${EXPERIMENT}&seed=5`);
      await runToEnd(page);
      const remarks = await textOf(page, '.remarks');
      assert.match(remarks, /processes × 1 on primes failed: process 1 died in the middle of task 3/);
      assert.match(remarks, /async on primes is left out: its result differs/);
      assert.deepEqual(await page.$$eval('#report-body .note', (notes) => notes.map((note) => note.textContent)), ['What shows this run was busy itself.', 'The clock is coarse.']);
      const strips = await page.$$eval('#report .figure:first-of-type svg .name', (names) => names.map((name) => name.textContent));
      assert.ok(strips.includes('threads × 4') && !strips.includes('async') && !strips.includes('processes × 1'));
      assert.equal(await page.$$eval('table.results tr.failed', (rows) => rows.length), 4);
    });

    onPage('why there is no fit is said in a sentence', async (page) => {
      await go(page, '?workloads=primes&methods=sequential,threads,processes&workers=1,2&rounds=1');
      await runToEnd(page);
      assert.deepEqual(await page.$$eval('.fits-hold p', (all) => all.map((one) => one.textContent)), ['threads, processes: a fit needs more worker counts than these.']);
    });

    onPage('every setting is in the address, wrong ones too, and comes back with it', async (page) => {
      await go(page, '');
      await press(page, '#workloads-pages');
      await press(page, '#methods-threads');
      await retype(page, '#workers', '0, 2');
      const search = await page.evaluate(() => location.search);
      assert.match(search, /^\?workloads=primes,pages&methods=sequential,processes,async&workers=0,\+2&/);
      assert.match(await textOf(page, '#workers-error'), /^Workers must be whole numbers from 1 to 256, not “0”\.$/);
      assert.match(await textOf(page, '#summary'), /^Workers must be/);
      await press(page, '#run');
      assert.equal(await page.evaluate(() => document.activeElement?.id), 'workers');
      assert.equal(await page.evaluate(() => document.body.classList.contains('running')), false);
      await reload(page);
      assert.equal(await page.$eval('#workers', (input) => /** @type {HTMLInputElement} */ (input).value), '0, 2');
      assert.equal(await page.$eval('#workers', (input) => input.getAttribute('aria-invalid')), 'true');
      assert.equal(await page.$eval('#methods-threads', (input) => /** @type {HTMLInputElement} */ (input).checked), false);
      assert.equal(await page.$eval('#size', (input) => /** @type {HTMLInputElement} */ (input).disabled), true);
      await retype(page, '#workers', '2');
      assert.equal(await textOf(page, '#workers-error'), '');
    });

    onPage('an address with unknown words is explained and harmless', async (page) => {
      await go(page, '?workloads=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E&methods=threads&size=x&wrokers=3');
      assert.match(await textOf(page, '#workloads-error'), /There is no workload “<img”; there are primes,/);
      assert.match(await textOf(page, '#trouble'), /a setting this page does not know: “wrokers”/);
      assert.equal(await page.$$eval('img', (all) => all.length), 0);
    });

    onPage('a result of another machine is shown beside this one’s; a bad file says what is wrong', async (page) => {
      const folder = mkdtempSync(join(tmpdir(), 'lab-import-'));
      try {
        await go(page);
        await runToEnd(page);
        const saved = await capture(page, 'JSON');
        const other = JSON.parse(saved.text);
        other.environment.runtime = 'Other browser 2';
        writeFileSync(join(folder, 'other.json'), JSON.stringify(other));
        other.runs[1].seconds.median /= 10;
        writeFileSync(join(folder, 'tampered.json'), JSON.stringify(other));
        const input = /** @type {import('puppeteer-core').ElementHandle<HTMLInputElement>} */ (await page.$('#import'));

        await input.uploadFile(join(folder, 'tampered.json'));
        await page.waitForFunction(() => document.querySelector('#import-error')?.textContent);
        assert.match(await textOf(page, '#import-error'), /^“tampered\.json” cannot be used: in run 2 \(threads × 1 on primes\) seconds\.median [\d.]+ is outside its interval/);

        await input.uploadFile(join(folder, 'other.json'));
        await page.waitForFunction(() => document.querySelectorAll('table.results tbody tr').length === 16);
        assert.equal(await textOf(page, '#import-error'), '');
        assert.match(await textOf(page, '#report-body'), /From other\.json: measured on Other browser 2/);
        await page.waitForFunction(() => document.querySelector('#report .chart .other'));

        await press(page, '#forget');
        await page.waitForFunction(() => document.querySelectorAll('table.results tbody tr').length === 8);

        // By itself, before any run.
        await go(page);
        const fresh = /** @type {import('puppeteer-core').ElementHandle<HTMLInputElement>} */ (await page.$('#import'));
        await fresh.uploadFile(join(folder, 'other.json'));
        await page.waitForFunction(() => document.querySelectorAll('table.results tbody tr').length === 8);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });

    onPage('what is put away while it is drawn leaves nothing behind', async (page) => {
      const folder = mkdtempSync(join(tmpdir(), 'lab-import-'));
      try {
        await go(page, '?workloads=primes,mandelbrot,sort,pages&methods=sequential,threads,async&workers=1,2&rounds=1');
        await runToEnd(page);
        writeFileSync(join(folder, 'long.json'), (await capture(page, 'JSON')).text);
        await page.reload();
        await ready(page);
        await page.evaluate(() => {
          const body = /** @type {HTMLElement} */ (document.querySelector('#report-body'));
          // Drawing goes on by timers: none comes between the first part and what putting it away does.
          const later = window.setTimeout;
          /** @type {(() => void)[]} */
          const held = [];
          let holding = false;
          window.setTimeout = /** @type {any} */ ((/** @type {() => void} */ act, /** @type {number} */ ms) => later(() => void (holding ? held.push(act) : act()), ms));
          new MutationObserver((_, observer) => {
            if (!holding && body.querySelector('.workload')) {
              holding = true;
              document.getElementById('forget')?.click();
            } else if (holding && !body.hasChildNodes()) {
              observer.disconnect();
              holding = false;
              for (const act of held) later(act);
              // As many turns as the rest of the report would take, and more.
              let turns = 30;
              const wait = () => void (turns-- > 0 ? later(wait) : (/** @type {any} */ (window).putAway = true));
              wait();
            }
          }).observe(body, { childList: true });
        });
        const input = /** @type {import('puppeteer-core').ElementHandle<HTMLInputElement>} */ (await page.$('#import'));
        await input.uploadFile(join(folder, 'long.json'));
        await page.waitForFunction(() => /** @type {any} */ (window).putAway);
        assert.equal(await page.$eval('#report-body', (body) => body.childElementCount), 0);
        assert.equal(await page.$eval('#report', (report) => /** @type {HTMLElement} */ (report).hidden), true);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });

    onPage('what is imported while a run goes on is shown after it', async (page) => {
      const folder = mkdtempSync(join(tmpdir(), 'lab-import-'));
      try {
        await go(page);
        await runToEnd(page);
        writeFileSync(join(folder, 'other.json'), (await capture(page, 'JSON')).text);
        /** @param {string} point @param {RegExp} words */
        const importDuring = async (point, words) => {
          const held = hold(point);
          await press(page, '#run');
          await held.reached;
          await says(page, words);
          const input = /** @type {import('puppeteer-core').ElementHandle<HTMLInputElement>} */ (await page.$('#import'));
          await input.uploadFile(join(folder, 'other.json'));
          await page.waitForFunction(() => document.querySelector('#imported')?.textContent);
          assert.equal(await textOf(page, '#imported'), 'other.json is shown when this run has ended.');
          assert.equal(await page.$eval('#report', (report) => /** @type {HTMLElement} */ (report).hidden), true);
          return held;
        };
        const rows = () => page.$$eval('table.results tbody tr', (all) => all.length);
        (await importDuring('compare round 2', /^1 round of at least/)).release();
        await ended(page, 2);
        assert.equal(await rows(), 16);
        await press(page, '#forget');
        await page.waitForFunction(() => document.querySelectorAll('table.results tbody tr').length === 8);
        // A run that comes to nothing: the other by itself.
        await importDuring('compare round 0', /./);
        await press(page, '#stop');
        await ended(page, 3);
        assert.equal(await textOf(page, '#summary'), 'Stopped before anything was measured.');
        assert.match(await textOf(page, '#report-body'), /^From other\.json: measured on/);
        assert.equal(await rows(), 8);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });

    onPage('exports: JSON, CSV, trace, SVG, PNG', async (page) => {
      await go(page);
      await runToEnd(page);
      const json = JSON.parse((await capture(page, 'JSON')).text);
      assert.equal(json.schema, 'concurrency-lab/1');
      assert.match((await capture(page, 'CSV')).text, /^workload,family,method,workers,[^\n]*\r\nprimes,cpu,sequential,1,20,20,true,/);
      const trace = JSON.parse((await capture(page, 'Trace (Chrome JSON)')).text);
      assert.ok((Array.isArray(trace) ? trace : trace.traceEvents).length > 100);
      await page.waitForFunction(() => document.querySelectorAll('#report svg.chart').length === 5);
      const svg = (await capture(page, 'SVG')).text;
      assert.match(svg, /^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
      assert.match(svg, /primes: time per method/);
      assert.ok(!/class=|var\(--/.test(svg), 'it needs no style sheet');
      const png = await capture(page, 'PNG');
      assert.equal(png.type, 'image/png');
      assert.ok(png.size > 5000);
    });

    onPage('everything by keyboard', async (page) => {
      await go(page);
      const strike = async (/** @type {import('puppeteer-core').KeyInput} */ key, times = 1) => {
        for (let i = 0; i < times; i++) await page.keyboard.press(key);
      };
      const active = () => page.evaluate(() => document.activeElement?.id || document.activeElement?.textContent || '');
      /** @param {string} id @param {number} [most] */
      const tabTo = async (id, most = 60) => {
        for (let i = 0; i < most; i++) {
          await strike('Tab');
          if ((await active()) === id) return;
        }
        assert.fail(`Tab never came to ${id}`);
      };
      await strike('Tab');
      assert.equal(await active(), 'Skip to Run');
      await strike('Tab');
      assert.equal(await active(), 'Skip to the experiment');
      await tabTo('run');
      await tabTo('workloads-primes');
      await tabTo('methods-async');
      await strike(' ');
      assert.match(await page.evaluate(() => location.search), /methods=sequential,threads,processes&/);
      await tabTo('workers');
      await page.keyboard.type(',8');
      await strike('Enter');
      await ended(page);
      assert.ok(await page.$$eval('#report .chart .name', (names) => names.some((name) => name.textContent === 'threads × 8')));
      // The source of a workload: opened and closed without a mouse, and the focus comes back.
      await page.focus('[aria-label="Read the C source of primes"]');
      await strike('Enter');
      await page.waitForFunction(() => document.querySelectorAll('dialog[open] .line').length > 50);
      assert.match(await textOf(page, 'dialog .listing'), /trial division/);
      await strike('Escape');
      assert.equal(await page.$('dialog[open]'), null);
      assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('aria-label')), 'Read the C source of primes');
    });

    onPage('nothing is wider than the page at 320, 360, 768 and 1920 px, nor a head than its column', async (page) => {
      const fits = async (/** @type {string} */ when) => {
        for (const width of [320, 360, 768, 1920]) {
          await page.setViewport({ width, height: 800 });
          // Charts are drawn anew for the new width.
          await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
          assert.ok((await overflow(page)) <= 0, `${width} px, ${when}`);
          // Nor does a chart's text run out of its chart.
          assert.deepEqual(await outside(page, '#report svg.chart'), [], `${width} px, ${when}`);
          assert.deepEqual(await page.$$eval('table.progress thead th', (heads) => heads.filter((head) => head.clientWidth > 0 && head.scrollWidth > head.clientWidth).map((head) => head.textContent)), [], `${width} px, ${when}`);
          const tops = await page.$$eval('.timeline-zoom button', (buttons) => buttons.map((button) => button.getBoundingClientRect().top));
          assert.equal(new Set(tops).size, Math.min(tops.length, 1), `${width} px, ${when}`);
        }
      };
      await page.setViewport({ width: 360, height: 800 });
      await go(page, `${EXPERIMENT.replace('primes', 'primes,mandelbrot')}`.replace('&size=20', ''));
      await fits('before');
      const { release } = hold('compare round 2');
      await press(page, '#run');
      await says(page, /^1 round of at least/);
      await fits('while it runs');
      release();
      await ended(page);
      await page.waitForFunction(() => document.querySelectorAll('#report svg.chart').length === 10);
      await fits('after');
    });

    onPage('names, labels, headings and captions are there for a screen reader', async (page) => {
      await go(page, EXPERIMENT.replace('primes', 'primes,pages').replace('&size=20', ''));
      await runToEnd(page);
      await page.waitForFunction(() => document.querySelectorAll('#report svg.chart').length === 10);
      assert.deepEqual(await page.evaluate(faultsOfPage), []);
      const styled = await page.evaluate(() => document.querySelector('[style]:not(svg *)') !== null && document.querySelector('meta[http-equiv="Content-Security-Policy"]')?.getAttribute('content')?.includes("'unsafe-inline'") === true);
      assert.equal(styled, false, 'no inline styles are let in');
      assert.equal(await page.$eval('#progress-spoken', (element) => element.getAttribute('aria-live')), 'polite');
      assert.match(await textOf(page, '#progress-spoken'), /^Done/);
    });

    if (which.name === 'chrome') {
      for (const scheme of ['light', 'dark'])
        onPage(`${scheme}: text and colours stand out enough`, async (page) => {
          await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
          await go(page, '');
          const colors = await page.evaluate(() => {
            const style = getComputedStyle(document.documentElement);
            return Object.fromEntries(
              ['paper', 'raised', 'ink', 'muted', 'bad', 'strong-line', ...['sequential', 'threads', 'threads-gil', 'interpreters', 'processes', 'async'].map((name) => `method-${name}`)].map((name) => [name, style.getPropertyValue(`--${name}`).trim()]),
            );
          });
          assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor), rgb(colors.paper ?? ''));
          for (const name of ['ink', 'muted', 'bad']) assert.ok(contrast(colors[name] ?? '', colors.paper ?? '') >= 4.5, `${name} as text`);
          for (const name of ['ink', 'muted']) assert.ok(contrast(colors[name] ?? '', colors.raised ?? '') >= 4.5, `${name} as text on raised`);
          for (const [name, color] of Object.entries(colors)) if (name.startsWith('method-') || name === 'strong-line') assert.ok(contrast(color, colors.paper ?? '') >= 3, `${name} as a mark`);
        });

      onPage('no task over 50 ms while a run goes on', async (page) => {
        await go(page, '?workloads=mandelbrot,primes&methods=sequential,threads,processes,async&workers=1,2&seed=8&rounds=3');
        // The processor time of each task of the page's main thread, which a busy machine still makes longer (its
        // caches are others'). It never makes one shorter: one run of five without a long task shows that there need be none.
        /** @type {number[]} */
        let long = [];
        for (let attempt = 0; attempt < 5; attempt++) {
          long = await longTasks(page);
          if (long.length === 0) break;
        }
        assert.deepEqual(long, []);
      });

      onPage('nothing jumps while a run goes on', async (page) => {
        const shifts = await watchShifts(page, '#progress:not([hidden])');
        const { reached, release } = hold('compare plan');
        await go(page, '?workloads=mandelbrot,primes&methods=sequential,threads,processes,async&workers=1,2&rounds=3');
        await press(page, '#run');
        await reached;
        await new Promise((resolve) => setTimeout(resolve, 800)); // what moves within half a second is taken for the person's doing
        release();
        await ended(page);
        assert.deepEqual(await shifts(), []);
      });

      onPage('reduced motion is honoured', async (page) => {
        await page.emulateMediaFeatures([{ name: 'prefers-reduced-motion', value: 'reduce' }]);
        await go(page);
        assert.equal(await page.$eval('.runbar-track div', (element) => getComputedStyle(element).transitionDuration), '0s');
      });
    }
  });
