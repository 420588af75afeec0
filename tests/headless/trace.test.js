// The traces that the command line writes and the page exports, of real runs, as Perfetto reads them; and that both are
// the same where both saw the same.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { createLab } from '../../worker/node-host.js';
import { METHOD_ORDER as METHODS } from '../../web/page/methods.js';
import { chromeTrace } from '../../web/timeline/chrome-trace.js';
import { Model } from '../../web/timeline/model.js';
import { imported } from './perfetto.js';
import { programs, runner, scratch } from './program.js';

/** @import { Event, Slice } from './perfetto.js' */

const run = runner();
const folder = scratch('trace');
const COMPARE = ['compare', 'primes', 'pages', '--size', '6', '--workers', '2', '--rounds', '2', '--seconds', '0.1', '--latency', '5'];
const GIL = ['gil', '--threads', '2', '--io-threads', '1', '--only', 'gil', '--seconds', '0.5'];

/** @param {string} file */
const read = file => JSON.parse(readFileSync(file, 'utf8'));

/** @param {{ traceEvents: Event[] }} trace */
function whole(trace) {
  const found = imported(trace);
  assert.deepEqual(found.wrong.slice(0, 5), []);
  return found;
}

/** A comparison's trace has what every method does. @param {{ traceEvents: Event[] }} trace */
function compared(trace) {
  const { slices, awaits, arrows, counters, threads } = whole(trace);
  for (const method of METHODS) {
    assert.ok(slices.some(({ cat, name }) => cat === 'sample' && name.startsWith(`primes · ${method}`)), `a sample of ${method}`);
    assert.ok(slices.some(({ cat, name, track }) => cat === 'task' && /^(primes|pages) task \d+$/.test(name) && threads.get(track)?.includes(method)), `a task of ${method}`);
  }
  assert.ok(slices.some(({ name }) => name === 'blocked on fetch'));
  assert.ok(slices.some(({ name }) => name === 'holding the GIL'));
  assert.ok(awaits.some(({ name }) => name === 'await fetch'));
  assert.ok(counters.has('queued tasks') && counters.has('event loop awaits in flight'));
  assert.ok(arrows.length > 100);
  for (const { from, to } of arrows) assert.equal(from.name, `submit ${to.name}`);
}

for (const [name, program] of Object.entries(programs))
  describe(`--trace, ${name}`, () => {
    test('a comparison of all methods', async () => {
      const file = join(folder, `${name}.json`);
      const { status, err } = await run(program, [...COMPARE, '--trace', file]);
      assert.equal(status, 0, err);
      compared(read(file));
    });

    test('threads under a GIL', async () => {
      const file = join(folder, `${name}.gil.json`);
      const { status, err } = await run(program, [...GIL, '--trace', file]);
      assert.equal(status, 0, err);
      const { slices } = whole(read(file));
      for (const state of ['holding the GIL', 'holding, asked to drop', 'wanting the GIL', 'forced to wait', 'blocked on sleep'])
        assert.ok(slices.some(slice => slice.name === state), state);
    });

    test('a run that was stopped: what was open is ended', async () => {
      const file = join(folder, `${name}.stopped.json`);
      const { status } = await run(program, ['compare', 'pages', '--methods', 'async,threads,processes', '--workers', '2', '--seconds', '60', '--latency', '500', '--trace', file], { interruptAfter: 3000 });
      assert.ok(status === 0 || status === 1, `${status}`);
      whole(read(file));
    });
  });

/** Where a slice lies and how long, counted from its trace's first. @param {Slice[]} slices @param {Map<string, string>} threads @param {string} category */
function places(slices, threads, category) {
  const first = Math.min(...slices.filter(({ cat }) => cat === 'sample').map(({ ts }) => ts));
  return slices.filter(({ cat }) => cat === category).map(({ track, ts, dur, name }) => `${threads.get(track)}: ${name}, ${ts - first} + ${dur}`).sort();
}

test('the page exports what the command line writes, of the same run', async () => {
  const file = join(folder, 'same.json');
  const model = new Model();
  const lab = createLab();
  const { status, err } = await lab.run([...COMPARE, '--trace', file], {
    onEvent: event => event.type === 'plan' && model.sections.setPlan(event.cells),
    onLive: ({ lanes, events, lost }) => {
      if (lanes.length) model.describe(lanes);
      if (events.byteLength) model.append(events);
      model.lost += lost;
    },
  });
  await lab.close();
  assert.equal(status, 0, err);
  const [ours, written] = [chromeTrace(model), read(file)];
  compared(ours);
  assert.deepEqual([model.lost, model.unmatched(), written.otherData.eventsLost, written.otherData.eventsUnmatched], [0, 0, 0, 0]);
  const [page, core] = [whole(ours), whole(written)];
  assert.deepEqual([...page.threads].sort(), [...core.threads].sort());
  for (const category of ['sample', 'task', 'submit'])
    assert.deepEqual(places(page.slices, page.threads, category), places(core.slices, core.threads, category));
  const awaited = (/** @type {typeof page} */ { awaits }) => awaits.map(({ track, dur, name }) => `${track}: ${name}, ${dur}`).sort();
  assert.deepEqual(awaited(page), awaited(core));
  const arrow = (/** @type {typeof page} */ { arrows }) => arrows.map(({ from, to }) => `${from.track} ${from.name} → ${to.track}, ${to.ts - from.ts}`).sort();
  assert.deepEqual(arrow(page), arrow(core));
});

test('what Perfetto would lose is seen', () => {
  const B = { ph: 'B', name: 'task', cat: 'start', ts: 0, pid: 1, tid: 1 };
  const named = { ph: 'M', name: 'thread_name', pid: 1, tid: 1, args: { name: 'one' } };
  const wrong = (/** @type {Event[]} */ ...traceEvents) => imported({ traceEvents: [named, ...traceEvents] }).wrong.map(text => text.split(':')[0]);
  assert.deepEqual(wrong(B, { ...B, ph: 'E', ts: 1 }), []);
  assert.deepEqual(wrong(B, { ...B, ph: 'E', cat: 'end', ts: 1 }), ['ends what never began', 'never ends']);
  assert.deepEqual(wrong(B, { ...B, name: 'other', ts: 1 }, { ...B, ph: 'E', ts: 2 }, { ...B, ph: 'E', name: 'other', ts: 3 }), ['ends under an open slice', 'ends what never began']);
  assert.deepEqual(wrong({ ...B, ph: 'X', dur: 5 }, { ...B, ph: 'X', ts: 3, dur: 5 }), ['overlaps']);
  assert.deepEqual(wrong({ ...B, ph: 'X', dur: 5, tid: 0 }), ['has no thread of its own', 'is on a thread without a name']);
  assert.deepEqual(wrong({ ...B, ph: 'X', dur: 5 }, { ...B, ph: 's', id: 'submit 1' }), ['is an arrow without a number']);
  assert.deepEqual(wrong({ ...B, ph: 's', id: 1 }), ['is an arrow outside of all slices']);
  assert.deepEqual(wrong({ ...B, ph: 'X', dur: 5 }, { ...B, ph: 's', id: 1, ts: 1 }), ['an arrow leads nowhere from {"track"']);
  assert.deepEqual(wrong({ ...B, ph: 'b', id: '0x1' }, { ...B, ph: 'e', name: 'other', id: '0x1', ts: 1 }), ['ends what never began', 'never ends']);
});
