// The timeline's axis, viewport, words, rows and exported trace: everything without a page.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { axis, niceStep } from '../../web/timeline/axis.js';
import { chromeTrace, chromeTraceText } from '../../web/timeline/chrome-trace.js';
import { imported } from './perfetto.js';
import { Model } from '../../web/timeline/model.js';
import { domainOf, layout, rowAt } from '../../web/timeline/rows.js';
import { NARROWEST, Viewport } from '../../web/timeline/viewport.js';
import { duration, group, instant, percent, spanWords } from '../../web/timeline/words.js';
import { EventWriter, synthetic } from '../browser/timeline-synthetic.js';

test('lengths of time have three digits and a fitting unit', () => {
  const cases = /** @type {const} */ ([[0, '0 s'], [1, '1 ns'], [999, '999 ns'], [1000, '1.00 µs'], [12_400_000, '12.4 ms'],
    [99_960_000, '100 ms'], [999_800_000, '1.00 s'], [1_203_000_000, '1.20 s'], [3_600e9, '3\u2009600 s']]);
  for (const [ns, text] of cases) assert.equal(duration(ns), text);
  assert.equal(instant(1_203_000_000, 1e9), '1.203 s');
  assert.equal(instant(1_203_000_400, 1e6), '1.203000 s');
  assert.equal(group(1234567.5), '1\u2009234\u2009567.5');
  assert.deepEqual([0, 0.0004, 0.123, 1].map(percent), ['0%', '< 0.1%', '12.3%', '100%']);
});

test('ticks are steps of 1, 2 or 5 with labels that differ', () => {
  assert.deepEqual([1, 1.1, 2.3, 5, 7].map(niceStep), [1, 2, 5, 5, 10]);
  assert.deepEqual(axis(0, 16e9, 8).ticks.map((tick) => tick.label).slice(0, 3), ['0 s', '2 s', '4 s']);
  for (let range = 1000; range < 1e12; range *= 3.7) {
    for (const from of [0, 1.2345678e9, 83e9]) {
      const { ticks, step, base } = axis(from, from + range, 10);
      assert.ok(ticks.length >= 2 && ticks.length <= 11, `${ticks.length} ticks in ${range}`);
      assert.equal(new Set(ticks.map((tick) => tick.label)).size, ticks.length, `${base} ${ticks.map((tick) => tick.label)}`);
      assert.ok(ticks.every((tick) => tick.label.length <= 12 && tick.time % step < 1e-3 * step + 1));
    }
  }
});

test('the viewport keeps the point it zooms about, and stays near what there is', () => {
  const viewport = new Viewport();
  viewport.setDomain(0, 1e9);
  viewport.zoom(0.1, 3e8);
  assert.ok(Math.abs((3e8 - viewport.from) / viewport.range - 0.3) < 1e-9);
  viewport.zoom(1e-9, 3e8);
  assert.equal(Math.round(viewport.range), NARROWEST);
  for (let i = 0; i < 40; i++) viewport.pan(1e5);
  assert.ok(viewport.from <= 1e9 && viewport.to >= 1e9 - 1 && viewport.to < 1.05e9);
  viewport.zoom(1e12, 5e8);
  assert.ok(viewport.range <= 1.04e9 && viewport.from <= 0 && viewport.to >= 1e9);
  viewport.fit();
  viewport.setDomain(0, 2e9);
  assert.deepEqual([viewport.from, viewport.to], [0, 2e9]);
  viewport.glideTo(1e8, 2e8, 0, false);
  assert.equal(viewport.from, 0);
  assert.ok(viewport.step(80) && viewport.from > 0);
  assert.equal(viewport.step(1000), false);
  assert.deepEqual([viewport.from, viewport.to], [1e8, 2e8]);
  viewport.glideTo(0, 1e8, 0, true);
  assert.deepEqual([viewport.from, viewport.to], [0, 1e8]);
});

function made() {
  const { writer, lanes, cells } = synthetic({ events: 4000, pieces: 2 });
  const model = new Model();
  model.describe(lanes);
  model.sections.setPlan(cells);
  model.append(writer.pack(1_000_000n));
  model.settle();
  return model;
}

test('rows: the whole run in groups, samples of one workload from zero', () => {
  const model = made();
  const run = layout(model, { what: 'run' });
  assert.deepEqual(run.rows.slice(0, 4).map((row) => row.kind), ['samples', 'queue', 'lane', 'heading']);
  assert.equal(run.rows.filter((row) => row.lane).length, 8);
  run.rows.forEach((row, i) => {
    assert.equal(rowAt(run.rows, row.y), i);
    assert.equal(rowAt(run.rows, row.y + row.height - 1), i);
  });
  const choice = /** @type {const} */ ({ what: 'workload', workload: 'primes', round: 1 });
  const { rows } = layout(model, choice);
  const lanes = rows.filter((row) => row.lane).map((row) => `${row.section?.cell}: ${row.label}`);
  assert.deepEqual(lanes, ['4: coordinator', '5: thread 1', '5: thread 2', '5: thread 3', '5: thread 4', '6: process 1', '6: process 2', '7: event loop']);
  const longest = Math.max(...rows.map((row) => row.to - row.from));
  assert.deepEqual(domainOf(model, choice), { begin: 0, end: longest });
  assert.deepEqual(layout(new Model(), { what: 'run' }).rows, []);
});

test('a span in words', () => {
  const writer = new EventWriter();
  writer.add(0, 0, 'sample', 4, 1);
  writer.add(2, 1_203_000_000, 'start', 7);
  writer.add(2, 1_215_400_000, 'block', 7, 1);
  writer.add(2, 1_315_400_000, 'unblock', 7, 1);
  writer.add(2, 1_315_500_000, 'end', 7, 1);
  const model = new Model();
  model.describe([{ id: 2, name: 'thread 2', role: 'thread', method: 'threads', workers: 2 }]);
  model.append(writer.pack());
  const context = { workload: 'primes', shift: 0, range: 2e9, now: model.now };
  const lane = model.byId[2] ?? assert.fail();
  assert.equal(spanWords(lane, 0, context), 'thread 2 · running primes task 7 · 12.4 ms, from 1.203 s');
  assert.equal(spanWords(lane, 1, context), 'thread 2 · blocked on fetch in primes task 7 · 100 ms, from 1.215 s');
  assert.equal(spanWords(lane, 2, context), 'thread 2 · running primes task 7 · 100 µs, from 1.315 s · failed');
});

test('the trace is what Perfetto reads', () => {
  const model = made();
  const trace = chromeTrace(model);
  assert.deepEqual(JSON.parse([...chromeTraceText(model)].join('')), JSON.parse(JSON.stringify(trace)));
  const { traceEvents } = trace;
  const { wrong, threads, slices, awaits, arrows, counters } = imported(trace);
  assert.deepEqual(wrong, []);
  assert.equal(threads.size, 8);
  assert.equal(traceEvents.filter((event) => event.name === 'process_name').length, 3); // ours, and two processes
  assert.ok(slices.length > 100 && awaits.length > 10 && arrows.length > 100);
  for (const { from, to } of arrows) assert.equal(from.name, `submit ${to.name}`);
  assert.deepEqual([...counters.keys()].sort(), ['event loop awaits in flight', 'queued tasks']);
  const count = (/** @type {(event: typeof traceEvents[number]) => boolean} */ is) => traceEvents.filter(is).length;
  assert.equal(count((event) => event.cat === 'sample'), model.sections.list.length);
  assert.equal(count((event) => event.args?.result === 'failed'), model.sections.of(1).length);
  assert.ok(count((event) => event.name === 'blocked on pipe') > 0);
  assert.equal(trace.otherData.eventsLost, 0);
});

test('rows: in the order of the plan and of the names, one round for all', () => {
  const writer = new EventWriter();
  for (const [cell, time] of [[1, 0], [0, 10], [1, 20], [0, 30]]) {
    writer.add(0, time, 'sample', cell, 1);
    writer.add(4 - 3 * cell, time, 'start', 1);
    writer.add(4 - 3 * cell, time + 4, 'end', 1);
    if (time < 30) writer.add(0, time + 5, 'sample', cell, 0);
  }
  const model = new Model();
  model.sections.setPlan([{ cell: 0, workload: 'w', method: 'threads', workers: 2 }, { cell: 1, workload: 'w', method: 'async', workers: 1 }]);
  model.describe([
    { id: 1, name: 'event loop', role: 'loop', method: 'async', workers: 1 },
    { id: 3, name: 'thread 10', role: 'thread', method: 'threads', workers: 2 },
    { id: 4, name: 'thread 9', role: 'thread', method: 'threads', workers: 2 },
  ]);
  model.append(writer.pack());
  model.settle();
  const lanes = layout(model, { what: 'run' }).rows.filter((row) => row.lane && row.method).map((row) => row.label);
  assert.deepEqual(lanes, ['thread 9', 'thread 10', 'event loop']);
  const headings = layout(model, { what: 'workload', workload: 'w', round: null }).rows.filter((row) => row.kind === 'heading');
  assert.deepEqual(headings.map((row) => row.section?.round), [1, 1]);
});
