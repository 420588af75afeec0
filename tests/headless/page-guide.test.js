// The guide without a page: its numbers out of documents, what is missing and how it would be measured, and what it
// recommends, as things that must hold for all answers and all numbers.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { METHOD_ORDER } from '../../web/page/methods.js';
import { mayBeOne, ratioOf } from '../../web/page/ratio.js';
import { BURST, merge, nothing, take } from '../../web/page/runs.js';
import { COLUMNS, missing, numbersOf } from '../../web/guide/numbers.js';
import { plan } from '../../web/guide/plan.js';
import { ALIKE, COUNTS, cpuFactor, recommend } from '../../web/guide/recommend.js';
import { QUESTIONS, complete, readAddress, writeAddress } from '../../web/guide/settings.js';
import { cellOf } from '../../web/guide/table.js';

/** @typedef {import('../../web/guide/numbers.js').Numbers} Numbers */
/** @typedef {import('../../web/guide/settings.js').Answers} Answers */

const METHODS = METHOD_ORDER.map((name) => ({ name, available: true }));
/** @type {Answers[]} */
const ANSWERS = QUESTIONS[0].answers.flatMap(({ name: waits }) => QUESTIONS[1].answers.flatMap(({ name: shares }) => QUESTIONS[2].answers.map(({ name: tasks }) => ({ waits, shares, tasks }))));

/**
 * A machine's documents.
 * @param {{ cores?: number, parallel?: number, process?: number, cross?: number, spread?: number }} [machine] `parallel`: the speed-up of what can; `cross`: of a process, seconds
 */
function runsOf({ cores = 2, parallel = 1.8, process = 2 << 20, cross = 60e-6, spread = 0.05 } = {}) {
  const environment = { runtime: 'test', platform: 'none', isolated: true, logicalCores: cores, measuredParallelism: parallel, timerResolutionNs: 5000 };
  const many = Math.max(2, cores);
  const document = (/** @type {string} */ workload, /** @type {(method: string) => object} */ run) => ({
    schema: 'concurrency-lab/1', command: 'compare', environment, unavailable: [],
    runs: METHOD_ORDER.map((method) => ({ workload, method, workers: 2, tasks: 6, verified: true, startupSeconds: 0.004, memoryBytes: 0, tasksPerSecond: 1, ...run(method) })),
  });
  const single = (/** @type {string} */ method, workers = 2) => (method === 'sequential' || method === 'async' ? 1 : workers);
  const fast = (/** @type {string} */ method) => (['threads', 'interpreters', 'processes'].includes(method) ? parallel : method === 'threads-gil' ? 0.95 : 1);
  const bytes = (/** @type {string} */ method) => (method === 'processes' ? process : method === 'sequential' ? 0 : method === 'async' ? 500 : 262_144);
  const time = (/** @type {number} */ seconds) => ({ median: seconds, low: seconds * (1 - spread), high: seconds * (1 + spread) });
  let runs = nothing();
  runs = merge(runs, take(document('primes', (method) => ({ workers: single(method, many), startupSeconds: method === 'sequential' ? null : 0.002 * many, seconds: time(0.4 / fast(method)), speedup: method === 'sequential' ? { median: 1, low: 1, high: 1 } : time(fast(method)), memoryBytes: bytes(method) * (method === 'async' ? 6 : single(method, many)) })), 1));
  runs = merge(runs, take(document('primes', (method) => ({ workers: single(method), tasks: 2000, seconds: time(method === 'processes' ? 0.08 : 0.002), speedup: time(1) })), 2, BURST));
  runs = merge(runs, take(document('pages', (method) => ({ workers: single(method, 20), tasks: 20, seconds: time(method === 'sequential' ? 1.02 : 0.06), speedup: time(method === 'sequential' ? 1 : 17), memoryBytes: bytes(method) * 20 })), 3));
  const rows = METHOD_ORDER.map((method) => ({ name: `task-${method}`, seconds: method === 'processes' ? cross : 5e-6, low: 4e-6, high: 1e-4, reason: null }));
  return merge(runs, take({ schema: 'concurrency-lab/1', command: 'latency', environment, rows }, 4));
}

/** @type {Record<string, Numbers>} */
const SETS = {
  'nothing measured': numbersOf(nothing(), METHODS, 4),
  'two cores': numbersOf(runsOf(), METHODS, 2),
  'eight cores': numbersOf(runsOf({ cores: 8, parallel: 6.5 }), METHODS, 8),
  'one core': numbersOf(runsOf({ cores: 1, parallel: 1 }), METHODS, 1),
  'uncertain': numbersOf(runsOf({ parallel: 1.3, spread: 0.4 }), METHODS, 2),
  'fat, slow processes': numbersOf(runsOf({ process: 64 << 20, cross: 0.02 }), METHODS, 2),
  'not isolated': numbersOf(nothing(), METHODS.map((method) => (['threads', 'threads-gil', 'interpreters'].includes(method.name) ? { ...method, available: false, reason: 'no shared memory' } : method)), 2),
};
const order = (/** @type {Answers} */ answers, /** @type {Numbers} */ numbers) => recommend(answers, numbers).ranked.map(({ method }) => method);

for (const [name, numbers] of Object.entries(SETS))
  test(`recommendations: ${name}`, () => {
    for (const answers of ANSWERS) {
      const where = `${name}: ${Object.values(answers).join(', ')}`;
      const { ranked, headline, lacks, excluded } = recommend(answers, numbers);
      assert.deepEqual([...ranked.map(({ method }) => method), ...excluded.map(({ method }) => method)].sort(), [...METHOD_ORDER].sort(), `${where}: all are ranked or excluded, once`);
      const best = ranked.filter(({ alike }) => alike).reduce((a, b) => (a.seconds <= b.seconds ? a : b));
      const time = (/** @type {{ seconds: number, low: number, high: number }} */ { seconds, low, high }) => ({ value: seconds, low, high });
      for (const one of ranked) {
        const { method, seconds, low, high, alike, reasons, caveats } = one;
        assert.ok(Number.isFinite(seconds) && seconds > 0, `${where}: ${method} takes ${seconds}`);
        assert.ok(low > 0 && low <= seconds && seconds <= high && Number.isFinite(high), `${where}: ${method} takes ${low} to ${high}`);
        const near = seconds <= best.seconds * ALIKE || (method !== 'sequential' && mayBeOne(ratioOf(time(one), time(best))));
        if (answers.waits !== 'waiting') assert.equal(alike, near && (best.method !== 'sequential' || seconds <= best.seconds * ALIKE), `${where}: ${method}`);
        else if (method === 'sequential') assert.equal(alike, false, where);
        else if (!alike && near) assert.match(reasons.join(' '), /there is room for/, `${where}: ${method} is near, but has not room for all`);
        if (method !== 'sequential') assert.ok(reasons.length > 0, `${where}: ${method} has a reason`);
        for (const line of [...reasons, ...caveats]) assert.match(line, /^\S.*\.$/, `${where}: ${line}`);
        assert.doesNotMatch([...reasons, ...caveats, headline].join(' '), /undefined|NaN|null|–$|Infinity/, where);
      }
      assert.ok(ranked[0]?.alike, `${where}: the first is as good as the fastest`);
      const rest = ranked.filter(({ alike }) => !alike).map(({ seconds }) => seconds);
      assert.deepEqual(rest, [...rest].sort((a, b) => a - b), `${where}: the others by their times`);
      assert.deepEqual(ranked.map(({ alike }) => alike), ranked.map(({ alike }) => alike).sort((a, b) => Number(b) - Number(a)), `${where}: the good ones first`);
      if (name === 'nothing measured') assert.ok(lacks.length > 0, `${where}: says what it lacks`);
      if (name === 'two cores') assert.deepEqual(lacks, [], where);
    }
  });

test('what computes goes to what computed in parallel here, and to nothing where nothing did', () => {
  for (const shares of /** @type {const} */ (['nothing', 'reads', 'changes']))
    for (const tasks of /** @type {const} */ (['few', 'hundreds', 'thousands'])) {
      const answers = { waits: /** @type {const} */ ('computing'), shares, tasks };
      for (const name of ['two cores', 'eight cores']) {
        const first = recommend(answers, /** @type {Numbers} */ (SETS[name])).ranked[0];
        assert.ok(['threads', 'interpreters', 'processes'].includes(first?.method ?? ''), `${name}: ${first?.method}`);
        assert.match(first?.reasons[0] ?? '', name === 'two cores' ? /2 workers computed at 1\.80×/ : /8 workers computed at 6\.50×/, 'quotes the number');
      }
      for (const name of ['one core', 'uncertain']) {
        const { ranked, remarks } = recommend(answers, /** @type {Numbers} */ (SETS[name]));
        assert.equal(ranked[0]?.method, 'sequential', name);
        assert.match(remarks.join(' '), /^Nothing computed in parallel on this machine/, name);
        if (name === 'one core') assert.match(remarks.join(' '), /it has one core/);
      }
    }
});

test('a speed-up counts only when its interval says so', () => {
  const numbers = /** @type {Numbers} */ (SETS.uncertain);
  for (const one of numbers.methods) if (['threads', 'interpreters', 'processes'].includes(one.method)) assert.equal(cpuFactor(one, numbers), 1);
  const two = /** @type {Numbers} */ (SETS['two cores']);
  for (const one of two.methods) {
    const parallel = ['threads', 'interpreters', 'processes'].includes(one.method);
    const lucky = { ...one, cpu: one.cpu && { ...one.cpu, value: 2.9, low: 2.5, high: 3.2 } };
    assert.equal(cpuFactor(lucky, two), 1, `${one.method}: two workers are no three, one at a time is one, and what cannot be is no gain`);
    const near = { ...one, cpu: one.cpu && { ...one.cpu, value: 2.05, low: 2.01, high: 2.1 } };
    assert.equal(cpuFactor(near, two), parallel ? 2 : 1, `${one.method}: a little above what can be is what can be`);
  }
  const gil = SETS['two cores']?.methods.find(({ method }) => method === 'threads-gil');
  assert.ok(gil && cpuFactor({ ...gil, cpu: gil.cpu && { ...gil.cpu, low: 0.9, high: 0.97 } }, numbers) < 1, 'also when it is surely slower');
});

test('what waits never goes to one after another; the more of it, the more to the loop', () => {
  for (const name of ['two cores', 'eight cores', 'one core', 'nothing measured'])
    for (const shares of /** @type {const} */ (['nothing', 'reads', 'changes'])) {
      const numbers = /** @type {Numbers} */ (SETS[name]);
      for (const tasks of /** @type {const} */ (['few', 'hundreds', 'thousands'])) assert.equal(order({ waits: 'waiting', shares, tasks }, numbers).at(-1), 'sequential', name);
      assert.equal(order({ waits: 'waiting', shares, tasks: 'thousands' }, numbers)[0], 'async', name);
      const first = recommend({ waits: 'waiting', shares, tasks: 'thousands' }, numbers).ranked[0];
      assert.match(first?.reasons.join(' ') ?? '', /20,000 that wait at once would hold/);
    }
  assert.equal(order({ waits: 'waiting', shares: 'nothing', tasks: 'few' }, /** @type {Numbers} */ (SETS['two cores']))[0], 'threads-gil', 'the simplest of those that are alike');
});

test('one after another waits and computes in turn; the others wait while they compute', () => {
  for (const { method, seconds } of recommend({ waits: 'both', shares: 'nothing', tasks: 'few' }, /** @type {Numbers} */ (SETS['one core'])).ranked)
    assert.ok(method === 'sequential' ? seconds >= 10 : seconds < 6, `ten tasks of half a second each: ${method} ${seconds}`);
});

/**
 * Two cores whose runs on pages were disturbed: how many times as fast as one after another each read 20 of 50 ms.
 * @param {Record<string, number>} paces @param {number} [spread]
 */
function disturbed(paces, spread = 0.4) {
  const environment = { runtime: 'test', platform: 'none', isolated: true, logicalCores: 2, measuredParallelism: 1.8 };
  const runs = METHOD_ORDER.map((method) => {
    const pace = paces[method] ?? 1;
    const time = (/** @type {number} */ median) => ({ median, low: median * (1 - spread), high: median * (1 + spread) });
    return { workload: 'pages', method, workers: method === 'sequential' || method === 'async' ? 1 : 20, tasks: 20, verified: true, seconds: time(1.04 / pace), speedup: time(pace), startupSeconds: 0.004, memoryBytes: method === 'async' ? 10_000 : 20 * 262_144, tasksPerSecond: 1 };
  });
  return numbersOf(merge(runsOf(), take({ schema: 'concurrency-lab/1', command: 'compare', environment, unavailable: [], runs }, 9)), METHODS, 2);
}
const NOISY = [
  disturbed({ threads: 5.9, 'threads-gil': 4.2, interpreters: 4, processes: 2, async: 3.3 }),
  disturbed({ threads: 4.1, 'threads-gil': 6.8, interpreters: 3, processes: 1.7, async: 5 }),
  disturbed({ threads: 12, 'threads-gil': 6, interpreters: 9, processes: 3, async: 8 }, 0.01),
];

test('ten waits of a second that can all wait at once take a second', () => {
  for (const [name, numbers] of [...Object.entries(SETS), ...NOISY.map((one, i) => /** @type {const} */ ([`noisy ${i}`, one]))])
    for (const shares of /** @type {const} */ (['nothing', 'reads', 'changes']))
      for (const { method, seconds } of recommend({ waits: 'waiting', shares, tasks: 'few' }, numbers).ranked) {
        if (['threads', 'threads-gil', 'async'].includes(method)) assert.ok(seconds >= 1 && seconds <= 1.5, `${name}: ${method} ${seconds}`);
        if (method === 'sequential') assert.ok(seconds >= 10, `${name}: ${seconds}`);
      }
});

test('what a page costs beside the waiting is what is left of the run, never less than nothing', () => {
  const each = (/** @type {Numbers} */ { methods }, /** @type {string} */ name) => methods.find(({ method }) => method === name)?.io;
  const async = each(disturbed({ async: 4 }, 0.5), 'async');
  assert.ok(async && Math.abs(async.each - (0.26 - 0.052) / 20) < 1e-9 && Math.abs(async.eachLow - (0.13 - 0.052) / 20) < 1e-9, JSON.stringify(async));
  assert.equal(each(disturbed({ async: 25 }), 'async')?.each, 0, 'faster than the waiting itself');
  const once = each(disturbed({ async: 4 }, 0), 'async');
  assert.deepEqual([once?.eachLow, once?.eachHigh], [0, 2 * (once?.each ?? -1)], 'one round has no interval');
});

test('what nobody measured is not faster than what somebody did', () => {
  for (const numbers of NOISY) {
    const without = { ...numbers, methods: numbers.methods.map((one) => (one.method === 'interpreters' ? { ...one, io: null } : one)) };
    for (const tasks of /** @type {const} */ (['few', 'hundreds', 'thousands'])) {
      const { ranked, remarks } = recommend({ waits: 'waiting', shares: 'nothing', tasks }, without);
      assert.notEqual(ranked[0]?.method, 'interpreters', tasks);
      const behind = ranked.some(({ reasons, seconds }) => /there is room for/.test(reasons.join(' ')) && seconds < (ranked[0]?.seconds ?? 0));
      assert.equal(/have room to wait at once/.test(remarks.join(' ')), behind, tasks);
    }
  }
});

test('noise in the run on pages does not decide', () => {
  for (const shares of /** @type {const} */ (['nothing', 'reads', 'changes']))
    for (const tasks of /** @type {const} */ (['few', 'hundreds', 'thousands'])) {
      const firsts = NOISY.map((numbers) => order({ waits: 'waiting', shares, tasks }, numbers)[0]);
      const want = tasks === 'thousands' ? 'async' : shares === 'changes' ? null : 'threads-gil';
      if (want) assert.deepEqual(firsts, NOISY.map(() => want), `${shares}, ${tasks}`);
      assert.equal(firsts[0], firsts[1], `${shares}, ${tasks}`);
      for (const numbers of NOISY) {
        const { ranked } = recommend({ waits: 'waiting', shares, tasks }, numbers);
        const alike = (/** @type {string} */ name) => ranked.find(({ method }) => method === name)?.alike;
        assert.equal(alike('threads'), alike('threads-gil'), `${shares}, ${tasks}: threads that wait need no GIL`);
      }
    }
});

test('a ratio has its interval out of two, and that decides', () => {
  const close = (/** @type {number} */ a, /** @type {number} */ b) => assert.ok(Math.abs(a - b) < 1e-9, `${a}, not ${b}`);
  const ratio = ratioOf({ value: 8, low: 4, high: 16 }, { value: 2, low: 1, high: 4 });
  close(ratio.value, 4);
  close(ratio.low, 4 / 2 ** Math.SQRT2);
  close(ratio.high, 4 * 2 ** Math.SQRT2);
  const skewed = ratioOf({ value: 3, low: 2, high: 30 }, { value: 2, low: 0.2, high: 2 });
  close(skewed.low, 1);
  close(skewed.high, 1.5 * 10 ** Math.SQRT2);
  assert.deepEqual(ratioOf({ value: 6, low: 6, high: 6 }, { value: 2, low: 2, high: 2 }), { value: 3, low: 3, high: 3 }, 'exact ones');
  assert.equal(ratioOf({ value: 6, low: 0, high: 7 }, { value: 2, low: 1, high: 3 }).low, 0, 'an interval that reaches nothing');
  assert.deepEqual([[0.5, 0.9], [0.9, 1], [0.9, 1.1], [1.1, 2]].map(([low = 0, high = 0]) => mayBeOne({ value: 1, low, high })), [false, true, true, false]);

  const overlap = { above: { value: 6.7, low: 4.3, high: 9 }, below: { value: 3.2, low: 1.9, high: 4.5 } };
  assert.ok(overlap.above.low < overlap.below.high && !mayBeOne(ratioOf(overlap.above, overlap.below)), 'two can overlap and yet differ');
  const { ranked } = recommend({ waits: 'waiting', shares: 'changes', tasks: 'hundreds' }, disturbed({ threads: 5.9, 'threads-gil': 4.2, interpreters: 4, processes: 2, async: 3.3 }, 0.3));
  const [threads, async] = ['threads', 'async'].map((name) => ranked.find(({ method }) => method === name));
  assert.ok(threads && async && async.low < threads.high, 'their intervals overlap');
  assert.deepEqual([threads.alike, async.alike], [true, false], 'and yet one is slower');
});

test('a speed-up that cannot be, or may be none, says so in its cell', () => {
  const numbers = /** @type {Numbers} */ (SETS['two cores']);
  const cell = (/** @type {string} */ name, /** @type {number} */ value, /** @type {number} */ low, /** @type {number} */ high) => {
    const one = numbers.methods.find(({ method }) => method === name);
    assert.ok(one?.cpu);
    return cellOf({ ...one, cpu: { ...one.cpu, value, low, high } }, 'cpu');
  };
  for (const [name, value, low, high] of /** @type {const} */ ([['threads', 2.87, 2.1, 3.4], ['processes', 2.87, 0.8, 3.4], ['threads-gil', 1.87, 1.2, 2.4], ['async', 1.3, 0.9, 1.6]])) {
    const { text, tip } = cell(name, value, low, high);
    assert.equal(text.replaceAll('\u00a0', ' '), `${value.toFixed(2)}× — not sure`, name);
    assert.match(tip, /95% interval [\d.]+–[\d.]+\. That is more than .* can do: the machine was busy: measure again\. Measured/, name);
  }
  const unsure = cell('interpreters', 1.4, 0.9, 1.8);
  assert.equal(unsure.text.replaceAll('\u00a0', ' '), '1.40× — not sure');
  assert.match(unsure.tip, /The interval holds 1, so this may be no gain at all\. If the machine was busy: measure again\./);
  for (const [name, value, low, high] of /** @type {const} */ ([['threads', 1.9, 1.8, 2], ['threads-gil', 0.98, 0.9, 1.05], ['async', 1.03, 0.98, 1.1], ['sequential', 1, 1, 1]]))
    assert.equal(cell(name, value, low, high).text, `${value.toPrecision(3)}×`, name);
  const busy = { ...numbers, methods: numbers.methods.map((one) => (one.method !== 'sequential' && one.cpu ? { ...one, cpu: { ...one.cpu, value: 2.87, low: 2.1, high: 3.4 } } : one)) };
  const { ranked, remarks } = recommend({ waits: 'computing', shares: 'nothing', tasks: 'few' }, busy);
  assert.equal(ranked[0]?.method, 'sequential');
  assert.match(remarks.join(' '), /^More than can be: threads computed at 2\.87×, .*measure again\. Until then this counts as no gain\.$/);
});

test('an answer changes what follows', () => {
  const numbers = /** @type {Numbers} */ (SETS['two cores']);
  const first = (/** @type {Answers} */ answers) => order(answers, numbers)[0];
  assert.notEqual(first({ waits: 'computing', shares: 'nothing', tasks: 'few' }), first({ waits: 'waiting', shares: 'nothing', tasks: 'few' }));
  assert.notEqual(first({ waits: 'computing', shares: 'nothing', tasks: 'few' }), first({ waits: 'computing', shares: 'changes', tasks: 'few' }));
  assert.notEqual(first({ waits: 'waiting', shares: 'nothing', tasks: 'few' }), first({ waits: 'waiting', shares: 'nothing', tasks: 'thousands' }));
  for (const a of ANSWERS)
    for (const b of ANSWERS)
      if (a !== b) assert.notDeepEqual(recommend(a, numbers), recommend(b, numbers), `${Object.values(a)} and ${Object.values(b)}`);
});

test('changing common data never moves the isolated up', () => {
  for (const [name, numbers] of Object.entries(SETS))
    for (const waits of /** @type {const} */ (['computing', 'waiting', 'both']))
      for (const tasks of /** @type {const} */ (['few', 'hundreds', 'thousands'])) {
        const before = order({ waits, shares: 'nothing', tasks }, numbers);
        const after = order({ waits, shares: 'changes', tasks }, numbers);
        for (const method of ['processes', 'interpreters']) assert.ok(!before.includes(method) || after.filter((one) => one === 'threads' && after.indexOf(one) < after.indexOf(method)).length >= before.filter((one) => one === 'threads' && before.indexOf(one) < before.indexOf(method)).length, `${name}, ${waits}, ${tasks}: ${method}`);
      }
  const slow = recommend({ waits: 'computing', shares: 'changes', tasks: 'thousands' }, /** @type {Numbers} */ (SETS['fat, slow processes']));
  const processes = slow.ranked.find(({ method }) => method === 'processes');
  assert.equal(processes?.alike, false, 'a crossing of 20 ms twice for each of 20,000 tasks');
  assert.match(processes?.reasons.join(' ') ?? '', /20\.0\u00a0ms there and back/);
});

test('a better number never makes a method worse', () => {
  for (const answers of ANSWERS)
    for (const method of ['threads', 'interpreters', 'processes']) {
      const place = (/** @type {number} */ value) => {
        const numbers = /** @type {Numbers} */ (SETS['eight cores']);
        const changed = { ...numbers, methods: numbers.methods.map((one) => (one.method === method && one.cpu ? { ...one, cpu: { ...one.cpu, value, low: value * 0.98, high: value * 1.02 } } : one)) };
        return recommend(answers, changed).ranked.find((one) => one.method === method)?.seconds ?? 0;
      };
      const times = [1.1, 2, 4, 7, 8.1].map(place);
      assert.ok((times[0] ?? 0) > (times[3] ?? 0) || answers.waits === 'waiting', `${method}: ${Object.values(answers)}`);
      assert.deepEqual(times, [...times].sort((a, b) => b - a), `${method}: ${Object.values(answers)}`);
    }
});

test('fat workers do not all fit', () => {
  const { ranked } = recommend({ waits: 'waiting', shares: 'nothing', tasks: 'hundreds' }, /** @type {Numbers} */ (SETS['fat, slow processes']));
  const processes = ranked.find(({ method }) => method === 'processes');
  assert.match(processes?.reasons.join(' ') ?? '', /500 that wait at once would hold 31\.3\u00a0GiB, 64\.0\u00a0MiB each; in 1\u00a0GiB there is room for 16/);
  assert.equal(processes?.alike, false);
});

test('numbers come from the rows they are said to come from', () => {
  const { methods, parallelism } = /** @type {Numbers} */ (SETS['two cores']);
  const one = (/** @type {string} */ name) => /** @type {import('../../web/guide/numbers.js').MethodNumbers} */ (methods.find(({ method }) => method === name));
  assert.equal(parallelism, 1.8);
  assert.equal(one('threads').memory?.value, 262_144, 'for each worker');
  assert.equal(one('threads').startup?.value, 0.002, 'for each worker');
  assert.deepEqual([one('sequential').startup?.value, one('sequential').startup?.below, one('sequential').gaps.startup], [5e-6, true, undefined], 'shorter than the clock tells');
  assert.equal(one('async').memory?.value, 500, 'for each coroutine');
  assert.equal(one('processes').cross?.value, 60e-6);
  assert.equal(one('processes').management?.value, 0.08 / 2000, 'for each task of the burst, not of the primes');
  assert.deepEqual({ ...one('processes').load, source: 0 }, { bytes: 40 << 20, threads: 0, processes: 20, atOnce: 20, source: 0 });
  assert.deepEqual({ ...one('async').load, source: 0 }, { bytes: 10_000, threads: 1, processes: 0, atOnce: 20, source: 0 });
  assert.equal(one('sequential').load?.atOnce, 1);
  assert.equal(one('threads').cpu?.value, 1.8);
  for (const method of methods) for (const column of COLUMNS) {
    const { text, tip, state } = cellOf(method, column);
    assert.equal(state, 'is-number');
    assert.match(text, /\d/);
    assert.match(tip, /^[A-Z].*\. Measured .* in test, 2\u00a0cores\.$/);
  }
});

test('too short a run says nothing about computing, and one worker nothing about several', () => {
  const environment = { runtime: 'test', platform: 'none', isolated: true, logicalCores: 2 };
  const document = (/** @type {object} */ run) => ({ schema: 'concurrency-lab/1', command: 'compare', environment, unavailable: [], runs: [{ workload: 'primes', method: 'threads', workers: 2, tasks: 3, verified: true, seconds: { median: 0.2, low: null, high: null }, speedup: { median: 1.5, low: null, high: null }, ...run }] });
  const cpu = (/** @type {object} */ run) => numbersOf(take(document(run), 1), METHODS, 2).methods.find(({ method }) => method === 'threads')?.cpu?.value ?? null;
  assert.equal(cpu({}), 1.5);
  assert.equal(cpu({ seconds: { median: 0.0001, low: null, high: null } }), null);
  assert.equal(cpu({ workers: 1 }), null);
});

test('what is missing is planned, what is there is not, and it fits in a minute', () => {
  const all = missing(/** @type {Numbers} */ (SETS['nothing measured']));
  assert.equal(all.length, METHOD_ORDER.length * COLUMNS.length);
  const steps = plan(all, 2);
  assert.deepEqual(steps.map(({ argv }) => argv.slice(0, 2).join(' ')), ['latency --only', 'compare primes', 'compare primes', 'compare pages', 'compare pages']);
  assert.ok(steps.reduce((sum, { seconds }) => sum + seconds, 0) < 60);
  for (const { argv, files } of steps) {
    assert.deepEqual(argv.slice(-2), ['--json', '-']);
    for (const name of Object.keys(files)) assert.ok(argv.includes(name));
  }
  assert.deepEqual(missing(/** @type {Numbers} */ (SETS['two cores'])), []);
  assert.deepEqual(plan([], 2), []);
  assert.deepEqual(plan([{ method: 'async', column: 'cross' }], 2).map(({ argv }) => argv), [['latency', '--only', 'task-async', '--seconds', '2', '--json', '-']]);
  const [pages] = plan([{ method: 'processes', column: 'load' }], 64);
  assert.equal(pages?.argv[pages.argv.indexOf('--methods') + 1], 'sequential,processes', 'a speed-up needs the sequential run');
  const alone = missing(/** @type {Numbers} */ (SETS['not isolated']));
  assert.deepEqual([...new Set(alone.map(({ method }) => method))], ['sequential', 'processes', 'async'], 'not what cannot run here');
});

test('what could not be measured is not missing any more, and says why', () => {
  const row = { schema: 'concurrency-lab/1', command: 'latency', environment: { runtime: 'test', logicalCores: 2 }, rows: [{ name: 'task-threads', seconds: null, low: null, high: null, reason: 'threads cannot be started here' }] };
  const numbers = numbersOf(take(row, 1), METHODS, 2);
  assert.ok(!missing(numbers).some(({ method, column }) => method === 'threads' && column === 'cross'));
  const threads = numbers.methods.find(({ method }) => method === 'threads');
  assert.ok(threads);
  assert.deepEqual(cellOf(threads, 'cross'), { text: 'none', tip: 'It could not be measured: threads cannot be started here.', state: 'is-gap' });
  assert.equal(cellOf(threads, 'cpu').text, 'not measured yet');
  const sequential = SETS['not isolated']?.methods.find(({ method }) => method === 'threads');
  assert.ok(sequential);
  assert.match(cellOf(sequential, 'cpu').tip, /no shared memory/);
});

test('answers go into the address and come back', () => {
  for (const answers of ANSWERS) assert.deepEqual(readAddress(writeAddress(answers)), { draft: answers, problem: '' });
  assert.equal(complete(readAddress('?waits=both').draft), null);
  assert.deepEqual(complete(readAddress('?waits=both&shares=reads&tasks=few').draft), { waits: 'both', shares: 'reads', tasks: 'few' });
  assert.equal(readAddress('?waits=coffee').problem, '“waits” can be computing, waiting or both, not “coffee”.');
  assert.match(readAddress('?wait=both').problem, /does not know: “wait”/);
  assert.equal(writeAddress({ waits: null, shares: null, tasks: null }), './guide.html');
  assert.equal(Object.keys(COUNTS).length, 3);
});
