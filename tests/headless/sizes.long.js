// The command line's defaults on a machine with many cores, natively and with no words at all but for where the result goes.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkCores } from '../sizes.js';
import { document, programs, runner } from './program.js';

const run = runner('compare');

test('the defaults of a machine with 64 cores', { skip: !('native' in programs) }, async () => {
  const { status, out, err } = await run(programs.native ?? [], ['--json', '-'], { timeout: 15 * 60_000, env: { LAB_CORES: '64' } });
  checkCores(document(out, 'compare'), 64);
  assert.equal(status, 0, err);
});
