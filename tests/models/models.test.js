// The protocols of the lock-free parts, as Promela models beside this file: spin walks through every interleaving,
// and finds the error in each of a model's broken variants. A model names its variants by what it asks for in #ifdef:
// ALSO_… must be free of errors like the model itself, BROKEN… must not.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const folder = dirname(fileURLToPath(import.meta.url));

/** What spin says about a model. @param {string} model @param {string[]} [defines] */
async function search(model, defines = []) {
  const scratch = mkdtempSync(join(tmpdir(), 'lab-model-')); // spin leaves its search program and the trail of an error
  try {
    return (await promisify(execFile)('spin', [...defines, '-run', '-safety', '-noclaim', join(folder, model)], { cwd: scratch, maxBuffer: 2 ** 26 })).stdout;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

// As many at a time as the machines that this is tested on have cores.
describe('models', { concurrency: 2 }, () => {
  for (const model of readdirSync(folder).filter((name) => name.endsWith('.pml'))) {
    const names = [...readFileSync(join(folder, model), 'utf8').matchAll(/^#ifn?def (\w+)/gm)].map((match) => match[1]);
    /** @param {RegExp} kind */
    const variants = (kind) => [...new Set(names)].filter((name) => kind.test(name)).map((name) => `-D${name}`);
    test(`${model}: every interleaving`, async () => {
      for (const variant of [[], ...variants(/^ALSO_/).map((define) => [define])]) {
        const said = await search(model, variant);
        assert.match(said, /errors: 0\n/, variant.join());
        assert.doesNotMatch(said, /Search not completed|max search depth too small/);
      }
      const broken = variants(/^BROKEN/);
      assert.notEqual(broken.length, 0, 'a model without a broken variant proves nothing');
      for (const variant of broken) assert.match(await search(model, [variant]), /errors: [1-9]/, variant);
    });
  }
});
