// lab bench: its words, its document, its end. Nothing here is about how fast anything is.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
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
      const { status, out, err } = await run(program, ['--rounds', '3', '--seconds', '1', '--seed', '5', '--only', only.join(','), '--json', '-']);
      assert.equal(err, '');
      assert.equal(status, 0);
      const result = read(out);
      assert.equal(result.command, 'bench');
      assert.equal(result.seed, 5);
      assert.equal(result.stopped, false);
      assert.deepEqual(result.rows.map((/** @type {Row} */ row) => row.name), only);
      for (const row of /** @type {Row[]} */ (result.rows)) {
        assert.equal(row.reason, null, row.name);
        assert.ok(row.rounds >= 3, row.name);
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

    test('a file that cannot be written: status 1, and the table is not lost', async () => {
      const { status, out, err } = await run(program, ['--only', 'checkpoint-primes', '--rounds', '1', '--seconds', '0.1', '--json', join(folder, 'no', 'such.json')]);
      assert.equal(status, 1);
      assert.match(err, /such\.json: no such file/i);
      assert.match(out, /checkpoint-primes/);
    });
  });
