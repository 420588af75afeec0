import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TRACE_EVENT_BYTES, TRACE_KINDS, WAIT_REASONS } from '../../worker/protocol.js';
import * as events from '../../web/timeline/events.js';
import { Model } from '../../web/timeline/model.js';
import { EventWriter, batches, random, synthetic } from '../browser/timeline-synthetic.js';

const { IDLE, RUNNING, STATE_COUNT, UNKNOWN, STATE_WORDS } = events;
const OUTCOMES = ['', ' fine', ' failed', ' cancelled'];

/** Span by span: "1000-2000 running 7 fine". @param {Model} model @param {number} lane */
function spans(model, lane) {
  const { spans: table } = model.byId[lane] ?? assert.fail(`no lane ${lane}`);
  return Array.from({ length: table.length }, (_, i) =>
    `${table.start[i]}-${table.end[i]} ${STATE_WORDS[table.state(i)]} ${table.task[i]}${OUTCOMES[table.outcome(i)]}`);
}

/** @param {(writer: EventWriter) => void} write */
function modelOf(write) {
  const writer = new EventWriter();
  write(writer);
  const model = new Model();
  model.append(writer.pack());
  model.settle();
  return model;
}

test('the words and numbers are those of the protocol', () => {
  assert.equal(events.EVENT_BYTES, TRACE_EVENT_BYTES);
  TRACE_KINDS.forEach((word, number) => {
    if (number > 0) assert.equal(Reflect.get(events, word.toUpperCase().replace('-', '_')), number, word);
  });
  assert.deepEqual([...events.REASONS], [...WAIT_REASONS]);
  WAIT_REASONS.forEach((word, reason) => {
    if (reason > 0) assert.equal(STATE_WORDS[events.blockedState(reason)], word);
  });
  assert.equal(STATE_WORDS.length, STATE_COUNT);
});

test('a thread runs, blocks and ends tasks', () => {
  const model = modelOf((w) => {
    w.add(1, 1000, 'start', 7);
    w.add(1, 3000, 'block', 7, 1);
    w.add(1, 9000, 'unblock', 7, 1);
    w.add(1, 9500, 'end', 7);
    w.add(1, 9600, 'start', 8);
    w.add(1, 9700, 'end', 8, 1);
  });
  assert.deepEqual(spans(model, 1), [
    '0-2000 running 7', '2000-8000 fetch 7', '8000-8500 running 7 fine', '8600-8700 running 8 failed',
  ]);
  const totals = model.totals(model.lanes[0], 0, 10000);
  assert.equal(totals.time[RUNNING], 2600);
  assert.equal(totals.time[events.blockedState(1)], 6000);
  assert.equal(totals.idle, 10000 - 8600);
  assert.equal(totals.tasks, 2);
  assert.equal(model.unmatched(), 0);
});

test('times are exact however large the clock', () => {
  const writer = new EventWriter();
  writer.add(0, 4294967290, 'start', 1); // the low word overflows between the two
  writer.add(0, 4294967301, 'end', 1);
  const model = new Model();
  model.append(writer.pack(1_800_000_000_123_456_789n));
  assert.deepEqual(spans(model, 0), ['0-11 running 1 fine']);
});

test('a span still open runs until now, on its own lane only', () => {
  const model = modelOf((w) => {
    w.add(0, 0, 'sample', 3, 1);
    w.add(0, 5, 'submit', 1);
    w.add(1, 10, 'start', 1);
    w.add(0, 90, 'submit', 2);
  });
  assert.deepEqual(spans(model, 1), ['10-Infinity running 1']);
  assert.equal(model.totals(model.byId[1] ?? assert.fail(), 0, model.now).time[RUNNING], 80);
  assert.equal(model.sections.at(50)?.cell, 3);
  assert.equal(model.queue.at(95), 1);
});

test('a loop runs coroutines in stretches and counts its awaits', () => {
  const model = modelOf((w) => {
    for (const [time, kind, task] of /** @type {const} */ ([
      [0, 'start', 0], [10, 'await', 0], [10, 'start', 1], [20, 'await', 1],
      [50, 'resume', 1], [55, 'end', 1], [60, 'resume', 0], [61, 'await', 0], [80, 'resume', 0], [90, 'end', 0],
    ])) w.add(5, time, kind, task, kind === 'end' ? 0 : 1);
  });
  assert.deepEqual(spans(model, 5), [
    '0-10 running 0', '10-20 running 1', '50-55 running 1 fine', '60-61 running 0', '80-90 running 0 fine',
  ]);
  const awaits = model.lanes[0].awaits ?? assert.fail();
  assert.deepEqual([5, 10, 15, 20, 49, 50, 60, 61, 79, 80].map((time) => awaits.at(time)), [0, 1, 1, 2, 2, 1, 0, 1, 1, 0]);
  assert.deepEqual(awaits.summary(0, 100), { peak: 2, mean: (10 + 60 + 10 + 19) / 100 });
  assert.equal(model.unmatched(), 0);
});

test('a coroutine cancelled in its await is an ended task', () => {
  const model = modelOf((w) => {
    w.add(5, 0, 'start', 0);
    w.add(5, 10, 'await', 0, 2);
    w.add(5, 40, 'end', 0, 2);
  });
  assert.deepEqual(spans(model, 5), ['0-10 running 0', '40-40 running 0 cancelled']);
  assert.equal(model.lanes[0].awaits?.at(41), 0);
  assert.equal(model.totals(model.lanes[0], 0, 50).tasks, 1);
});

test('a lane may block outside any task', () => {
  const model = modelOf((w) => {
    w.add(0, 0, 'block', 0, 5);
    w.add(0, 70, 'unblock', 0, 5);
    w.add(0, 90, 'start', 0);
    w.add(0, 95, 'end', 0);
  });
  assert.deepEqual(spans(model, 0), ['0-70 future 0', '90-95 running 0 fine']);
});

test('lost events: nothing is invented, what is not known is said', () => {
  const model = modelOf((w) => {
    w.add(1, 0, 'end', 3); // its start was lost
    w.add(1, 10, 'start', 4); // its end was lost
    w.add(1, 50, 'start', 5);
    w.add(1, 60, 'end', 5);
    w.add(1, 70, 'unblock', 6, 1); // its start and block were lost
    w.add(1, 75, 'end', 6);
    w.add(1, 80, 'resume', 7, 1); // its await was lost
    w.add(1, 85, 'await', 7, 1); // its resume was lost
    w.add(1, 95, 'start', 7);
    w.add(1, 99, 'end', 7);
  });
  assert.deepEqual(spans(model, 1), [
    '10-50 not known 4', '50-60 running 5 fine', '70-75 running 6 fine', '80-85 running 7', '95-99 running 7 fine',
  ]);
  assert.equal(model.lanes[0].spans.state(0), UNKNOWN);
  assert.equal(model.lanes[0].awaits?.at(90), 1);
  assert.equal(model.lanes[0].awaits?.at(96), 0);
  assert.equal(model.unmatched(), 4);
});

test('garbage does not break it', () => {
  const dice = random(99);
  const words = new Uint32Array(40000);
  for (let i = 0; i < words.length; i += 4) {
    words[i] = dice() * 1e6;
    words[i + 2] = dice() * 8;
    words[i + 3] = (dice() * 12) | ((dice() * 9) << 8) | ((dice() * 5) << 16);
  }
  const model = new Model();
  model.append(words.buffer);
  model.settle();
  for (const lane of model.lanes) {
    for (let i = 1; i < lane.spans.count; i++) assert.ok(lane.spans.start[i] >= lane.spans.end[i - 1]);
    const { time, span } = model.totals(lane, model.begin, model.now);
    assert.ok(Math.abs(time.reduce((a, b) => a + b) - span) < 1e-3);
  }
  assert.ok(model.foreign > 0);
});

test('the queue counts between submit and start, whatever the order of lanes', () => {
  const writer = new EventWriter();
  for (let task = 0; task < 4; task++) writer.add(1, 100 + task * 10, 'start', task);
  for (let task = 0; task < 4; task++) writer.add(2, 145 + task * 10, 'start', task + 4);
  writer.add(3, 0, 'sample', 0, 1);
  for (let task = 0; task < 9; task++) writer.add(3, 50 + task, 'submit', task); // the start of 8 was lost
  writer.add(3, 200, 'sample', 0, 0);
  const whole = new Model();
  whole.append(writer.pack());
  const packed = writer.pack();
  const backwards = new Model(); // one event at a time, the last lane first, in order within lanes
  const order = [3, 2, 1].flatMap((lane) =>
    Array.from({ length: writer.count }, (_, i) => i).filter((i) => new Uint16Array(packed)[i * 8 + 7] === lane));
  for (const i of order) {
    backwards.append(packed, i, i + 1);
    backwards.settle();
  }
  for (const model of [whole, backwards]) {
    model.settle();
    const at = /** @param {number} time */ (time) => model.queue.at(time - 100 + (model === whole ? 0 : 100));
    assert.deepEqual([49, 50, 58, 100, 131, 150, 180, 200, 500].map(at), [0, 1, 9, 8, 5, 4, 1, 0, 0]);
    assert.equal(model.queue.peak, 9);
  }
});

test('a start a little before its submit leaves the count right', () => {
  const model = modelOf((w) => {
    w.add(0, 10, 'submit', 0);
    w.add(1, 9, 'start', 0);
    w.add(0, 11, 'submit', 1);
  });
  assert.deepEqual([-1, 0, 1].map((time) => model.queue.at(time)), [0, 0, 1]);
});

test('lanes described late and batches in any order give the same as all at once', () => {
  const { writer, lanes, cells } = synthetic({ events: 6000, pieces: 3 });
  const packed = writer.pack();
  const whole = new Model();
  whole.describe(lanes);
  whole.append(packed);
  whole.settle();
  const live = new Model();
  live.sections.setPlan(cells);
  batches(packed, 1e7).forEach((batch, i) => {
    live.append(batch, 0, 1);
    live.append(batch, 1);
    live.settle();
    if (i < lanes.length) live.describe([lanes[i]]);
  });
  const shift = live.begin - whole.begin;
  assert.equal(live.events, whole.events);
  assert.deepEqual(live.lanes.map((lane) => lane.name).sort(), whole.lanes.map((lane) => lane.name).sort());
  for (const lane of whole.lanes) {
    const same = live.byId[lane.id] ?? assert.fail();
    assert.deepEqual(same.spans.end.slice(0, same.spans.count).map((end) => end - shift), lane.spans.end.slice(0, lane.spans.count));
    assert.deepEqual(same.spans.mark.slice(0, same.spans.count), lane.spans.mark.slice(0, lane.spans.count));
  }
  assert.deepEqual(live.queue.level.slice(0, live.queue.count), whole.queue.level.slice(0, whole.queue.count));
  assert.equal(live.unmatched(), 0);
  assert.equal(live.sections.label(1), 'pages · threads · 4 workers');
});

test('a million events: sums from the index are exactly the sums of the spans', () => {
  const { writer, lanes, cells } = synthetic({ events: 1_000_000, tasks: 400, pieces: 12 });
  const model = new Model();
  model.describe(lanes);
  model.sections.setPlan(cells);
  model.append(writer.pack(7_000_000_000_000n));
  model.settle();
  assert.ok(model.events >= 1_000_000);
  assert.equal(model.dropped, 0);
  assert.equal(model.unmatched(), 0);
  const dice = random(5);
  for (const lane of model.lanes) {
    for (let trial = 0; trial < 60; trial++) {
      const width = model.now * 10 ** (-6 * dice());
      const from = Math.floor(dice() * (model.now - width));
      const to = Math.floor(from + width);
      const { time, tasks, idle } = model.totals(lane, from, to);
      const exact = new Float64Array(STATE_COUNT);
      let ended = 0;
      for (let i = 0; i < lane.spans.length; i++) {
        const overlap = Math.min(to, lane.spans.end[i]) - Math.max(from, lane.spans.start[i]);
        if (overlap > 0) exact[lane.spans.state(i)] += overlap;
        if (lane.spans.end[i] > from && lane.spans.end[i] <= to && lane.spans.outcome(i)) ended++;
      }
      exact[IDLE] = idle;
      assert.deepEqual(time, exact);
      assert.equal(idle, to - from - exact.slice(1).reduce((sum, part) => sum + part, 0));
      assert.equal(tasks, ended);
    }
  }
  const { queue } = model;
  for (let trial = 0; trial < 40; trial++) {
    const from = dice() * model.now;
    const to = from + (model.now - from) * dice() ** 4;
    let peak = queue.at(from);
    let area = 0;
    let last = from;
    let level = queue.at(from);
    for (let i = 0; i < queue.count; i++) {
      if (queue.time[i] <= from || queue.time[i] > to) continue;
      area += level * (queue.time[i] - last);
      last = queue.time[i];
      level = Math.max(0, queue.level[i]);
      peak = Math.max(peak, level);
    }
    area += level * (to - last);
    const summary = queue.summary(from, to);
    assert.equal(summary.peak, peak);
    assert.ok(Math.abs(summary.mean * (to - from) - area) <= 1e-9 * area + 64);
  }
});

test('memory is bounded: the newest stay, what went is counted', () => {
  const { writer, end } = synthetic({ events: 200_000, pieces: 6 });
  const packed = writer.pack();
  const all = new Model();
  all.append(packed);
  all.settle();
  const model = new Model({ maxRecords: 40_000 });
  for (const batch of batches(packed, 5e7)) {
    model.append(batch);
    assert.ok(model.records() <= 40_000 + 5000);
  }
  model.settle();
  assert.ok(model.dropped > 0);
  assert.ok(model.records() > 30_000);
  assert.equal(model.dropped + model.records(), all.records());
  assert.ok(model.begin > 0 && model.now === all.now && end >= model.now);
  const middle = (model.begin + model.now) / 2;
  for (const lane of model.lanes) {
    const same = all.byId[lane.id] ?? assert.fail();
    assert.deepEqual(model.totals(lane, model.begin, model.now).time, all.totals(same, model.begin, model.now).time);
    assert.deepEqual(model.totals(lane, middle, model.now), all.totals(same, middle, model.now));
  }
  assert.deepEqual(model.queue.summary(middle, model.now).peak, all.queue.summary(middle, model.now).peak);
  assert.equal(model.queue.at(middle), all.queue.at(middle));
  assert.equal(model.sections.list.at(-1)?.round, all.sections.list.at(-1)?.round);
});
