// What the build makes of a page: its first script stands in it, and it names every module that it needs.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { test } from 'node:test';
import { generateSchemaCheck, webFiles } from '../../.ci/build.mjs';
import { oneFile } from '../../.ci/bundle.mjs';
import { checkPages } from '../../.ci/pages.mjs';
import { GROUPS, PAGES } from '../../web/pages.js';

await generateSchemaCheck();
const files = await webFiles();
const pages = [...files].filter(([path]) => path.endsWith('.html')).map(([name, text]) => ({ name, text: String(text) }));

/** What a module of the site imports at once, or later. @param {string} path @param {RegExp} how */
const imports = (path, how) => [...String(files.get(path)).matchAll(how)].map(([, specifier]) => posix.join(posix.dirname(path), String(specifier)));
const AT_ONCE = /^(?:import|\} from|export .* from)\b[^'"();]*?["'](\.[^"']+)["'];$/gm;
const LATER = /\bimport\("(\.[^"]+)"\)/g;

test('every module that is imported is there, each once, under a name that says what is in it', () => {
  assert.equal(pages.length, PAGES.length);
  const modules = [...files.keys()].filter(path => path.endsWith('.js') && path !== 'service-worker.js');
  const seen = { atOnce: 0, later: 0 };
  for (const path of modules) {
    for (const other of imports(path, AT_ONCE)) {
      seen.atOnce++;
      assert.ok(files.has(other), `${other}, of ${path}`);
    }
    for (const other of imports(path, LATER)) {
      seen.later++;
      assert.ok(files.has(other), `${other}, of ${path}`);
    }
  }
  assert.ok(seen.atOnce > 50 && seen.later > 10, `${seen.atOnce} and ${seen.later}`);
  for (const path of modules) {
    assert.match(path, /[-/][0-9A-Z]{8}\.js$/);
    assert.doesNotMatch(String(files.get(path)), /__BUILD_VERSION__/, `${path} would have one name in two builds`);
  }
  const parts = modules.flatMap(path => [...String(files.get(path)).matchAll(/^\/\/ (web\/\S+)$/gm)].map(([, source]) => source));
  assert.equal(new Set(parts).size, parts.length, 'a module that is there twice has two states');
  assert.ok(!files.has('page/begin.js') && !files.has('page/dom.js'), 'what stands in others is no file');
});

for (const script of ['browser-host.js', 'solo-host.js', 'isolate.js', 'relay.js', 'echo.js'])
  test(`${script} is one file: it imports nothing but programs`, async () => {
    const text = await oneFile(`worker/${script}`);
    assert.doesNotMatch(text, /^\s*(?:import|export [^'"]*from)\b/m);
    for (const [, what] of text.matchAll(/\bimport\(([^)]*)/g)) assert.match(String(what), /\.mjs"|^url$|^["']node:/);
    const cwd = process.cwd();
    process.chdir('/');
    try {
      assert.equal(await oneFile(`worker/${script}`), text, 'wherever it is built from');
    } finally {
      process.chdir(cwd);
    }
    if (script === 'isolate.js') assert.match(text, /build = "__BUILD_VERSION__"[^]*^export \{\s*build\s*\};$/m);
  });

test('a page without a row in the table, and a row without a page, fail the build', () => {
  const all = PAGES.map(({ file }) => file);
  checkPages(all);
  assert.throws(() => checkPages([...all, 'new.html']), /^Error: web\/new\.html has no row in web\/pages\.js$/);
  assert.throws(() => checkPages(all.slice(1)), /^Error: web\/pages\.js has a row for web\/contents\.html, which is not there$/);
});

test('every page leads to all others by group, in the table’s order, and says which it is; the contents have a sentence for each', () => {
  const links = (/** @type {string} */ text) => [...text.matchAll(/<a href="([^"]+)"( aria-current="page")?>([^<]+)<\/a>/g)].map(([, href, current, name]) => [href === './' ? 'index.html' : href, name, Boolean(current)]);
  const between = (/** @type {string} */ text, /** @type {string} */ from, /** @type {string} */ to) => text.slice(text.indexOf(from), text.indexOf(to, text.indexOf(from)));
  for (const { name, text } of pages) {
    const { title } = PAGES.find(({ file }) => file === name) ?? assert.fail(name);
    assert.deepEqual(links(between(text, '<nav class="exhibits"', '</nav>')), PAGES.map((page) => [page.file, page.name, page.file === name]), name);
    assert.equal(text.split('<h1>').length, 2, name);
    assert.ok(text.includes(`<h1>${title}</h1>`), name);
  }
  assert.deepEqual([...new Set(PAGES.map(({ group }) => group))], ['', ...GROUPS.map(({ name }) => name)], 'every group has pages, and they stand in its order');
  const contents = between(pages.find(({ name }) => name === 'contents.html')?.text ?? '', '<main>', '</main>');
  assert.deepEqual(links(contents).map(([file]) => file), PAGES.flatMap(({ file, group }) => (group ? [file] : [])));
  for (const { group, sentence } of PAGES) if (group) assert.ok(contents.includes(`<p>${sentence}</p>`), sentence);
});

for (const { name, text } of pages)
  test(`${name} names what it needs, once`, () => {
    const named = [...text.matchAll(/(?:modulepreload"[^>]* href|type="module" src)="([^"]+)"/g)].map(([, path]) => String(path));
    assert.equal(new Set(named).size, named.length);
    for (const module of named) {
      assert.ok(files.has(module), module);
      for (const other of imports(module, AT_ONCE)) assert.ok(named.includes(other), `${other}, of ${module}`);
    }
    assert.ok(named.length < 25, `${named.length} files`);
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
