// What a person gets with nothing but defaults: every workload at its own size, under every method, with 1 to 16 workers,
// in one run; and the defaults of a machine with many cores. Tests at small sizes prove nothing about these.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkCores, checkSizes, sizeWords } from '../sizes.js';
import { document, programs, runner } from './program.js';

const run = runner('compare');
const TIMEOUT = 15 * 60_000;

for (const [name, program] of Object.entries(programs)) {
  test(`${name}: every workload at its default size under every method`, async () => {
    const { status, out, err } = await run(program, sizeWords.slice(1), { timeout: TIMEOUT });
    checkSizes(document(out, 'compare'));
    assert.equal(status, 0, err);
  });

  test(`${name}: the defaults of a machine with 64 cores`, async () => {
    // Its defaults but for the time; sizes.long.js takes all of it.
    const { status, out, err } = await run(program, ['primes', '--rounds', '1', '--seconds', '0.1', '--json', '-'], { timeout: TIMEOUT, env: { LAB_CORES: '64' } });
    checkCores(document(out, 'compare'), 64);
    assert.equal(status, 0, err);
  });
}
