// The glossary: every term of the notes has its entry, no two claim a word, every link leads somewhere that takes it;
// and how terms are recognised in prose.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as compare from '../../web/compare/settings.js';
import * as futures from '../../web/futures/settings.js';
import * as gil from '../../web/gil/settings.js';
import * as guide from '../../web/guide/settings.js';
import * as latency from '../../web/latency/settings.js';
import * as spin from '../../web/spin/settings.js';
import { recogniser } from '../../web/terms/recognise.js';
import { matches } from '../../web/terms/search.js';
import { TERMS, forms } from '../../web/terms/terms.js';

const web = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'web');

/** What the notes explain, and the ideas that they name. */
const NOTES = [
  'Concurrency', 'Parallelism', 'Process', 'Thread', 'Coroutine', 'Queue', 'Lock', 'GIL', 'Global interpreter lock', 'mutex', 'mutual exclusion',
  'main thread', 'child process', 'subprocess', 'preemptive', 'cooperative multitasking', 'scheduler', 'pipe', 'socket', 'memory mapped file', 'raw bytes', 'yield', 'await',
  'event loop', 'blocking', 'race condition', 'reference count', 'memory allocation', 'scheduling', 'throughput', 'distribution', 'deadlock', 'execution coordination',
  'resource starvation', 'latency', 'L1', 'L2', 'main memory', 'SSD', 'disk seek', 'round trip', 'I/O-bound', 'CPU-bound', 'future', 'executor', 'executor classes', 'submit',
  'multithreading', 'multiprocessing', 'threading', 'asyncio', 'async', 'green thread', 'subinterpreter', 'interpreter', 'free-threaded', 'nogil', 'switch interval', 'scale out', 'distributed systems',
  'message bus', 'map reduce', 'no concurrency', 'task', 'isolation',
];
/** And what this lab adds. */
const LAB = [
  'callback', 'broken pool', 'cancel', 'time-out', 'pool', 'worker', 'coordinator', 'lane', 'checkpoint', 'convoy', 'starvation', 'work stealing', 'atomic', 'futex', 'false sharing',
  'cache line', 'branch misprediction', 'bootstrap', 'verdict interval', 'median', 'sample', 'seed', 'Amdahl', 'USL', 'speed-up', 'cross-origin isolation', 'SharedArrayBuffer', 'WebAssembly',
  'service worker', 'Origin Private File System', 'structured clone', 'transfer', 'pointer chase', 'prefetcher', 'bandwidth', 'context switch', 'hand-over', 'lost update', 'forced switch',
  'start-up', 'cross-task cost', 'management', 'system load', 'jitter', 'freeze', 'trace', 'warm-up', 'percentile', 'timer resolution', 'clock cycle', 'L3', 'working set', 'contention', 'shared memory',
];

const plain = (/** @type {string} */ text) => text.toLowerCase().replaceAll("'", '’').replace(/\s+/g, ' ').trim();
/** Every word, of whichever entry. @type {Map<string, string>} */
const words = new Map();
for (const term of TERMS) for (const form of [term.term, ...term.also]) words.set(plain(form), term.id);
const has = (/** @type {string} */ name) => words.has(plain(name)) || words.has(plain(name).replace(/s$/, ''));

test('every term of the notes and of the lab has an entry', () => {
  assert.deepEqual([...NOTES, ...LAB].filter((name) => !has(name)), []);
});

test('every term that the notes file explains has an entry', { skip: process.env.LAB_NOTES ? false : 'LAB_NOTES names no file' }, () => {
  const notes = readFileSync(process.env.LAB_NOTES ?? '', 'utf8');
  const explained = [...notes.matchAll(/^`([^`\n]+)`\s*:/gm)].flatMap((match) => (match[1] ?? '').split(':'));
  const bold = [...notes.matchAll(/\*\*([^*\n]+)\*\*/g)].map((match) => match[1] ?? '');
  const challenges = (notes.split(/^### Challenges.*$/m)[1] ?? '').split(/^#/m)[0]?.match(/^- .+$/gm)?.map((line) => line.slice(2)) ?? [];
  const table = (notes.split(/^## Summary.*$/m)[1] ?? '').split(/^In addition/m)[0]?.match(/^\|([^|]+)\|/gm)?.map((cell) => cell.replace(/[|()]/g, '').trim()).filter((cell) => /^[a-z]/.test(cell) && cell !== 'method') ?? [];
  assert.ok(explained.length > 5 && challenges.length > 4 && table.length === 4, 'the notes read as they did');
  const all = [...explained, ...bold, ...challenges, ...table.map((cell) => cell.replace(/^multi /, 'multi'))].map((name) => name.trim());
  assert.deepEqual(all.filter((name) => !has(name)), []);
});

test('no word belongs to two terms, no anchor to two entries', () => {
  const claimed = TERMS.flatMap((term) => [term.term, ...term.also].map(plain));
  assert.deepEqual(claimed.filter((word, i) => claimed.indexOf(word) !== i), []);
  const ids = TERMS.map(({ id }) => id);
  assert.deepEqual(ids.filter((id, i) => ids.indexOf(id) !== i), []);
  assert.deepEqual(ids.filter((id) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(id)), []);
  // Nor one that the page itself has.
  const page = readFileSync(join(web, 'terms.html'), 'utf8') + ['masthead', 'footer', 'notes'].map((name) => readFileSync(join(web, `parts/${name}.html`), 'utf8')).join('');
  const taken = [...page.matchAll(/ id="([^"]+)"/g)].map((match) => match[1]);
  assert.deepEqual(ids.filter((id) => taken.includes(id)), []);
});

test('an entry is two or three sentences', () => {
  for (const { term, text } of TERMS) {
    const sentences = text.split(/[.!?](?=\s+\p{Lu}|$)/u).filter((part) => part.trim());
    assert.ok(sentences.length >= 2 && sentences.length <= 3, `${term}: ${sentences.length} sentences`);
    assert.match(text, /^\p{Lu}.*[.]$/u, term);
    assert.ok(text.length <= 420, `${term}: ${text.length} characters`);
  }
});

/** @type {import('../../web/page/types.js').Catalogue} */
const CATALOGUE = {
  workloads: ['primes', 'mandelbrot', 'sha256', 'sort', 'matmul', 'pages', 'mixed'].map((name) => ({ name, family: name === 'pages' ? 'io' : 'cpu', sentence: '', source: '', sizeUnit: '', defaultSize: 20, minSize: 1, maxSize: 1000 })),
  methods: ['sequential', 'threads', 'threads-gil', 'interpreters', 'processes', 'async'].map((name) => ({ name, sentence: '', available: true })),
};

/** What each page says about an address: nothing, if it takes it. @type {Record<string, (search: string) => string[]>} */
const READERS = {
  'index.html': (search) => {
    const { draft, unknown } = compare.readAddress(search, compare.defaultDraft(CATALOGUE, 4));
    return [...unknown, ...compare.check(draft, CATALOGUE, 'https://example.test/').problems.map(({ message }) => message)];
  },
  'gil.html': (search) => {
    const { draft, unknown } = gil.readAddress(search);
    return [...unknown, ...gil.check(draft).problems.map(({ message }) => message)];
  },
  'futures.html': (search) => [futures.readAddress(search).problem].filter(Boolean),
  'guide.html': (search) => [guide.readAddress(search).problem].filter(Boolean),
  'latency.html': (search) => {
    const { draft, unknown } = latency.readAddress(search);
    return [...unknown, ...latency.check(draft).problems.map(({ message }) => message)];
  },
  'spin.html': (search) => {
    const { draft, unknown } = spin.readAddress(search);
    return [...unknown, ...spin.check(draft, true).problems.map(({ message }) => message)];
  },
};

test('every entry leads to where it is to be seen, and that page takes the address', () => {
  for (const { term, see } of TERMS) {
    assert.ok(see.length > 0, `${term} has a link`);
    for (const [label, href] of see) {
      assert.ok(label.length > 2, `${term}: ${href}`);
      const [page = '', search = ''] = href.split(/(?=\?)/);
      assert.ok(existsSync(join(web, page)), `${term}: there is no ${page}`);
      const read = READERS[page];
      assert.ok(read, `${term}: nobody reads the addresses of ${page}`);
      assert.deepEqual(read(search), [], `${term}: ${href}`);
    }
  }
});

test('these readers do refuse what a page would refuse', () => {
  for (const [page, search] of [['index.html', '?workloads=nonsense'], ['gil.html', '?preset=nonsense'], ['futures.html', '?deadlock=nonsense'], ['guide.html', '?waits=nonsense'], ['latency.html', '?only=nonsense'], ['spin.html', '?preset=nonsense']])
    assert.notDeepEqual(READERS[page ?? '']?.(search ?? ''), [], `${page}${search}`);
});

test('terms are found as whole words, the longest first, capitals only as capitals', () => {
  const find = recogniser(TERMS);
  const found = (/** @type {string} */ text) => find(text).map(({ id, index, length }) => [id, text.slice(index, index + length)]);
  assert.deepEqual(found('Two threads share the main thread’s lock.'), [['thread', 'threads'], ['main-thread', 'main thread'], ['lock', 'lock']]);
  assert.deepEqual(found('a GIL, not the gil of threads-gil'), [['gil', 'GIL']]);
  assert.deepEqual(found('the global\n interpreter\u00a0lock'), [['gil', 'global\n interpreter\u00a0lock']]);
  assert.deepEqual(found('I/O-bound work, then I/O'), [['i-o-bound', 'I/O-bound'], ['i-o', 'I/O']]);
  assert.deepEqual(found('Race conditions; embraces unlocked'), [['race-condition', 'Race conditions']]);
  assert.deepEqual(found('Amdahl’s law, Amdahl'), [['amdahls-law', 'Amdahl’s law'], ['amdahls-law', 'Amdahl']]);
  assert.deepEqual(found('the distribution of the samples'), [['sample', 'samples']], 'a word with another meaning is left alone');
  for (const term of TERMS) for (const form of forms(term)) assert.deepEqual(found(form)[0], [term.id, form], form);
});

test('the search finds by the beginnings of words, in any order', () => {
  const found = (/** @type {string} */ typed) => TERMS.filter((term) => matches(term, typed)).map(({ id }) => id);
  assert.equal(found('').length, TERMS.length);
  assert.ok(found('mutex').includes('lock'));
  assert.deepEqual(found('amdahls').slice(0, 1), ['amdahls-law']);
  assert.ok(found('lock glob').includes('gil'));
  assert.deepEqual(found('zebra'), []);
  assert.ok(!found('hread').includes('thread'));
});
