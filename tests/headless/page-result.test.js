// Result documents on the page: reading one from a file or a link, and turning one into a link, CSV and Markdown.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRequire } from 'node:module';
import { wholeSchema } from '../../.ci/schema.mjs';
import { ImportError, readResult, readResultFile, readResultLink } from '../../web/compare/import.js';
import { LONGEST, linkTo, withoutSamples } from '../../web/compare/link.js';
import { toMarkdown } from '../../web/compare/markdown.js';
import { copyLink } from '../../web/compare/share.js';
import { toCsv } from '../../web/page/csv.js';
import { pack } from '../../web/page/pack.js';

const require = createRequire(import.meta.url);
const Ajv = require('ajv/dist/2020.js').default;
const validate = new Ajv({ allowUnionTypes: true }).compile(wholeSchema());

/** @returns {any} */
function good() {
  return {
    schema: 'concurrency-lab/1',
    command: 'compare',
    seed: 1,
    rounds: 5,
    seconds: 3.2,
    stopped: false,
    environment: { runtime: 'node 20.20.2', engine: 'V8 11.3', platform: 'linux x64', isolated: true, logicalCores: 2, measuredParallelism: 1.97, timerResolutionNs: 1000, build: 'release' },
    runs: [
      {
        workload: 'primes', method: 'sequential', workers: 1, tasks: 20, family: 'cpu', size: 20, verified: true, checksum: 'c0ffee1234567890', rounds: 5, converged: true, repeats: 1,
        samples: [1.02, 1, 1.01, 0.99, 1], seconds: { median: 1, low: 0.99, high: 1.02 }, speedup: { median: 1, low: 0.98, high: 1.02 },
        startupSeconds: 0, memoryBytes: 4096, tasksPerSecond: 20, latency: { p50: 0.05, p90: 0.1, p99: null, max: 0.3 }, trace: { events: 40, lost: 0 },
      },
      {
        workload: 'primes', method: 'threads', workers: 2, tasks: 20, family: 'cpu', size: 20, verified: true, checksum: 'c0ffee1234567890', rounds: 5, converged: false, repeats: 1,
        samples: [0.512, 0.509, 0.52, 0.511, 0.51], seconds: { median: 0.511, low: 0.509, high: 0.52 }, speedup: { median: 1.96, low: 1.93, high: 1.98 },
        startupSeconds: 0.004, memoryBytes: 1048576, tasksPerSecond: 39.1, latency: null,
      },
      { workload: 'primes', method: 'processes', workers: 2, tasks: 20, family: 'cpu', size: 20, verified: false, error: 'process 1 died, "quoted"\nand more' },
    ],
    unavailable: [{ method: 'async', reason: 'no reason' }],
    verdict: [{ workload: 'primes', family: 'cpu', best: ['threads'], why: 'Threads.' }],
    scaling: [
      { workload: 'primes', method: 'threads', amdahl: null, usl: null, reason: 'one worker count' },
      { workload: 'primes', method: 'processes', amdahl: { serialFraction: 0.1, rSquared: null, residuals: [0] }, usl: { sigma: 0, kappa: 0, lambda: 1, rSquared: 0.9, residuals: [0], peakWorkers: null } },
    ],
  };
}

/** @param {(result: any) => void} change */
function tampered(change) {
  const result = good();
  change(result);
  return JSON.stringify(result);
}

test('a good document is read as it is', () => {
  assert.deepEqual(readResult(JSON.stringify(good()), validate), good());
});

test('a byte order mark is no part of a document', () => {
  assert.deepEqual(readResult(`\ufeff${JSON.stringify(good())}`, validate), good());
});

test('a hundred thousand samples in each run are read, and their median is looked after', () => {
  const samples = Array.from({ length: 100_000 }, (_, i) => 0.5 + ((i * 7919) % 100_003) * 1e-6);
  const sorted = samples.toSorted((a, b) => a - b);
  const median = (Number(sorted[49_999]) + Number(sorted[50_000])) / 2;
  const text = (/** @type {number} */ told) => tampered((r) => Object.assign(r.runs[1], { samples, seconds: { median: told, low: 0.51, high: 0.59 }, speedup: null }));
  assert.ok(readResult(text(median), validate));
  assert.throws(() => readResult(text(median * 1.00002), validate), /is not that of its samples/);
  assert.throws(() => readResult(text(median * 0.99998), validate), /is not that of its samples/);
});

test('the least and the largest numbers are read', () => {
  for (const value of [5e-324, 1e-310, 1e300])
    assert.ok(readResult(tampered((r) => Object.assign(r.runs[1], { samples: [value], seconds: { median: value, low: null, high: null }, speedup: null })), validate));
});

test('members of later versions are let through', () => {
  assert.ok(readResult(tampered((r) => { r.weather = 'fine'; r.runs[0].mood = { fine: 3 }; r.environment.battery = true; }), validate));
});

test('a tampered or foreign file gives one sentence that names what is wrong', () => {
  /** @type {[string, RegExp][]} */
  const cases = [
    ['', /is empty/],
    ['{', /is not JSON/],
    ['[]', /is no result of Concurrency Lab/],
    ['null', /is no result of Concurrency Lab/],
    ['{"schema":"other"}', /has no schema “concurrency-lab\/1”/],
    ['{"schema":"concurrency-lab/2"}', /is of the format “concurrency-lab\/2”; this page reads concurrency-lab\/1/],
    ['{"schema":"concurrency-lab/1","command":"list"}', /is a result of “list”/],
    [tampered((r) => delete r.environment), /it has no “environment”/],
    [tampered((r) => delete r.runs), /it has no “runs”/],
    [tampered((r) => (r.runs = {})), /runs must be array/],
    [tampered((r) => (r.runs[1].samples[2] = 'fast')), /runs\[1\]\.samples\[2\] must be number/],
    [tampered((r) => (r.runs[1].samples[2] = -1)), /runs\[1\]\.samples\[2\] must be > 0/],
    [tampered((r) => delete r.runs[1].seconds), /runs\[1\] has no “seconds”/],
    [tampered((r) => (r.runs[1].method = '<img src=x>')), /runs\[1\]\.method has characters that do not belong there/],
    [tampered((r) => (r.runs[1].family = 'gpu')), /runs\[1\]\.family must be one of cpu, memory, io, mixed/],
    [tampered((r) => (r.runs[1].workers = 0)), /runs\[1\]\.workers must be >= 1/],
    [tampered((r) => (r.runs[1].seconds.best = 1)), /runs\[1\]\.seconds has an unknown “best”/],
    [tampered((r) => (r.verdict[0].why = 7)), /verdict\[0\]\.why must be string/],
    [tampered((r) => (r.verdict[0].why = 'x'.repeat(1_000_000))), /verdict\[0\]\.why must NOT have more than \d+ characters/],
    [tampered((r) => delete r.environment).replace('"schema"', '"\u200bschema"'), /has no schema “concurrency-lab\/1”/],
    [tampered((r) => (r.command = 'com\u200bpare')), /is a result of “com\[U\+200B\]pare”/],
    [tampered((r) => (r.runs[1].seconds.median = 0.1)), /run 2 \(threads × 2 on primes\) seconds\.median 0\.1 is outside its interval/],
    [tampered((r) => (r.runs[1].seconds = { median: 0.05, low: 0.05, high: 0.05 })), /the median 0\.05 s is not that of its samples/],
    [tampered((r) => (r.runs[1].seconds = { median: 0.512, low: 0.509, high: 0.52 })), /is not that of its samples/],
    [tampered((r) => (r.runs[1].seconds.low = 0.1)), /interval reaches beyond the samples/],
    [tampered((r) => (r.runs[1].speedup = { median: 19, low: 1.9, high: 2 })), /speedup\.median 19 is outside its interval/],
    [tampered((r) => (r.runs[0].speedup = { median: 2, low: 1, high: 3 })), /sequential is said to be faster than itself/],
    [tampered((r) => (r.runs[1].speedup = { median: 100, low: 99, high: 101 })), /run 2 .* the speed-up 100 is not that of its medians/],
    [tampered((r) => { delete r.runs[1].samples; r.runs[1].sampleCount = 1; }), /samples that are left out, 1, are too few for an interval/],
    [tampered((r) => (r.calibration = [{ workload: 'primes', size: 3, fullSize: 20, trialSize: 3, trialSeconds: 1, roundSeconds: 1 }])), /primes was to be of size 3, and its runs are not/],
    [tampered((r) => (r.verdict[0].why = 'yob \u202eruoy')), /verdict\[0\]\.why has characters that do not belong there/],
    [tampered((r) => (r.runs[1].verified = false)), /not verified and yet there are times/],
    [tampered((r) => (r.runs[1].samples[2] = 0)), /runs\[1\]\.samples\[2\] must be > 0/],
    [tampered((r) => (r.runs[1].seconds.median = 0)), /runs\[1\]\.seconds\.median must be > 0/],
    [tampered((r) => (r.runs[1].samples = [])), /runs\[1\]\.samples must NOT have fewer than 1 items/],
    [tampered((r) => (r.runs[2].samples = [1])), /runs\[2\]\.samples must NOT have more than 0 items/],
    [tampered((r) => (r.runs[2].verified = true)), /runs\[2\]/],
    [tampered((r) => (r.runs[1].sampleCount = 5)), /there are samples and yet they are said to be left out/],
    [tampered((r) => delete r.runs[1].samples), /runs\[1\] has no “samples”/],
    [tampered((r) => { delete r.runs[1].samples; r.runs[1].sampleCount = 0; }), /runs\[1\]\.sampleCount must be >= 1/],
    [tampered((r) => { delete r.runs[1].samples; r.runs[1].sampleCount = 5; r.runs[1].seconds.median = 0.1; }), /seconds\.median 0\.1 is outside its interval/],
    [tampered((r) => { delete r.runs[0].samples; r.runs[0].sampleCount = 5; r.runs[0].speedup = { median: 2, low: 1, high: 3 }; }), /sequential is said to be faster than itself/],
    [tampered((r) => (r.runs[2].sampleCount = 1)), /runs\[2\]/],
    [tampered((r) => (r.runs[0].samples[0] = 1)).replace('"samples":[1,', '"samples":[1e999,'), /samples\[0\] must be number/],
  ];
  for (const [text, message] of cases)
    assert.throws(
      () => readResult(text, validate, '“x.json”'),
      (error) => {
        assert.ok(error instanceof ImportError, String(error));
        assert.match(error.message, message);
        assert.match(error.message, /^“x\.json” [^\n]+\.$/);
        return true;
      },
    );
});

test('a file too large or unreadable says so', async () => {
  const huge = /** @type {File} */ (/** @type {unknown} */ ({ name: 'huge.json', size: 100 << 20 }));
  await assert.rejects(readResultFile(huge, validate), /“huge.json” is 100.0 MiB; a result file has at most 8/);
  const gone = /** @type {File} */ (/** @type {unknown} */ ({ name: 'gone.json', size: 5, text: () => Promise.reject(new Error('NotFoundError')) }));
  await assert.rejects(readResultFile(gone, validate), /“gone.json” could not be read/);
});

test('a stopped run may have no interval yet', () => {
  assert.ok(readResult(tampered((r) => Object.assign(r.runs[1], { samples: [0.5], seconds: { median: 0.5, low: null, high: null }, speedup: null })), validate));
});

test('CSV: one line per run, quoted as RFC 4180 has it', () => {
  const lines = toCsv(good()).split('\r\n');
  assert.equal(lines.length, 5);
  assert.equal(lines[4], '');
  assert.match(lines[0] ?? '', /^workload,family,method,workers,/);
  assert.match(lines[2] ?? '', /^primes,cpu,threads,2,20,20,true,,5,false,1,0\.511,0\.509,0\.52,1\.96,/);
  assert.match(lines[2] ?? '', /0\.512 0\.509 0\.52 0\.511 0\.51$/);
  assert.match(toCsv(good()), /"process 1 died, ""quoted""\nand more"/);
});

test('CSV: what a spreadsheet would take for a formula is text', () => {
  const result = good();
  result.runs[2].error = '=HYPERLINK("http://x")';
  assert.match(toCsv(result), /,"'=HYPERLINK\(""http:\/\/x""\)",/);
});

const ADDRESS = 'https://lab.example/?workloads=primes&workers=1,2';
/** @param {string} link */
const held = (link) => new URL(link).hash.replace(/^#result=/, '');
/** @param {number} samples in each run that has any @returns {any} */
function long(samples) {
  const result = good();
  for (const run of result.runs)
    if (run.samples) {
      run.samples = Array.from({ length: samples }, (_, i) => run.seconds.median * (1 + 0.01 * Math.sin(i * i)));
      const sorted = run.samples.toSorted((/** @type {number} */ a, /** @type {number} */ b) => a - b);
      run.seconds = { median: sorted[(samples - 1) / 2], low: sorted[0], high: sorted[samples - 1] };
    }
  return result;
}

test('a link holds all of a result, or all but its samples, and is read like a file', async () => {
  const whole = await linkTo(good(), ADDRESS);
  assert.ok(whole && whole.samples && whole.link.length < 2048, `${whole?.link.length}`);
  assert.ok(whole.link.startsWith(`${ADDRESS}#result=a`));
  assert.deepEqual(await readResultLink(held(whole.link), validate), good());

  const result = long(1001);
  const short = await linkTo(result, ADDRESS);
  assert.ok(short && !short.samples && short.link.length < 2048, `${short?.link.length}`);
  const read = await readResultLink(held(short.link), validate);
  assert.deepEqual(read, withoutSamples(result));
  assert.deepEqual(read.runs.map(({ samples, sampleCount }) => [samples, sampleCount]), [[undefined, 1001], [undefined, 1001], [undefined, undefined]]);
  const [own, theirs] = [result.runs[1], read.runs[1]];
  for (const key of /** @type {const} */ (['median', 'low', 'high'])) assert.ok(Math.abs(Number(theirs?.seconds?.[key]) / own.seconds[key] - 1) < 1e-5, key);
  assert.deepEqual([theirs?.checksum, theirs?.memoryBytes, theirs?.speedup, read.seed], [own.checksum, own.memoryBytes, own.speedup, result.seed]);
  assert.equal(result.runs[1].samples.length, 1001, 'and the result is as it was');
});

test('a link is never longer than it may be', async () => {
  const result = long(101);
  const { length } = (await linkTo(result, ADDRESS))?.link ?? '';
  assert.equal((await linkTo(result, ADDRESS, length))?.samples, true);
  assert.equal((await linkTo(result, ADDRESS, length - 1))?.samples, false);
  assert.equal(await linkTo(result, `${ADDRESS}&urls=${'x'.repeat(LONGEST)}`), null);
  const place = /** @type {HTMLElement} */ (/** @type {unknown} */ ({ querySelector: () => null }));
  assert.equal((await copyLink(result, `${ADDRESS}&urls=${'x'.repeat(LONGEST)}`, place)).replaceAll('\u00a0', ' '),
    'This result is too long for a link, even without its samples (more than 8 KB): save it as JSON, which the page opens too.');
});

test('what is no result is none in a link either', async () => {
  /** @type {[string, RegExp][]} */
  const cases = [
    ['', /^What the link holds cannot be read: the link was cut off or changed on its way, so ask for it again or for the JSON file\.$/],
    [(await pack(good())).slice(0, -9), /cannot be read: the link was cut off/],
    [`c${(await pack(good())).slice(1)}`, /^What the link holds is in a form “c” that this page does not know: .*\.$/],
    [await pack({ ...good(), weather: ' '.repeat(9 << 20) }), /^What the link holds unpacks to more than 8 MiB, and nothing that this page shows is so large\.$/],
    [await pack({ ...good(), command: 'gil' }), /^What the link holds is a result of “gil”; here only those of “compare” can be shown\.$/],
    [await pack([]), /^What the link holds is no result of Concurrency Lab\.$/],
    [await pack({ ...good(), runs: 7 }), /^What the link holds cannot be used: runs must be array\.$/],
  ];
  for (const [text, message] of cases)
    await assert.rejects(readResultLink(text, validate), (error) => {
      assert.ok(error instanceof ImportError, String(error));
      assert.match(error.message, message);
      return true;
    });
});

test('Markdown: the machine, a table for each workload with what it means, what is to be said, the link', () => {
  const result = good();
  result.environment.note = 'The page was hidden.';
  assert.equal(toMarkdown(result, 'https://lab.example/a(b)/#result=ax_y-z'), `**Concurrency Lab** on node 20.20.2, linux x64, 2 cores (1.97 measured), V8 11.3, build release. 5 rounds in 3.20 s, seed 1.

**primes**, size 20: Threads.

| Method | Workers | Median | 95% interval | Speed-up | 95% interval | Start-up | Memory |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
| sequential | 1 | 1.00 s | 0.99–1.02 s | 1.00× | 0.98–1.02 | 0 s | 4.00 KiB |
| threads | 2 | 511 ms | 509–520 ms | 1.96× | 1.93–1.98 | 4.00 ms | 1.00 MiB |
| processes | 2 | failed | – | – | – | – | – |

- Time was up before every interval was within ±5%; more seconds would narrow them.
- processes × 2 on primes failed: process 1 died, "quoted" and more
- async could not run: no reason
- The page was hidden.

[Open this result beside your own](https://lab.example/a%28b%29/#result=ax_y-z)
`);
});

test('Markdown: without a sequential run, an interval, a verdict, a link; what is not verified; what was not reached', () => {
  const result = good();
  result.runs = [
    { ...result.runs[1], samples: [0.5], seconds: { median: 0.5, low: null, high: null }, speedup: null, startupSeconds: null, memoryBytes: null },
    { workload: 'sort', method: 'async', workers: 1, tasks: 16, family: 'memory', size: 4194304, verified: false },
    { workload: 'sort', method: 'threads', workers: 2, tasks: 16, family: 'memory', size: 4194304, verified: false, error: 'stopped before it was measured' },
  ];
  Object.assign(result, { stopped: true, rounds: 0, verdict: [], unavailable: [], unfinished: true });
  const lines = toMarkdown(result, null).split('\n');
  assert.match(lines[0] ?? '', /, build release\. Seed 1\.$/);
  assert.ok(lines.includes('**primes**, size 20: too little was measured for a verdict.'));
  assert.ok(lines.includes('| threads | 2 | 500 ms | – | – | – | – | – |'));
  assert.ok(lines.includes('| threads | 2 | not measured | – | – | – | – | – |'));
  assert.ok(lines.includes('| async | 1 | not verified | – | – | – | – | – |'));
  assert.ok(lines.includes('- Not measured before that: threads × 2 on sort.'));
  assert.match(lines.at(-2) ?? '', /^- Unfinished: /);
});

test('Markdown: what would be signs to it is text, on one line', () => {
  const result = good();
  Object.assign(result.runs[2], { error: 'a|b `c` *d* _e_ [f](g) <img src=x> \\ &amp; ~~h~~\r\n| --- |\n# i' });
  result.verdict[0].why = 'One | two\n\n# three';
  const text = toMarkdown(result, null);
  assert.ok(text.includes('failed: a\\|b \\`c\\` \\*d\\* \\_e\\_ \\[f\\](g) \\<img src=x\\> \\\\ \\&amp; \\~\\~h\\~\\~ \\| --- \\| # i\n'), text);
  assert.ok(text.includes('size 20: One \\| two # three\n'));
  assert.doesNotMatch(text, /\u00a0/);
});
