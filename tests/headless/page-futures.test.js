// The Futures exhibit: functions out of C files, what is known of the suite, its address, a cycle's places.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { Board } from '../../web/futures/board.js';
import { cycleSentence, edgeWords, placeNodes, waitWords } from '../../web/futures/deadlock.js';
import { extractFunction } from '../../web/futures/extract.js';
import { GROUPS, RULES } from '../../web/futures/rules.js';
import { DEADLOCKS, readAddress, toArgv, writeAddress } from '../../web/futures/settings.js';

const FAKE = readFileSync(new URL('../browser/fixtures/rules_fake.c', import.meta.url), 'utf8');

test('a function comes with its comment, up to its closing brace, past its declaration and its uses', () => {
  const found = extractFunction(FAKE, 'pending_then_running_then_finished') ?? assert.fail();
  const lines = found.text.split('\n');
  assert.equal(lines[0], '/* A future goes one way: pending, running, finished. */');
  assert.equal(lines[1], 'static void pending_then_running_then_finished(struct lab_trial *t)');
  assert.equal(lines.at(-1), '}');
  assert.equal(lines.filter((line) => line.includes('EXPECT')).length, 2);
  assert.equal(FAKE.split('\n')[found.firstLine - 1], lines[0]);
});

test('a type on a line of its own, a comment of several lines', () => {
  const found = extractFunction(FAKE, 'cancelling_what_runs_is_refused') ?? assert.fail();
  assert.deepEqual(found.text.split('\n').slice(0, 4), ['/* What runs is not cancelled;', ' * what is pending is. */', 'static void', 'cancelling_what_runs_is_refused(struct lab_trial *t)']);
});

test('a function without a comment begins with itself; what is no function is not found', () => {
  assert.match(extractFunction(FAKE, 'held')?.text ?? '', /^static struct lab_future \*held\(struct lab_trial \*t\)\n\{\n {4}return/);
  assert.equal(extractFunction('int x; /* x */\nint f(void)\n{\n}\n', 'f')?.firstLine, 2);
  for (const name of ['trial_hold', 'EXPECT', 'nothing', 'a b', '.*', '', 'lab_rules_fake']) assert.equal(extractFunction(FAKE, name), null, name);
  assert.equal(extractFunction('int f(void)\n{\n', 'f'), null, 'cut off');
});

test('every C function of the workloads is found in its own file', () => {
  const folder = new URL('../../core/workloads/', import.meta.url);
  let found = 0;
  for (const name of readdirSync(folder).filter((one) => one.endsWith('.c'))) {
    const source = readFileSync(new URL(name, folder), 'utf8');
    for (const [, called = ''] of source.matchAll(/^(?:static )?[\w ]+ \*?(\w+)\([^;{]*\)\n\{$/gm)) {
      const text = extractFunction(source, called)?.text ?? assert.fail(`${name}: ${called}`);
      assert.ok(text.includes(`${called}(`) && text.endsWith('\n}') && text.split('\n}').length === 2, `${name}: ${called}`);
      found++;
    }
  }
  assert.ok(found > 30, `${found}`);
});

test('every case of the suite names a function that is there', () => {
  let found = 0;
  const folder = new URL('../../core/exhibits/futures/', import.meta.url);
  for (const name of readdirSync(folder).filter((one) => /^rules_.*\.c$/.test(one))) {
    const source = readFileSync(new URL(name, folder), 'utf8');
    for (const [, called = ''] of source.matchAll(/^static void (\w+)\(struct lab_trial \*\w+\)\n\{/gm)) {
      assert.ok(extractFunction(source, called), `${name}: ${called}`);
      found++;
    }
  }
  assert.ok(found > 100, `${found}`);
});

test('the rules are the 23, each once, and the deadlocks', () => {
  assert.deepEqual(RULES.map(({ rule }) => rule), [...Array.from({ length: 23 }, (_, i) => i + 1), 0]);
  assert.equal(GROUPS.length, 7);
  for (const { title, meaning } of RULES) assert.ok(title.length > 3 && /[.]$/.test(meaning), title);
});

const CASES = [1, 1, 2, 0].map((rule, i) => ({ rule, case: `case_${i}`, title: '', meaning: '', source: 'x.c' }));

test('a rule is what its cases are, on each executor', () => {
  const board = new Board(['a']);
  assert.equal(board.cell(1, 'a').state, 'waiting');
  board.begin({ executors: ['threads', 'async'], cases: CASES });
  assert.deepEqual(board.counts, { pass: 0, fail: 0, 'n/a': 0, done: 0, total: 8 });
  board.take({ rule: 1, case: 'case_0', executor: 'threads', status: 'pass' });
  assert.deepEqual(board.cell(1, 'threads'), { state: 'waiting', done: 1, total: 2, reasons: [] });
  board.take({ rule: 1, case: 'case_1', executor: 'threads', status: 'n/a', reason: 'Why.' });
  assert.equal(board.cell(1, 'threads').state, 'pass', 'one case that does not apply leaves the others');
  board.take({ rule: 1, case: 'case_0', executor: 'async', status: 'n/a', reason: 'Why.' });
  board.take({ rule: 1, case: 'case_1', executor: 'async', status: 'n/a', reason: 'Why.' });
  assert.deepEqual(board.cell(1, 'async'), { state: 'n/a', done: 2, total: 2, reasons: ['Why.'] });
  assert.deepEqual(board.failing(), []);
  board.take({ rule: 2, case: 'case_2', executor: 'async', status: 'fail', reason: 'No.' });
  assert.deepEqual(board.cell(2, 'async'), { state: 'fail', done: 1, total: 1, reasons: ['No.'] });
  assert.deepEqual(board.failing(), [2]);
  board.take({ rule: 0, case: 'case_3', executor: 'threads', status: 'fail' });
  assert.deepEqual(board.counts, { pass: 1, fail: 2, 'n/a': 3, done: 6, total: 8 });
  assert.deepEqual(board.failing(), [2, 0]);
});

test('the document is the last word', () => {
  const board = new Board(['threads']);
  board.begin({ executors: ['threads'], cases: CASES });
  board.take({ rule: 2, case: 'case_2', executor: 'threads', status: 'pass' });
  board.end(/** @type {any} */ ({ rules: [{ rule: 2, case: 'case_2', executor: 'threads', status: 'fail', reason: 'Late.' }] }));
  assert.deepEqual(board.failing(), [2]);
});

test('the address says what runs', () => {
  assert.deepEqual(readAddress(''), { deadlock: null, run: false, seed: null, problem: '', wrong: false });
  for (const { name } of DEADLOCKS) {
    const address = { deadlock: name, run: false, seed: null };
    assert.deepEqual(readAddress(writeAddress(address)), { ...address, problem: '', wrong: false });
    assert.deepEqual(toArgv(address), ['futures', '--deadlock', name, '--json', '-']);
  }
  const replay = { deadlock: null, run: true, seed: '9007199254740991' };
  assert.deepEqual(readAddress(writeAddress(replay)), { ...replay, problem: '', wrong: false });
  assert.deepEqual(toArgv(replay), ['futures', '--seed', '9007199254740991', '--json', '-']);
  assert.match(readAddress('?deadlock=other').problem, /There is no deadlock “other”; there are mutual and nested\./);
  assert.match(readAddress('?seed=-1').problem, /whole number/);
  assert.match(readAddress('?sed=1').problem, /“sed”/);
  const wrong = (/** @type {string} */ search) => readAddress(search).wrong;
  assert.deepEqual(['?run&seed=abc', '?deadlock=other', '?sed=1&run&seed=-1', '?sed=1&run', '?run&seed=0'].map(wrong), [true, true, true, false, false]);
  assert.match(readAddress('?sed=1&seed=-1').problem, /whole number/, 'what keeps it from running comes first');
});

test('a cycle’s nodes stand apart, within the drawing', () => {
  for (const count of [1, 2, 3, 4]) {
    const cycle = Array.from({ length: count }, (_, i) => ({ worker: `thread ${i + 1}`, task: `task ${i + 1}`, waitsFor: `future ${i + 2}`, because: `future ${i + 2} runs on thread ${i + 2}` }));
    for (const width of [328, 600]) {
      const { nodes, height } = placeNodes(cycle, width);
      assert.equal(nodes.length, 2 * count);
      for (const [i, { x, y }] of nodes.entries()) {
        assert.ok(x >= 55 && x <= width - 55 && y >= 25 && y <= height - 25, `${count} ${i}: ${x} ${y} of ${width} × ${height}`);
        for (const other of nodes.slice(i + 1)) assert.ok(Math.abs(other.x - x) > 130 || Math.abs(other.y - y) > 60, `${count}: two nodes on each other`);
      }
    }
  }
  assert.deepEqual(['task 2 runs on thread 2', 'task 2 is pending, and all 2 workers of the pool wait', 'of something'].map(edgeWords), ['runs on', 'pending, needs', 'hangs on']);
  assert.equal(waitWords({ worker: 'thread 1', task: 'task 1', waitsFor: 'task 2', because: 'task 2 runs on thread 2' }), 'Thread 1 runs task 1, which waits for the result of task 2: task 2 runs on thread 2.');
  assert.equal(cycleSentence({ sentence: 'deadlock: thread 1 (task 1) waits for task 2' }), 'Thread 1 (task 1) waits for task 2.');
});
