// What the build makes of a page: its first script stands in it, and it names every module that it needs.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { bundled, importsOf, inSite } from '../../.ci/build.mjs';

const web = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'web');
const pages = readdirSync(web).filter(name => name.endsWith('.html')).map(name => ({ name, text: inSite(name, readFileSync(join(web, name), 'utf8')) }));

test('the modules that a module imports, and those that they import', () => {
  assert.deepEqual([...importsOf('worker/turner.js')], ['worker/soon.js', 'worker/node-threads.js']);
  assert.deepEqual([...importsOf('worker/relay.js')], [], 'nothing that is imported later');
  assert.ok(importsOf('web/main.js').has('web/dom.js') && !importsOf('web/main.js').has('web/compare.js'));
});

test('a process is one file: it imports nothing, and says of which build it is', () => {
  const text = bundled('isolate.js').toString();
  assert.doesNotMatch(text, /^\s*(?:import|export [^'"]*from)\b|\bimport\(/m);
  assert.match(text, /build = "__BUILD_VERSION__"/);
  const cwd = process.cwd();
  process.chdir('/');
  try {
    assert.equal(bundled('isolate.js').toString(), text, 'wherever it is built from');
  } finally {
    process.chdir(cwd);
  }
  assert.match(text, /^export \{\s*build\s*\};$/m);
});

for (const { name, text } of pages)
  test(`${name} names what it needs, once`, () => {
    const named = [...text.matchAll(/(?:modulepreload"[^>]* href|type="module" src)="([^"]+)"/g)].map(([, path]) => `web/${path}`.replace('web/worker/', 'worker/'));
    assert.equal(new Set(named).size, named.length);
    for (const module of named) for (const other of importsOf(module)) assert.ok(named.includes(other), `${other}, of ${module}`);
  });

for (const { name, text } of pages)
  test(`${name} begins with a script that its policy lets in`, () => {
    const scripts = [...text.matchAll(/<script>([^]*?)<\/script>/g)].map(([, script]) => script ?? '');
    assert.equal(scripts.length, 1);
    const hash = createHash('sha256').update(scripts[0] ?? '').digest('base64');
    assert.ok(text.includes(`script-src 'self' 'sha256-${hash}' 'wasm-unsafe-eval'`));
    assert.ok(text.indexOf('<script>') < text.indexOf('<link'), 'before anything is asked for');
    assert.doesNotMatch(text, /begin\.js|<!-- include/);
  });
