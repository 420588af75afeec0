// The protocols of the lock-free parts, as Promela models beside this file: spin walks through every interleaving,
// and finds the error in each model's broken variant.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const folder = dirname(fileURLToPath(import.meta.url));

/** What spin says about a model. @param {string} model @param {string[]} [defines] */
function search(model, defines = []) {
  const scratch = mkdtempSync(join(tmpdir(), 'lab-model-')); // spin leaves its search program and the trail of an error
  try {
    return execFileSync('spin', [...defines, '-run', '-safety', '-noclaim', join(folder, model)], { cwd: scratch, encoding: 'utf8' });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

for (const model of readdirSync(folder).filter((name) => name.endsWith('.pml')))
  test(`${model}: every interleaving`, () => {
    const said = search(model);
    assert.match(said, /errors: 0\n/);
    assert.doesNotMatch(said, /Search not completed|max search depth too small/);
    assert.match(search(model, ['-DBROKEN']), /errors: [1-9]/);
  });
