// What `npm test -- tidy` reads, and that a finding is a failure; without clang-tidy, which takes minutes.

import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { failures, ownSources } from '../../.ci/tidy.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

test("clang-tidy reads the program's sources, each once, and not the tests", () => {
  const files = ['/x/core/lab/text.c', '/x/core/check.c', '/x/core/lab/text_test.c', '/x/core/failing.c', '/x/core/gil/gil.c', '/x/core/lab/text.c', '/x/core/lab/spell_check.c', '/x/tests/clock/coarse.c'];
  assert.deepEqual(ownSources(files.map(file => ({ file }))), ['/x/core/gil/gil.c', '/x/core/lab/spell_check.c', '/x/core/lab/text.c']);
});

test('every finding is shown, once, and counts for the files that have it', async () => {
  const program = `
    const file = process.argv[1];
    console.error('3 warnings generated.');
    if (file === 'good.c') process.exit(0);
    if (file === 'unread.c') { console.error('no such file'); process.exit(1); }
    console.log('${root}/core/x.h:1:2: error: in a header [check]\\n   1 | code\\n' + file + ':3:4: warning: here [check]');
    process.exit(1);`;
  const shown = /** @type {string[]} */ ([]);
  assert.equal(await failures([process.execPath, '-e', program], ['a.c', 'good.c', 'b.c', 'unread.c'], text => shown.push(text)), 3);
  assert.deepEqual(shown.sort(), ['3 warnings generated.\nno such file\n', 'a.c:3:4: warning: here [check]\n', 'b.c:3:4: warning: here [check]\n',
    'core/x.h:1:2: error: in a header [check]\n   1 | code\n']);
  await assert.rejects(failures(['/nowhere/clang-tidy'], ['a.c']), /ENOENT/);
});
