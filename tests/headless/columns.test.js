// C has at most 100 characters a line, comments too, which clang-format does not break.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';

const MOST = 100;
const core = new URL('../../core/', import.meta.url);

test(`no line of core/ has more than ${MOST} characters`, () => {
  const files = readdirSync(core, { recursive: true, encoding: 'utf8' }).filter(file => /\.[ch]$/.test(file)).sort();
  assert.ok(files.length > 200);
  const long = files.flatMap(file => readFileSync(new URL(file, core), 'utf8').split('\n')
    .flatMap((line, i) => [...line].length > MOST ? `core/${file}:${i + 1}` : []));
  assert.equal(long.join('\n'), '');
});
