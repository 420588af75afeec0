// The experiment's settings: form ↔ address ↔ the words of a run.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { quote, wholeNumber } from '../../web/page/input.js';
import { check, defaultDraft, defaultWorkers, readAddress, toRun, writeAddress } from '../../web/compare/settings.js';

const BASE = 'https://example.test/lab/';
/** @type {import('../../web/page/types.js').Catalogue} */
const CATALOGUE = {
  workloads: [
    { name: 'primes', family: 'cpu', sentence: '', source: 'primes.c', sizeUnit: 'numbers', defaultSize: 20, minSize: 1, maxSize: 100000 },
    { name: 'mandelbrot', family: 'cpu', sentence: '', source: 'mandelbrot.c', sizeUnit: 'pixels a side', defaultSize: 1024, minSize: 16, maxSize: 8192 },
    { name: 'pages', family: 'io', sentence: '', source: 'pages.c', sizeUnit: 'pages', defaultSize: 20, minSize: 1, maxSize: 100000 },
  ],
  methods: [
    { name: 'sequential', available: true, sentence: '' },
    { name: 'threads', available: true, sentence: '' },
    { name: 'processes', available: true, sentence: '' },
    { name: 'async', available: true, sentence: '' },
  ],
};
const DEFAULTS = defaultDraft(CATALOGUE, 4);

/** @param {Partial<import('../../web/compare/settings.js').Draft>} changes */
const draftOf = (changes) => ({ ...DEFAULTS, ...changes });
/** @param {Partial<import('../../web/compare/settings.js').Draft>} changes */
const problemsOf = (changes) => check(draftOf(changes), CATALOGUE, BASE).problems;
/** @param {Partial<import('../../web/compare/settings.js').Draft>} changes */
function runOf(changes) {
  const { settings, problems } = check(draftOf(changes), CATALOGUE, BASE);
  assert.deepEqual(problems, []);
  assert.ok(settings);
  return toRun(settings);
}

test('the defaults can be run and give the words of the command line', () => {
  const { argv, files } = runOf({});
  assert.deepEqual(argv, ['compare', 'primes', '--methods', 'sequential,threads,processes,async', '--workers', '1,2,4', '--rounds', '5', '--seconds', '10', '--seed', '1', '--json', '-']);
  assert.deepEqual(files, {});
});

test('default worker counts are the powers of two up to the cores, and the cores', () => {
  assert.deepEqual([1, 2, 3, 4, 6, 8, 128].map(defaultWorkers), ['1', '1,2', '1,2,3', '1,2,4', '1,2,4,6', '1,2,4,8', '1,2,4,8,16']);
});

test('work that has nothing here to read is left out, unless a person gives addresses', () => {
  const lacking = { ...CATALOGUE, workloads: CATALOGUE.workloads.map((one) => (one.name === 'pages' ? { ...one, lacks: 'Nobody serves them.' } : one)) };
  const of = (/** @type {Partial<import('../../web/compare/settings.js').Draft>} */ changes) => check({ ...defaultDraft(lacking, 4), size: '', ...changes }, lacking, BASE);
  assert.deepEqual(of({ workloads: ['primes', 'pages'] }).settings?.workloads, ['primes']);
  assert.deepEqual(of({ workloads: ['primes', 'pages'], urls: 'index.html' }).settings?.workloads, ['primes', 'pages']);
  assert.deepEqual(of({ workloads: ['pages'] }).problems, [{ field: 'workloads', message: 'There is nothing here for pages to read: choose other work, or give addresses to read below.' }]);
});

test('numbers and addresses travel as files; latency only with work that waits', () => {
  const primes = runOf({ numbers: ' 7, 18446744073709551615\n11;13 ' });
  assert.deepEqual(primes.files, { 'numbers.txt': '7\n18446744073709551615\n11\n13\n' });
  assert.deepEqual(primes.argv.slice(-4), ['--numbers', 'numbers.txt', '--json', '-']);
  assert.ok(!primes.argv.includes('--latency'));

  const pages = runOf({ workloads: ['pages'], numbers: '7', urls: 'index.html\n/lab/a.txt#part\nhttps://example.test/b' });
  assert.deepEqual(pages.files, { 'urls.txt': 'https://example.test/lab/index.html\nhttps://example.test/lab/a.txt\nhttps://example.test/b\n' });
  assert.equal(pages.argv[pages.argv.indexOf('--latency') + 1], '100');
});

test('one size goes with one workload only', () => {
  assert.ok(!runOf({ workloads: ['primes', 'mandelbrot'], size: '20' }).argv.includes('--size'));
  assert.equal(runOf({ workloads: ['mandelbrot'], size: ' 512 ' }).argv[7], '512');
  assert.ok(!runOf({ size: '' }).argv.includes('--size'));
  assert.equal(runOf({ workloads: ['primes', 'mandelbrot'], size: 'full' }).argv[8], 'full');
  assert.match(problemsOf({ size: 'half' })[0]?.message ?? '', /^The size of primes must be 1 to 100000 numbers, or full, not “half”\.$/);
});

test('a method that is not available here is left out of the run but stays in the address', () => {
  const catalogue = { ...CATALOGUE, methods: CATALOGUE.methods.map((m) => (m.name === 'threads' ? { ...m, available: false, reason: 'no' } : m)) };
  const { settings } = check(DEFAULTS, catalogue, BASE);
  assert.deepEqual(settings?.methods, ['sequential', 'processes', 'async']);
  assert.match(writeAddress(DEFAULTS), /methods=sequential,threads,/);
  assert.match(check(draftOf({ methods: ['threads'] }), catalogue, BASE).problems[0]?.message ?? '', /None of the chosen methods can run here/);
});

const HOSTILE = [
  '', ' ', '0', '-1', '1e9', 'NaN', '٣', '1,2', '<script>alert(1)</script>', '"\'`${x}', '%00%ff', 'a&b=c#d?e', '🧵'.repeat(50), '\ud800', '--json', '../../etc/passwd', '+', 'a b\tc\nd',
];

test('whatever is typed survives the way through the address', () => {
  for (const text of HOSTILE) {
    const draft = draftOf({ workers: text, rounds: text, seconds: text, seed: text, latency: text, numbers: text, urls: text });
    const { draft: back, unknown } = readAddress(writeAddress(draft), DEFAULTS);
    // An unpaired surrogate cannot be in an address; everything else comes back as it was.
    const want = text.replace('\ud800', '\ufffd');
    for (const field of /** @type {const} */ (['workers', 'rounds', 'seconds', 'seed', 'latency', 'numbers', 'urls'])) assert.equal(back[field], want, `${field} ${JSON.stringify(text)}`);
    assert.deepEqual(back.workloads, draft.workloads);
    assert.deepEqual(unknown, []);
  }
});

test('a checked draft gives the same run after a way through the address', () => {
  for (const changes of [{}, { workloads: ['pages'], latency: '0' }, { workers: '8, 1 2', seed: '0' }, { numbers: '2 3 5' }, { workloads: ['mandelbrot', 'pages'], methods: ['async'] }]) {
    const { draft } = readAddress(writeAddress(draftOf(changes)), DEFAULTS);
    assert.deepEqual(check(draft, CATALOGUE, BASE).settings, check(draftOf(changes), CATALOGUE, BASE).settings);
  }
});

test('an address with unknown settings and words says so and loses nothing', () => {
  const { draft, unknown } = readAddress('?workloads=primes,bogosort&methods=goto&wrokers=2&utm=1', DEFAULTS);
  assert.deepEqual(unknown, ['wrokers', 'utm']);
  assert.deepEqual(draft.workloads, ['primes', 'bogosort']);
  const { settings, problems } = check(draft, CATALOGUE, BASE);
  assert.equal(settings, null);
  assert.deepEqual(problems.map((p) => p.field), ['workloads', 'methods']);
  assert.equal(problems[0]?.message, 'There is no workload “bogosort”; there are primes, mandelbrot, pages.');
});

test('the size of one workload is not taken for that of another', () => {
  assert.equal(readAddress('?workloads=mandelbrot', DEFAULTS).draft.size, '');
  assert.equal(readAddress('?workloads=mandelbrot&size=64', DEFAULTS).draft.size, '64');
  assert.equal(readAddress('?seed=2', DEFAULTS).draft.size, '');
});

test('each wrong value gives one sentence that names the setting and the value', () => {
  /** @type {[Partial<import('../../web/compare/settings.js').Draft>, string, RegExp][]} */
  const cases = [
    [{ workers: '0' }, 'workers', /whole numbers from 1 to 256, not “0”/],
    [{ workers: '1000000000' }, 'workers', /not “1000000000”/],
    [{ workers: '1,NaN' }, 'workers', /not “NaN”/],
    [{ workers: '' }, 'workers', /Say how many workers/],
    [{ workers: Array.from({ length: 40 }, (_, i) => i + 1).join() }, 'workers', /At most 32 different worker counts/],
    [{ size: '-1' }, 'size', /size of primes must be 1 to 100000 numbers, or full, not “-1”/],
    [{ size: '1.5' }, 'size', /not “1.5”/],
    [{ rounds: '0' }, 'rounds', /Rounds must be a whole number from 1 to 1000/],
    [{ seconds: '1e3' }, 'seconds', /time limit must be/],
    [{ seed: '-5' }, 'seed', /seed must be/],
    [{ workloads: ['pages'], latency: '10001' }, 'latency', /from 0 to 10000, not “10001”/],
    [{ numbers: '7 eleven' }, 'numbers', /not “eleven”/],
    [{ numbers: '18446744073709551616' }, 'numbers', /not “18446744073709551616”/],
    [{ workloads: ['pages'], urls: 'https://other.test/x' }, 'urls', /“https:\/\/other.test\/x” is on another site/],
    [{ workloads: ['pages'], urls: 'javascript:alert(1)' }, 'urls', /is no web address/],
    [{ workloads: ['pages'], urls: 'http://[' }, 'urls', /is no web address/],
    [{ workloads: [] }, 'workloads', /Choose at least one workload/],
    [{ methods: [] }, 'methods', /Choose at least one method/],
  ];
  for (const [changes, field, message] of cases) {
    const problems = problemsOf(changes);
    assert.equal(problems.length, 1, JSON.stringify(changes));
    assert.equal(problems[0]?.field, field);
    assert.match(problems[0]?.message ?? '', message);
    assert.ok(!/\n/.test(problems[0]?.message ?? ''));
  }
});

test('fields that a run does not use cannot spoil it', () => {
  assert.deepEqual(problemsOf({ latency: 'x', urls: 'https://other.test/' }), []);
  assert.deepEqual(problemsOf({ workloads: ['pages'], size: '3', numbers: 'x' }), []);
});

test('whole numbers and quoted words', () => {
  assert.equal(wholeNumber(' 12 ', 1, 20), 12);
  for (const text of ['', '1.0', '+1', '0x10', '1_0', '९', '99999999999999999']) assert.equal(wholeNumber(text, 0, 1e15), null, text);
  assert.equal(quote('a\u0000b\u202ec'), '“a[U+0000]b[U+202E]c”');
  assert.equal(quote('\ufeff3'), '“[U+FEFF]3”');
  assert.equal(quote(' a\u00a0b\t\nc '), '“a[U+00A0]b c”');
  assert.equal(quote('日本 é 😀'), '“日本 é 😀”');
  assert.equal(quote('x'.repeat(60)), `“${'x'.repeat(39)}…”`);
});
