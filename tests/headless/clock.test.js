// Coarse clocks: Firefox with privacy.resistFingerprinting has steps of 16.67 ms, others of 1 or 100 ms. Small batches
// never ended, the latency page stood at 0 of 3, and the GIL was held for "0 s". The programs are the real ones; their clock
// is made coarse from outside (tests/clock).

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { document, programs, root, runner } from './program.js';

const run = runner();
const STEP_NS = 16_666_667;
const STEP = STEP_NS / 1e9;
const WAYS = {
  native: { LD_PRELOAD: join(root, 'build/release/core/libcoarse_clock.so') },
  node: { NODE_OPTIONS: `--import=${pathToFileURL(join(root, 'tests/clock/coarse.mjs'))}` },
};

/** No time in it is none, or less. @param {any} value @param {string} [path] */
function sound(value, path = '') {
  if (typeof value === 'number' && /(seconds|\.p50|\.p90|\.p99|\.mean|\.median|\.low|\.high)$/i.test(path) && !/observer|jitter|autocorr/i.test(path)) assert.ok(value > 0, `${path}: ${value}`);
  else if (value && typeof value === 'object') for (const [key, inner] of Object.entries(value)) sound(inner, `${path}.${key}`);
}

for (const way of /** @type {const} */ (['native', 'node'])) describe(`a clock with steps of 16.67 ms, ${way}`, () => {
  const program = programs[way], env = { ...WAYS[way], COARSE_CLOCK_NS: String(STEP_NS) };

  test('compare repeats what is short until the clock sees it', async () => {
    const { status, out } = await run(program, ['compare', 'primes', '--size', '2', '--methods', 'sequential,threads', '--workers', '2', '--rounds', '5', '--seconds', '1', '--json', '-'], { env });
    const result = document(out);
    assert.equal(status, 0, out);
    assert.ok(Math.abs(result.environment.timerResolutionNs / STEP_NS - 1) < 0.02, `steps of ${result.environment.timerResolutionNs} ns`);
    sound(result.runs);
    for (const cell of result.runs) {
      assert.ok(cell.verified && cell.samples.length >= 5, cell.method);
      for (const sample of cell.samples) assert.ok(sample * cell.repeats >= 39 * STEP, `${cell.method}: ${sample} s, ${cell.repeats} times`);
      assert.ok(cell.seconds.high - cell.seconds.low >= (STEP / cell.repeats) * 0.99, 'no interval is narrower than the clock');
      assert.equal(cell.latency, null);
      assert.ok(cell.startupSeconds === null || cell.startupSeconds >= 0.98 * STEP, 'nothing is claimed below a step');
    }
  });

  test('spin sees how long a spinner stood', async () => {
    const { status, out } = await run(program, ['spin', 'sequential', '--seconds', '0.5', '--json', '-'], { env });
    assert.equal(status, 0, out);
    assert.ok(document(out).runs[0].longestFreezeSeconds > 0.4);
  });

  test('spin does not say how late a frame was by less than a step', async () => {
    const { status, out } = await run(program, ['spin', 'threads', '--seconds', '0.5'], { env });
    assert.equal(status, 0, out);
    assert.match(out, /^ {2}threads +\d+ +\d+ ms +(< 16\.7|\d{2,3}(\.\d)?) ms /m);
  });

  test('gil tells means, and no quantile that is none', async () => {
    const { status, out } = await run(program, ['gil', '--seconds', '4', '--json', '-'], { env });
    const { gil } = document(out);
    assert.equal(status, 0, out);
    sound(document(out).gil);
    for (const times of [gil.holdSeconds, gil.waitSeconds, gil.responseSeconds])
      if (times !== null) {
        assert.ok(times.mean > 0);
        for (const quantile of [times.p50, times.p90, times.p99]) assert.ok(quantile === null || quantile >= 1.9 * STEP, `${quantile} s`);
      }
  });

  test('latency ends in about the time that it was given, with numbers or reasons', async () => {
    const { status, out } = await run(program, ['latency', '--only', way === 'node' ? 'mutex,l1-cache,task-async,message-0b' : 'mutex,l1-cache,task-async', '--seconds', '6', '--json', '-'], { env });
    const { rows, ladder } = document(out);
    assert.equal(status, 0, out);
    sound({ rows, ladder });
    for (const row of rows) assert.ok(row.seconds > 0 || row.reason, row.name);
    assert.ok(rows.some((/** @type {any} */ row) => row.seconds > 0));
  });
});
