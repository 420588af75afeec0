// What a GIL's events make of the lanes: who holds, wants, is asked to drop, yields, waits outside.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ASKED, HOLDING, NO_TASK, RUNNING, STACK, STATE_COUNT, STATE_WORDS, WANTING, YIELDING } from '../../web/timeline/events.js';
import { chromeTrace } from '../../web/timeline/chrome-trace.js';
import { Feed } from '../../web/timeline/feed.js';
import { Model } from '../../web/timeline/model.js';
import { holderAt } from '../../web/timeline/reading.js';
import { spanWords } from '../../web/timeline/words.js';
import { EventWriter, batches } from '../browser/timeline-synthetic.js';

const MS = 1_000_000;

/** Span by span, in ms: "0-5 holding 7". @param {Model} model @param {number} lane */
function spans(model, lane) {
  const { spans: table } = model.byId[lane] ?? assert.fail(`no lane ${lane}`);
  return Array.from({ length: table.length }, (_, i) => {
    const task = table.task[i] === NO_TASK ? '' : ` ${table.task[i]}`;
    return `${(table.start[i] ?? 0) / MS}-${(table.end[i] ?? 0) / MS} ${STATE_WORDS[table.state(i)]}${task}${['', ' fine'][table.outcome(i)]}`;
  });
}

/** Two threads that compute take turns: lane 1 holds, lane 2 asks, lane 1 drops and waits until 2 has it. @param {EventWriter} w */
function twoThreads(w) {
  w.add(1, 0, 'gil-take', 1, 0);
  w.add(1, 0, 'start', 7);
  w.add(1, 5.5 * MS, 'gil-release', 1, 1);
  w.add(1, 5.5 * MS, 'gil-yield', 1);
  w.add(1, 5.6 * MS, 'gil-want', 2);
  w.add(1, 11 * MS, 'gil-take', 2, 1);
  w.add(1, 12 * MS, 'end', 7);
  w.add(1, 12 * MS, 'gil-release', 1, 0);
  w.add(2, 0, 'gil-want', 1);
  w.add(2, 5 * MS, 'gil-timeout', 1, 1);
  w.add(2, 5.6 * MS, 'gil-take', 1, 1);
  w.add(2, 5.6 * MS, 'start', 8);
  w.add(2, 11 * MS, 'gil-release', 2, 1);
  w.add(2, 11 * MS, 'gil-yield', 2);
}

const FIRST = ['0-5 holding 7', '5-5.5 asked to drop 7', '5.5-5.6 forced to wait 7', '5.6-11 wants the GIL 7', '11-12 holding 7 fine'];
const SECOND = ['0-5.6 wants the GIL', '5.6-11 holding 8', '11-Infinity forced to wait 8'];

test('holding, asked to drop, forced to wait, wanting: in one batch, the asker read after the holder', () => {
  const writer = new EventWriter();
  twoThreads(writer);
  const model = new Model();
  model.append(writer.pack());
  assert.deepEqual(spans(model, 1), FIRST);
  assert.deepEqual(spans(model, 2), SECOND);
  assert.equal(model.unmatched(), 0);
  assert.equal(model.foreign, 0);
  const { time, tasks } = model.totals(model.byId[1] ?? assert.fail(), 0, 12 * MS);
  assert.deepEqual([HOLDING, ASKED, YIELDING, WANTING, RUNNING].map((state) => (time[state] ?? 0) / MS), [6, 0.5, 0.1, 5.4, 0]);
  assert.equal(tasks, 1);
});

test('the same in live batches, and in slices of one event', () => {
  const writer = new EventWriter();
  twoThreads(writer);
  const live = new Model();
  for (const batch of batches(writer.pack(), 2 * MS)) live.append(batch);
  assert.deepEqual(spans(live, 1), FIRST);
  assert.deepEqual(spans(live, 2), SECOND);

  const sliced = new Model();
  const packed = writer.pack();
  for (let i = 0; i < writer.count; i++) sliced.append(packed, i, i + 1);
  assert.deepEqual(spans(sliced, 1), FIRST);
  assert.deepEqual(spans(sliced, 2), SECOND);
});

test('a holder without events of its own is seen to be asked, and one that had dropped already is not', async () => {
  const model = new Model();
  const feed = new Feed(model, () => {});
  const writer = new EventWriter();
  writer.add(1, 0, 'gil-take', 1, 0);
  writer.add(1, 0, 'start', 1);
  writer.add(2, 1 * MS, 'gil-want', 1);
  writer.add(2, 6 * MS, 'gil-timeout', 1, 1);
  writer.add(2, 8 * MS, 'gil-timeout', 1, 0);
  writer.add(3, 9 * MS, 'gil-timeout', 2, 1); // lane 2 holds nothing
  writer.add(3, 9 * MS, 'gil-timeout', 0xffff, 1); // nobody does
  feed.push({ events: writer.pack() });
  await feed.drained();
  feed.close();
  assert.deepEqual(spans(model, 1), ['0-6 holding 1', '6-Infinity asked to drop 1']);
  assert.deepEqual(spans(model, 2), ['1-Infinity wants the GIL']);
  assert.equal(model.foreign, 0);
});

test('I/O: the GIL is let go around the wait, whichever event comes first', () => {
  const expected = ['0-1 holding 3', '1-4 sleep 3', '4-9 wants the GIL 3', '9-10 holding 3 fine'];
  for (const order of ['release first', 'block first']) {
    const writer = new EventWriter();
    writer.add(1, 0, 'start', 3);
    writer.add(1, 0, 'gil-take', 0xffff, 0);
    /** @type {[time: number, kind: 'block' | 'unblock' | 'gil-release' | 'gil-want' | 'gil-take', arg: number][]} */
    const steps = order === 'release first'
      ? [[1, 'gil-release', 0], [1.001, 'block', 2], [4, 'unblock', 2], [4.001, 'gil-want', 0], [9, 'gil-take', 1]]
      : [[1, 'block', 2], [1.001, 'gil-release', 0], [4, 'gil-want', 0], [9, 'gil-take', 1], [9.001, 'unblock', 2]];
    for (const [time, kind, arg] of steps) writer.add(1, time * MS, kind, kind.includes('block') ? 3 : 1, arg);
    writer.add(1, 10 * MS, 'end', 3);
    writer.add(1, 10 * MS, 'gil-release', 1, 0);
    const model = new Model();
    model.append(writer.pack());
    const seen = spans(model, 1).filter((line) => !/^(\S+)-\1 /.test(line));
    assert.deepEqual(seen, expected, order);
    assert.equal(model.unmatched(), 0, order);
  }
});

test('a thread that lets go and computes on is running without the GIL', () => {
  const writer = new EventWriter();
  writer.add(1, 0, 'gil-take', 1, 0);
  writer.add(1, 0, 'start', 1);
  writer.add(1, 2 * MS, 'gil-release', 1, 0);
  writer.add(2, 50 * MS, 'start', 2);
  const model = new Model();
  const packed = writer.pack();
  model.append(packed);
  assert.deepEqual(spans(model, 1), ['0-2 holding 1', '2-Infinity running 1']);
  const later = new EventWriter();
  later.add(1, 80 * MS, 'end', 1);
  model.append(later.pack());
  assert.deepEqual(spans(model, 1).slice(1), ['2-80 running 1 fine']);
  assert.equal(model.unmatched(), 0);
});

test('lost events leave no wrong hold behind', () => {
  const writer = new EventWriter();
  writer.add(1, 0, 'gil-want', 2);
  writer.add(1, 5 * MS, 'start', 4); // its take was lost
  writer.add(1, 6 * MS, 'end', 4);
  writer.add(1, 7 * MS, 'gil-release', 1, 1); // and this take too
  const model = new Model();
  model.append(writer.pack());
  assert.deepEqual(spans(model, 1), ['0-5 wants the GIL', '5-6 running 4 fine']);
  assert.equal(model.unmatched(), 1);
});

test('every state has its place in a bar, once', () => {
  assert.deepEqual([...STACK].sort((a, b) => a - b), Array.from({ length: STATE_COUNT - 1 }, (_, i) => i + 1));
});

test('who waits is told who has it, where there is but one GIL', () => {
  const writer = new EventWriter();
  twoThreads(writer);
  const model = new Model();
  model.append(writer.pack());
  const [first, second] = [model.byId[1] ?? assert.fail(), model.byId[2] ?? assert.fail()];
  assert.equal(holderAt(model, second, 5.2 * MS), first, 'asked to drop, it still has it');
  assert.equal(holderAt(model, second, 5.55 * MS), undefined, 'nobody has');
  assert.equal(holderAt(model, first, 6 * MS), second);
  second.method = 'other';
  assert.equal(holderAt(model, first, 6 * MS), undefined);
  assert.match(spanWords(first, 3, { shift: 0, range: 1e9, now: 12 * MS, holder: 'thread 2' }), /wanting the GIL in task 7, thread 2 has it · /);
});

test('in words and in the exported trace', () => {
  const writer = new EventWriter();
  twoThreads(writer);
  const model = new Model();
  model.append(writer.pack());
  const lane = model.byId[1] ?? assert.fail();
  const context = { shift: 0, range: 1e9, now: 12 * MS, workload: 'primes' };
  assert.match(spanWords(lane, 0, context), /^lane 1 · holding the GIL, running primes task 7 · 5\.00.ms/);
  assert.match(spanWords(lane, 1, context), /holding, asked to drop, running primes task 7 · 500/);
  assert.match(spanWords(lane, 2, context), /forced to wait in primes task 7 · 100/);
  assert.match(spanWords(lane, 3, context), /wanting the GIL in primes task 7 · 5\.40/);
  const events = chromeTrace(model).traceEvents.filter((event) => event.tid === 2 && event.ph === 'X');
  assert.deepEqual(events.filter((event) => event.cat === 'task').map((event) => [event.name, event.dur]), [['task 7', 12000]]);
  assert.deepEqual(events.filter((event) => event.cat === 'gil').map((event) => event.name).slice(0, 4), ['holding the GIL', 'holding, asked to drop', 'forced to wait', 'wanting the GIL']);
});
