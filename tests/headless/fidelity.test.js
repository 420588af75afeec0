// The pure parts of `npm run fidelity`: finding Python, reading what was measured, the rules. No Python is run.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { table } from '../../.ci/fidelity-common.mjs';
import { findPython, parse, pythonCandidates, report, summary } from '../../.ci/fidelity.mjs';
import {
  SHAPES, SWITCHING, direction, gain, labSpeedups, median, pythonSpeedups, responses, switching, verdict,
} from '../fidelity/shapes.js';

const about = { python: '3.11.7', implementation: 'cpython', gil: true };

/** @param {string} key */
const shape = key => {
  const found = SHAPES.find(({ keys }) => keys.includes(key));
  assert.ok(found, key);
  return found;
};

/** What one key's row says of these figures, natively. @param {string} key @param {number} cpython @param {number} native */
const says = (key, cpython, native) => verdict(shape(key), { cpython: [{ [key]: cpython }], native: [{ [key]: native }], node: [] }, 'native', about).verdict;

test('the newest Python on the PATH comes first, and nothing that is older than 3.11 by its name', () => {
  const folders = [
    { folder: '/a', names: ['python3.9', 'python3.11', 'python3', 'python2', 'python3.11-config', 'python3.13'] },
    { folder: '/b', names: ['python3.15', 'python', 'python3.11'] },
  ];
  assert.deepEqual(pythonCandidates(folders), ['/b/python3.15', '/a/python3.13', '/a/python3.11', '/b/python3.11', '/a/python3', '/b/python']);
  assert.deepEqual(pythonCandidates([]), []);
});

test('a candidate that does not run, is too old or no CPython is passed over; one that PYTHON names is refused', () => {
  /** @type {Record<string, { executable: string, name: string, version: number[] } | null>} */
  const answers = {
    shim: null,
    pypy: { executable: '/x/pypy', name: 'pypy', version: [3, 11, 1] },
    old: { executable: '/x/old', name: 'cpython', version: [3, 10, 9] },
    good: { executable: '/x/good', name: 'cpython', version: [3, 11, 0] },
    next: { executable: '/x/next', name: 'cpython', version: [4, 0, 0] },
  };
  const ask = (/** @type {string} */ file) => answers[file];
  assert.equal(findPython(undefined, () => ['shim', 'pypy', 'old', 'good', 'next'], ask), '/x/good');
  assert.equal(findPython(undefined, () => ['next'], ask), '/x/next');
  assert.equal(findPython(undefined, () => ['shim', 'pypy', 'old'], ask), null);
  assert.equal(findPython('good', () => assert.fail('not asked'), ask), '/x/good');
  assert.throws(() => findPython('shim', () => ['good'], ask), /^Error: PYTHON=shim: it does not run$/);
  assert.throws(() => findPython('old', () => ['good'], ask), /it is CPython 3\.10; 3\.11 or later is needed/);
  assert.throws(() => findPython('pypy', () => ['good'], ask), /it is pypy; CPython is needed/);
});

test('words are understood, or refused in one line', () => {
  assert.deepEqual(parse([]), { hosts: false, rounds: 3, patience: 60, json: null });
  assert.deepEqual(parse(['--json', '-', '--rounds', '5', '--patience', '0']), { hosts: false, rounds: 5, patience: 0, json: '-' });
  assert.deepEqual(parse(['--hosts', '--rounds', '9']), { hosts: true, rounds: 9, patience: 60, json: null });
  for (const [words, message] of /** @type {[string[], RegExp][]} */ ([
    [['--fast'], /no option "--fast"; there are --hosts, --rounds/], [['--json'], /--json needs a value/],
    [['--rounds', '2'], /--rounds "2": it must be a whole number from 3 to/], [['--patience', '-1'], /--patience "-1": it must be a whole number from 0 to/],
  ]))
    assert.throws(() => parse(words), message);
});

test('figures are free of the speed of the machine', () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.deepEqual(pythonSpeedups({ seconds: { cpu: { sequential: [2, 2, 9], threads: [2], processes: [1, 1] } } }), { 'cpu/threads': 1, 'cpu/processes': 2 });
  const runs = [['primes', 'sequential', 1], ['primes', 'threads', 1.9], ['primes', 'threads-gil', 0.99], ['pages', 'async', 16]]
    .map(([workload, method, speedup]) => ({ workload: String(workload), method: String(method), speedup: { median: Number(speedup) } }));
  assert.deepEqual(labSpeedups({ runs }, true), { 'cpu/threads': 0.99, 'io/async': 16 });
  assert.deepEqual(labSpeedups({ runs }, false), { 'cpu/threads': 1.9, 'io/async': 16 }, 'without a GIL CPython\'s threads stand beside ours without one');
  assert.deepEqual(responses([{ intervalUs: 5000, responseSeconds: 0.005 }]), { 'response/5000': 1 });
  const figures = switching([{ intervalUs: 1000, unitsPerSecond: 45, switchesPerSecond: 900 }, { intervalUs: 100_000, unitsPerSecond: 50, switchesPerSecond: 10 }]);
  assert.deepEqual(figures, { 'switches/1000': 0.9, 'throughput/1000': 0.9, 'switches/100000': 1, 'throughput/100000': 1 });
  assert.throws(() => switching([]), /no row for 100000 µs/);
});

test('who gains, who does not', () => {
  assert.deepEqual([1.31, 1.3, 1.2, 1.1, 0.8, 0.79].map(gain), ['gains', null, null, 'stays', 'stays', 'loses']);
  assert.equal(says('cpu/threads', 0.83, 1.05), 'yes');
  assert.equal(says('cpu/threads', 0.95, 1.9), 'no', 'threads under a GIL that gain');
  assert.equal(says('cpu/threads', 0.79, 0.81), 'yes', 'the two sides of an edge');
  assert.equal(says('io/threads', 1.9, 1.0), 'no', 'a GIL that is held while waiting');
  assert.equal(says('io/async', 20, 5), 'yes');
  assert.equal(says('cpu/processes', 1.8, 1.5), 'yes');
});

test('where two processes gain nothing anywhere the machine is busy; where one side gains, the other must', () => {
  assert.equal(says('cpu/processes', 1.02, 1.01), 'unclear');
  assert.equal(says('cpu/processes', 1.8, 1.0), 'no');
  assert.equal(says('cpu/processes', 1.0, 1.8), 'no');
});

test('the convoy is measured in intervals', () => {
  assert.equal(says('response/5000', 1.0, 1.1), 'yes');
  assert.equal(says('response/5000', 1.0, 0.01), 'no', 'no convoy');
  assert.equal(says('response/5000', 0.6, 1.9), 'no', 'more than a factor of 2 apart');
  assert.equal(says('response/5000', NaN, 1), 'no');
});

test('a switch an interval, unless the machine holds both back alike', () => {
  assert.equal(says('switches/5000', 0.97, 0.95), 'yes');
  assert.equal(says('switches/5000', 0.97, 2), 'no');
  assert.equal(says('switches/5000', 0.97, 0.5), 'no');
  assert.equal(says('switches/1000', 0.6, 0.69), 'explained');
  assert.equal(says('switches/1000', 0.4, 0.69), 'no');
  assert.equal(says('switches/1000', 1.5, 1.4), 'no', 'more often than the interval allows, though alike');
});

test('throughput over the interval has a direction', () => {
  assert.equal(direction([0.9, 0.97, 1, 1]), 'falls');
  assert.equal(direction([0.98, 1.01, 0.99, 1]), 'stays');
  assert.equal(direction([1.2, 1.1, 1]), 'rises');
  assert.equal(direction([0.9, 1.1, 1]), 'wavers');
  const one = (/** @type {number[]} */ values) => Object.fromEntries(values.map((value, i) => [`throughput/${SWITCHING[i]}`, value]));
  const judged = (/** @type {number[]} */ cpython, /** @type {number[]} */ native) =>
    verdict(shape('throughput/100'), { cpython: [one(cpython)], native: [one(native)], node: [] }, 'native', about);
  assert.equal(judged([0.85, 0.91, 0.96, 1, 1], [0.9, 0.98, 1, 1, 1]).verdict, 'yes');
  assert.equal(judged([0.96, 1, 1, 1, 1], [0.94, 0.99, 1, 1, 1]).verdict, 'yes', 'a fall of hardly anything');
  assert.deepEqual(judged([0.5, 0.9, 1, 1, 1], [1.2, 1.1, 1, 1, 1]), { verdict: 'no', why: "as the interval gets shorter CPython's throughput falls, the lab's rises" });
  assert.equal(judged([0.5, 0.9, 1, 1, 1], [1, 1, 1, 1, 1]).verdict, 'no', 'switching that costs nothing');
  assert.equal(judged([0.9, 1.1, 0.9, 1, 1], [0.9, 0.95, 1, 1, 1]).verdict, 'unclear', 'a disturbed machine');
  assert.equal(judged([0.9, 0.95, 1, 1, 1], [0.9, 1.1, 0.9, 1, 1]).verdict, 'no');
});

test('what one side lacks is not compared, and is told', () => {
  const row = shape('cpu/interpreters');
  assert.deepEqual(verdict(row, { cpython: [{}], native: [{ 'cpu/interpreters': 1.8 }], node: [] }, 'native', about), { verdict: 'n/a', why: 'CPython 3.11.7 has no such executor' });
  assert.equal(verdict(shape('response/1000'), { cpython: [], native: [], node: [] }, 'native', { ...about, gil: false }).why, 'this CPython has no GIL');
});

test('medians of all repetitions are judged, and shown beside each other with the reasons', () => {
  const key = 'response/5000', row = shape(key);
  const samples = { cpython: [{ [key]: 1 }, { [key]: 9 }, { [key]: 1.1 }], native: [{ [key]: 1 }], node: [{ [key]: 7 }] };
  const rows = [{ shape: row, native: verdict(row, samples, 'native', about), node: verdict(row, samples, 'node', about) }];
  const text = report(rows, samples, about, true);
  assert.match(text, /^convoy, interval 5 ms +1\.10 +1\.00 +7\.00 +native yes, Node no \[1\]$/m);
  assert.match(text, /^\[1\] a response is not within a factor of 2 of one interval$/m);
  assert.equal(summary(rows), '1 of 1 shapes disagree.');
  assert.equal(summary([{ ...rows[0], node: null }]), 'Every shape agrees or is explained.');
  assert.match(summary([{ shape: row, native: { verdict: 'unclear' }, node: null }]), /could not be judged: the machine is busy/);
  assert.equal(table([['a', 'bb'], ['ccc', 'd']]), 'a    bb\nccc  d');
});
