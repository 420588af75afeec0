// The timeline in Chromium and Firefox: what is drawn, what is said, keys, wheel, touch and themes.
// TIMELINE_SHOTS=FOLDER keeps the screenshots.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { BROWSERS, installed, launch, serve } from './timeline-serve.js';

const REST_MS = 300;

for (const which of BROWSERS) {
  describe(`the timeline in ${which.name}`, { skip: installed(which.path) ? false : 'not installed', timeout: 900_000 }, () => {
    /** @type {Awaited<ReturnType<typeof serve>>} */ let server;
    /** @type {import('puppeteer-core').Browser} */ let browser;
    /** @type {import('puppeteer-core').Page} */ let page;
    /** @type {string[]} */ const complaints = [];

    before(async () => {
      server = await serve();
      browser = await launch(which);
      page = await browser.newPage();
      page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
      page.on('pageerror', (error) => complaints.push(String(error)));
      await page.setViewport({ width: 1440, height: 900 });
      await page.goto(server.url);
      await page.evaluate(async () => {
        const { timeline, synthetic } = /** @type {any} */ (globalThis);
        const run = synthetic({ events: 8000, pieces: 2 });
        timeline.setPlan(run.cells);
        timeline.append({ lanes: run.lanes, events: run.writer.pack(1_234_567_890_123n), lost: 0 });
        timeline.finish();
        await timeline.settled();
      });
      await settle();
    });
    after(async () => {
      await browser?.close();
      await server?.close();
    });

    // In the page's own time, so that a busy machine only makes it longer: everything appended is in, the
    // longest of the timeline's timers has run, and frames were drawn before and after.
    const settle = () => page.evaluate(async (rest) => {
      const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
      await /** @type {any} */ (globalThis).timeline.settled();
      await frame();
      await frame();
      await new Promise((resolve) => setTimeout(resolve, rest));
      await frame();
      await frame();
    }, REST_MS);
    const words = () => page.$eval('.timeline-words', (line) => line.textContent ?? '');
    const range = () => page.evaluate(() => {
      const { from, to } = /** @type {any} */ (globalThis).timeline.view.viewport;
      return { from, to, width: to - from };
    });
    /** A point of the page in a lane at a shown time. @param {string} label @param {number} time */
    const pointOf = (label, time) => page.evaluate((label, time) => {
      const { view, panel } = /** @type {any} */ (globalThis).timeline;
      const row = view.rows.find((/** @type {any} */ one) => one.label === label);
      const box = panel.stage.getBoundingClientRect();
      return { x: box.left + view.xOf(time), y: box.top + 1 + 30 + row.y - panel.stage.scrollTop + 14 };
    }, label, time);
    /** The colour of the canvas at a point of the page. @param {{ x: number, y: number }} point */
    const pixelAt = (point) => page.evaluate(({ x, y }) => {
      const { canvas, ratio } = /** @type {any} */ (globalThis).timeline.view;
      const box = canvas.getBoundingClientRect();
      // Through another canvas: a browser warns about a canvas that is read back, and rightly.
      const copy = /** @type {CanvasRenderingContext2D} */ (document.createElement('canvas').getContext('2d', { willReadFrequently: true }));
      copy.drawImage(canvas, -Math.floor((x - box.left) * ratio), -Math.floor((y - box.top) * ratio));
      return [...copy.getImageData(0, 0, 1, 1).data];
    }, point);
    /** @param {string} name */
    const shot = async (name) => {
      await settle();
      const folder = process.env.TIMELINE_SHOTS;
      const image = await page.screenshot(folder ? { path: `${folder}/${which.name}-${name}.png` } : {});
      assert.ok(image.length > 5000);
    };
    /** @param {unknown} choice */
    const choose = (choice) => page.evaluate((choice) => /** @type {any} */ (globalThis).timeline.choose(choice), choice);
    const focus = () => page.focus('.timeline-stage');
    /** A running span of thread 2 in the first sample of pages by threads. */
    const aSpan = () => page.evaluate(() => {
      const { model } = /** @type {any} */ (globalThis).timeline;
      const { spans } = model.lanes.find((/** @type {any} */ lane) => lane.name === 'thread 2');
      const i = Array.from({ length: spans.count }, (_, k) => k).find((k) => spans.state(k) === 1 && spans.end[k] - spans.start[k] > 5e6) ?? -1;
      return { i, start: spans.start[i], end: spans.end[i], task: spans.task[i] };
    });

    test('the whole run is shown, with what it holds', async () => {
      const { from, to } = await range();
      assert.equal(from, 0);
      assert.equal(to, await page.evaluate(() => /** @type {any} */ (globalThis).timeline.model.now));
      assert.match(await words(), /^8 lanes, 8.\d{3} events in \d/u);
      const legend = await page.$eval('.timeline-legend', (list) => list.textContent ?? '');
      for (const word of ['threads running', 'async running', 'blocked on fetch', 'blocked on pipe', 'idle', 'queued', 'awaits in flight']) {
        assert.ok(legend.includes(word), `${word} in ${legend}`);
      }
      await shot('run');
    });

    test('the pointer is told what it is on, beside it and below', async () => {
      const span = await aSpan();
      await page.evaluate(({ start, end }) => {
        const { timeline } = /** @type {any} */ (globalThis);
        timeline.view.viewport.show(start - 2e6, end + 2e6);
        timeline.invalidate();
      }, span);
      const point = await pointOf('thread 2', (span.start + span.end) / 2);
      await page.mouse.move(point.x - 3, point.y);
      await page.mouse.move(point.x, point.y);
      await settle();
      const tip = await page.$eval('.timeline-tip', (node) => (node instanceof HTMLElement && !node.hidden ? node.textContent : null));
      const expected = new RegExp(`^thread 2 · running \\w+ task ${span.task} · \\d[\\d.]* ms, from ${(span.start / 1e9).toFixed(6)} s$`);
      assert.match(tip ?? 'hidden', expected);
      assert.match(await words(), expected);
      assert.equal(await page.$eval('.timeline-words', (node) => node.getAttribute('aria-live')), 'polite');
      await shot('zoomed');
    });

    test('a running span has its method’s colour', async () => {
      const span = await aSpan();
      await page.mouse.move(5, 5);
      await settle();
      const point = await pointOf('thread 2', span.start + (span.end - span.start) * 0.8);
      const wanted = await page.evaluate(() => /** @type {any} */ (globalThis).timeline.theme.method('threads').solid.rgb);
      assert.deepEqual((await pixelAt(point)).slice(0, 3), wanted);
    });

    test('keys pan, zoom, fit, choose lanes and step through spans', async () => {
      await choose({ what: 'run' });
      await focus();
      const all = await range();
      await page.keyboard.press('+');
      await settle();
      const closer = await range();
      assert.ok(closer.width < all.width * 0.7);
      await page.keyboard.press('ArrowRight');
      await settle();
      assert.ok((await range()).from > closer.from);
      await page.keyboard.press('Home');
      await settle();
      assert.equal((await range()).from, 0);
      await page.keyboard.press('End');
      await settle();
      assert.ok(Math.abs((await range()).to - all.to) < 1);
      await page.keyboard.press('-');
      await page.keyboard.press('0');
      await settle();
      assert.deepEqual(await range(), all);

      for (let i = 0; i < 5; i++) await page.keyboard.press('ArrowDown');
      assert.match(await words(), /^thread 2, threads · running .*idle .*tasks ended/);
      const step = async (/** @type {'ArrowRight' | 'ArrowLeft'} */ key) => {
        await page.keyboard.down('Shift');
        await page.keyboard.press(key);
        await page.keyboard.up('Shift');
        return words();
      };
      const first = await step('ArrowRight');
      assert.match(first, /^thread 2 · running pages task \d+ · .*, from \d/);
      const second = await step('ArrowRight');
      assert.match(second, /^thread 2 · blocked on fetch in pages task \d+/);
      assert.equal(await step('ArrowLeft'), first);
      await page.keyboard.press('Enter');
      await settle();
      assert.ok((await range()).width < 1e6);
      await shot('selected');
      await page.keyboard.press('0');
      await settle();
    });

    test('the wheel zooms where it points, once the timeline has the focus', async () => {
      await choose({ what: 'run' });
      await page.evaluate(() => /** @type {HTMLElement} */ (document.activeElement).blur());
      const all = await range();
      const { x, y } = await pointOf('thread 1', all.to * 0.25);
      await page.mouse.move(x, y);
      await page.mouse.wheel({ deltaY: -240 });
      await settle();
      assert.deepEqual(await range(), all);
      await focus();
      await page.mouse.wheel({ deltaY: -240 });
      await settle();
      const closer = await range();
      assert.ok(closer.width < all.width * 0.9);
      const under = closer.from + closer.width * 0.25;
      assert.ok(Math.abs(under - all.to * 0.25) < all.width * 0.01, `${under} of ${all.to}`);
    });

    test('dragging pans', async () => {
      const before = await range();
      const { x, y } = await pointOf('thread 3', before.from + before.width / 2);
      await page.mouse.move(x, y);
      await page.mouse.down();
      await page.mouse.move(x - 60, y, { steps: 3 });
      await page.mouse.up();
      await settle();
      const moved = await range();
      assert.ok(moved.from > before.from);
      assert.ok(Math.abs(moved.width - before.width) < 1);
    });

    test('two fingers pinch, one pans', async () => {
      await choose({ what: 'run' });
      const all = await range();
      const { x, y } = await pointOf('thread 3', all.to / 2);
      const left = await page.touchscreen.touchStart(x - 40, y);
      const right = await page.touchscreen.touchStart(x + 40, y);
      for (const spread of [60, 90, 120]) {
        await left.move(x - spread, y);
        await right.move(x + spread, y);
      }
      await left.end();
      await right.end();
      await settle();
      const pinched = await range();
      assert.ok(pinched.width < all.width * 0.5, `${pinched.width} of ${all.width}`);
      assert.ok(Math.abs((pinched.from + pinched.to) / 2 - all.to / 2) < all.width * 0.06);
      const finger = await page.touchscreen.touchStart(x, y);
      for (const way of [20, 50, 80]) await finger.move(x + way, y);
      await finger.end();
      await settle();
      const panned = await range();
      assert.ok(panned.from < pinched.from && Math.abs(panned.width - pinched.width) < 1);
    });

    test('methods stand below each other from zero', async () => {
      await page.select('.timeline-bar select', 'workload pages');
      await settle();
      const rows = await page.evaluate(() => /** @type {any} */ (globalThis).timeline.view.rows
        .filter((/** @type {any} */ row) => row.kind === 'heading').map((/** @type {any} */ row) => [row.label, row.shift === row.from]));
      assert.deepEqual(rows, [['pages · sequential', true], ['pages · threads · 4 workers', true],
        ['pages · processes · 2 workers', true], ['pages · async', true]]);
      const before = await page.$eval('.timeline-round', (node) => node.textContent);
      await page.click('.timeline-rounds button');
      await settle();
      assert.notEqual(await page.$eval('.timeline-round', (node) => node.textContent), before);
      await shot('methods');
      await page.evaluate(() => /** @type {any} */ (globalThis).timeline.showCell(3));
      await settle();
      assert.deepEqual(await page.evaluate(() => /** @type {any} */ (globalThis).timeline.view.rows.map((/** @type {any} */ row) => row.label)),
        ['pages · async', 'queued', 'event loop']);
    });

    test('the table says the same in numbers', async () => {
      await page.evaluate(() => /** @type {any} */ (globalThis).timeline.showCell(1));
      await page.click('.timeline summary');
      await settle();
      const table = await page.$$eval('.timeline table tr', (rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent)));
      assert.deepEqual(table[0].slice(0, 3), ['Lane', 'Method', 'Running']);
      assert.ok(table[0].includes('Blocked: fetch'));
      assert.equal(table.length, 5);
      const tasks = table.slice(1).reduce((sum, row) => sum + Number(row[table[0].indexOf('Tasks')]), 0);
      assert.equal(tasks, 20);
      await page.click('.timeline summary');
    });

    test('it is right at 360 and 1920 pixels, and in the dark', async () => {
      await choose({ what: 'workload', workload: 'pages', round: 2 });
      for (const [width, ratio] of [[360, 2], [1920, 1]]) {
        await page.setViewport({ width, height: 900, deviceScaleFactor: ratio });
        await settle();
        const size = await page.evaluate(() => ({
          page: document.documentElement.scrollWidth, window: document.documentElement.clientWidth,
          canvas: document.querySelector('canvas')?.getBoundingClientRect().width, stage: document.querySelector('.timeline-stage')?.clientWidth,
        }));
        assert.equal(size.page, size.window);
        assert.equal(size.canvas, size.stage);
        await shot(`${width}`);
      }
      await page.setViewport({ width: 1440, height: 900 });
      await page.evaluate(() => document.documentElement.style.setProperty('color-scheme', 'dark'));
      await settle();
      const paper = await pixelAt(await pointOf('event loop', 200e6));
      assert.ok(paper[0] < 60, `dark paper, not ${paper}`);
      await shot('dark');
      await page.evaluate(() => document.documentElement.style.removeProperty('color-scheme'));
    });

    test('a live run is followed until the reader takes it in hand', async () => {
      const state = () => page.evaluate(() => {
        const { following, live, panel, model, view } = /** @type {any} */ (globalThis).timeline;
        return { following, live, button: !panel.follow.hidden, events: model.events, to: view.viewport.to, now: model.now };
      });
      await page.evaluate(() => {
        const { timeline, synthetic, batches } = /** @type {any} */ (globalThis);
        timeline.reset();
        const run = synthetic({ events: 60000, pieces: 3 });
        timeline.setPlan(run.cells);
        const live = batches(run.writer.pack(), 1e8);
        Object.assign(globalThis, { more: () => timeline.append({ lanes: run.lanes, events: live.shift() ?? new ArrayBuffer(0), lost: 3 }) });
        for (let i = 0; i < 70; i++) /** @type {any} */ (globalThis).more();
      });
      await settle();
      const followed = await state();
      assert.ok(followed.live && followed.following && !followed.button);
      assert.ok(followed.now > 6.5e9 && followed.now - followed.to < 0.6e9, JSON.stringify(followed));
      await focus();
      await page.keyboard.press('ArrowLeft');
      await settle();
      const held = await state();
      assert.ok(!held.following && held.button);
      await page.evaluate(() => /** @type {any} */ (globalThis).more());
      await settle();
      assert.equal((await state()).to, held.to);
      await page.evaluate(() => /** @type {any} */ (globalThis).timeline.panel.follow.click());
      await settle();
      assert.ok((await state()).following);
      assert.match(await page.$eval('.timeline-notes', (node) => node.textContent ?? ''), /^213 events were overwritten/);
      await page.evaluate(() => /** @type {any} */ (globalThis).timeline.finish());
      await settle();
      const ended = await state();
      assert.ok(!ended.live && ended.to === ended.now);
    });

    test('the trace is exported as a file', async () => {
      const trace = await page.evaluate(async () => {
        const { timeline } = /** @type {any} */ (globalThis);
        const parsed = JSON.parse(await (await timeline.exportChromeTraceBlob()).text());
        return { same: JSON.stringify(parsed) === JSON.stringify(timeline.exportChromeTrace()), events: parsed.traceEvents.length };
      });
      assert.ok(trace.same && trace.events > 8000);
    });

    test('it goes without a trace, and nothing was said on the console', async () => {
      await page.evaluate(() => /** @type {any} */ (globalThis).timeline.destroy());
      await settle();
      assert.equal(await page.$eval('#host', (host) => host.childElementCount), 0);
      assert.deepEqual(complaints, []);
    });
  });
}
