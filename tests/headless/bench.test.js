// lab bench: its words, its document, its end; the peers and what is kept. Nothing here is about how fast anything is.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { beside, pageOptions, splitOnly, takeWords } from '../../.ci/bench.mjs';
import { inReadme, merge } from '../../.ci/bench-results.mjs';
import { document, programs, refuses, runner, scratch } from './program.js';

const run = runner('bench');
const folder = scratch('bench');
const read = (/** @type {string} */ out) => document(out, 'bench');

/** @typedef {{ name: string, ours: number, peer: number, ratio: number, low: number, high: number, direction: string,
 *   goal: number | null, met: boolean | null, rounds: number, reason: string | null, peerName: string | null,
 *   peers: { name: string, value: number | null, reason: string | null }[] }} Row */

for (const [name, program] of Object.entries(programs))
  describe(`lab bench, ${name}`, () => {
    test('rows by name: ours, the peer, the ratio and its interval, the goal and whether it is met', async () => {
      const only = ['checkpoint-primes', 'burst-threads', 'burst-processes', 'submit-result-threads', 'gil-take'];
      const { status, out, err } = await run(program, ['--rounds', '5', '--seconds', '1', '--seed', '5', '--only', only.join(','), '--json', '-']);
      assert.equal(err, '');
      assert.equal(status, 0);
      const result = read(out);
      assert.equal(result.command, 'bench');
      assert.equal(result.seed, 5);
      assert.equal(result.stopped, false);
      assert.deepEqual(result.rows.map((/** @type {Row} */ row) => row.name), only);
      for (const row of /** @type {Row[]} */ (result.rows)) {
        assert.equal(row.reason, null, row.name);
        assert.ok(row.rounds >= 5, row.name);
        assert.ok(Math.abs(row.ratio / (row.ours / row.peer) - 1) < 1e-6, row.name);
        const known = row.peers.filter(peer => peer.value !== null);
        const values = known.map(peer => Number(peer.value));
        assert.equal(row.peer, row.direction === 'at most' ? Math.min(...values) : Math.max(...values), row.name);
        assert.ok(known.some(peer => peer.name === row.peerName && peer.value === row.peer), row.name);
        assert.ok(row.low <= row.ratio && row.ratio <= row.high, row.name);
        const [worse, better] = row.direction === 'at most' ? [row.high, row.low] : [row.low, row.high];
        const reaches = (/** @type {number} */ ratio) => (row.direction === 'at most' ? ratio <= Number(row.goal) : ratio >= Number(row.goal));
        assert.equal(row.met, row.goal === null ? null : reaches(worse) ? true : reaches(better) ? null : false, row.name);
      }
      assert.equal(result.rows[0].goal, 1.01);
      assert.equal(result.rows[0].direction, 'at most');
      assert.equal(result.rows[1].direction, 'at least');
      assert.equal(result.rows[2].goal, null);
    });

    test('a table for people, and the document in a file', async () => {
      const file = join(folder, `${name}.json`);
      const { status, out } = await run(program, ['--only=checkpoint-mandelbrot', '--rounds', '1', '--seconds', '0.1', '--json', file]);
      assert.equal(status, 0);
      assert.match(out, /row +ours +peer +ours \/ peer +goal +met/);
      assert.match(out, /\n {2}checkpoint-mandelbrot +[\d.]+ [mu]s +[\d.]+ [mu]s .*<= 1\.01 .*no checkpoints\n/);
      assert.equal(read(readFileSync(file, 'utf8')).rows.length, 1);
    });

    test('wrong words: status 2, one line on stderr, nothing on stdout', async () => {
      await refuses(run, program, [
        [['--only', 'burst-fibers'], /--only: no row is called "burst-fibers"; there are burst-threads-js, .*; without --only all are run/],
        [['--only', 'burst-threads,'], /no row is called ""; there are checkpoint-primes, .*, …; /],
        [['--only', 'x'.repeat(500)], /no row is called "x+"/],
        [['--only'], /--only needs a value/],
        [['--rounds', '0'], /--rounds "0": it must be a whole number from 1 to 1000/],
        [['--seconds', 'NaN'], /--seconds "NaN": it must be a number from 0\.1 to 3600/],
        [['--seed', '-1'], /--seed "-1"/],
        [['--seed', '9007199254740992'], /--seed "9007199254740992": it must be a whole number from 0 to 9007199254740991/],
        [['--seconds', 'inf'], /--seconds "inf": it must be/],
        [['--json', '--only'], /--json needs a file name; --only reads as an option/],
        [['--fast'], /bench has no option --fast/],
        [['burst-threads'], /bench takes options and no other words, not "burst-threads"/],
      ]);
    });

    test('Ctrl-C: what was measured is reported, the rest says why not', async () => {
      const start = performance.now();
      const { status, out } = await run(program, ['--rounds', '1000', '--seconds', '600', '--only', 'burst-threads,gil-take', '--json', '-'], { interruptAfter: 3000 });
      assert.equal(status, 1);
      const result = read(out);
      assert.equal(result.stopped, true);
      assert.match(result.rows[1].reason, /stopped/);
      assert.ok(performance.now() - start < 30_000);
    });

    test('a file that cannot be written: status 1, before anything is measured', async () => {
      const { status, out, err } = await run(program, ['--only', 'checkpoint-primes', '--rounds', '1', '--seconds', '0.1', '--json', join(folder, 'no', 'such.json')]);
      assert.equal(status, 1);
      assert.match(err, /such\.json: no such file/i);
      assert.equal(out, '');
    });
  });

describe('peers', () => {
  const peers = fileURLToPath(new URL('../bench/peers.mjs', import.meta.url));
  /** The answers to some orders. @param {string[]} orders @param {string[]} words */
  const ask = (orders, words = []) => {
    const done = spawnSync(process.execPath, [peers, ...words], { input: orders.map(order => `${order}\n`).join(''), encoding: 'utf8' });
    assert.equal(done.status, 0, done.stderr);
    return done.stdout.trimEnd().split('\n');
  };

  test("what JavaScript's side answers", () => {
    const answers = ask(['js trips piscina', 'js bytes poolifier', 'js coroutines 1000', 'js post 1048576']);
    assert.deepEqual(answers, ['ok 300', 'ok 5000', 'ok 1000', 'ok 1048576']);
  });

  test('what is not there is said in words', () => {
    assert.deepEqual(ask(['js trips threadpool', 'python burst threads', 'native burst-threads', 'js', 'js fetches 1 1 http://127.0.0.1:1/']), [
      'unavailable no pool is called threadpool',
      'unavailable there is no CPython of 3.11 or later',
      'unavailable the native program was not named',
      'unavailable no peer takes the order "js"',
      'failed fetch failed',
    ]);
  });

  for (const [name, program] of Object.entries(programs))
    test(`lab bench, ${name}, asks them, and leaves out who is not there`, async () => {
      const row = name === 'node' ? 'submit-result-js' : 'interpreters-python';
      const { status, out, err } = await run(program, ['--only', row, '--rounds', '1', '--seconds', '0.1', '--json', '-'],
        { env: { LAB_PEERS: `exec '${process.execPath}' '${peers}'` } });
      assert.equal(err, '');
      assert.equal(status, 0);
      const [{ ours, peers: there, reason }] = read(out).rows;
      assert.equal(reason, null);
      assert.ok(ours > 0);
      if (name === 'node') assert.ok(there.every((/** @type {Row['peers'][0]} */ { value, reason }) => Number(value) > 0 && reason === null), out);
      else assert.deepEqual(there, [{ name: 'InterpreterPoolExecutor', value: null, reason: 'there is no CPython of 3.11 or later' }]);
    });

  test('a program of peers that ends, or says something else, is a failure of the peer', async () => {
    for (const [peersProgram, sentence] of /** @type {[string, RegExp][]} */ ([['exit 1', /the peers' program ended/], ['read order; echo hello; read order', /the peer answered "hello"/]]))
      for (const program of Object.values(programs)) {
        const { status, out } = await run(program, ['--only', 'interpreters-python', '--rounds', '1', '--seconds', '0.1', '--json', '-'], { env: { LAB_PEERS: peersProgram } });
        assert.equal(status, 1);
        assert.match(read(out).rows[0].peers[0].reason, sentence);
        assert.ok(read(out).rows[0].ours > 0);
      }
  });
});

describe('what is kept', () => {
  const row = { name: 'a', title: 'A', unit: 'tasks/s', ours: 2e6, peer: 1e6, peerName: 'b', peers: { b: 1e6 }, ratio: 2, low: 1.9, high: 2.1,
    direction: /** @type {const} */ ('at least'), goal: 1.5, goalOf: /** @type {const} */ ('ratio'), beside: null, met: true, note: null };
  const kept = (/** @type {string} */ program, /** @type {object} */ changes) => ({ program, measured: '2026-01-02', row: { ...row, ...changes } });
  const results = { machine: { processor: 'P', memory: '1 GiB', system: 'linux' }, programs: { native: 'native (gcc)' }, rows: [kept('native', {}), kept('node', { name: 'c' })] };

  test('a run of some rows replaces those, where they stand; another machine replaces all', () => {
    const fresh = { ...results, programs: { node: 'node 20' }, rows: [kept('node', { name: 'c', ours: 7 }), kept('node', { name: 'd' })] };
    const merged = merge(results, fresh);
    assert.deepEqual(merged.rows.map(({ program, row: { name, ours } }) => [program, name, ours]), [['native', 'a', 2e6], ['node', 'c', 7], ['node', 'd', 2e6]]);
    assert.deepEqual(merged.programs, { native: 'native (gcc)', node: 'node 20' });
    const other = { ...fresh, machine: { ...results.machine, processor: 'Q' } };
    assert.deepEqual(merge(results, other), other);
  });

  test('the table stands between its markers, and why a goal was missed below it', () => {
    const text = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
    const changed = inReadme(text, { ...results, rows: [kept('native', {})] });
    assert.match(changed, /\n\| what \| goal \| best peer \| native \|\n.*\n\| A \| ≥ 1\.50 \| b \| 2\.00 M\/s; \*\*2\.00\*\* \(1\.90–2\.10\); met \|\n<!-- its end -->\n/);
    const missed = inReadme(text, { ...results, rows: [kept('node', { met: false, note: 'The floor is 3.' }), kept('native', { note: 'Met.' })] });
    assert.match(missed, /\| 2\.00 M\/s; .*; missed \| .*; met \|\n\n<details>.*\n\n- A \(node\): The floor is 3\.\n\n<\/details>\n<!-- its end -->/);
    const both = inReadme(text, { ...results, rows: ['native', 'node'].map((program) => kept(program, { met: null, note: 'Why.' })) });
    assert.match(both, /\n- A \(native, node\): Why\.\n/);
    assert.equal(inReadme(changed, results), inReadme(text, results));
    assert.throws(() => inReadme('nothing', results), /no place for the table/);
  });

  test("the command's own words", () => {
    assert.deepEqual(takeWords(['--only', 'a', '--json', 'x.json', '--keep']), { rest: ['--only', 'a'], json: 'x.json', browsers: false, keep: true });
    assert.deepEqual(takeWords(['--json=-', '--browsers']), { rest: [], json: '-', browsers: true, keep: false });
    assert.deepEqual(takeWords(['--json']).rest, ['--json']); // the program says what is wrong with it
    assert.deepEqual(splitOnly(['--seconds', '1'], ['page-ready', 'pool-threads']), { page: null, others: ['--seconds', '1'] });
    assert.deepEqual(splitOnly(['--only', 'page-ready,gil-take', '--seed', '1'], ['page-ready', 'pool-threads']), { page: ['page-ready'], others: ['--only', 'gil-take', '--seed', '1'] });
    assert.deepEqual(splitOnly(['--only=page-ready'], ['page-ready', 'pool-threads']), { page: ['page-ready'], others: null });
    assert.deepEqual(pageOptions(['--rounds', '4', '--only', 'a', '--seconds=2.5']), { rounds: 4, seconds: 2.5 });
    assert.deepEqual(pageOptions(['--only', 'a']), {});
    assert.throws(() => pageOptions(['--rounds', '1.5']), /--rounds takes a whole number above 0, not "1\.5"/);
    assert.throws(() => pageOptions(['--seconds']), /--seconds takes a number above 0, not ""/);
    assert.equal(beside('out/x.json', 'node'), join('out', 'x.node.json'));
  });
});
