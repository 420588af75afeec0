// The command line: the same words to the native binary and to Node, the same documents back.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { linkSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { wholeSchema } from '../../.ci/schema.mjs';
import { document, programs, refuses, root, runner, scratch } from './program.js';

const run = runner();
const folder = scratch('test');

/** @param {string} name @param {string} text */
function file(name, text) {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** Of the page that is never the same. */
let reads = 0;

/** A server that does what servers do to people. */
const server = createServer((request, response) => {
  if (request.url === '/500') response.writeHead(500).end('no');
  else if (request.url === '/empty') response.end();
  else if (request.url?.startsWith('/changing')) response.end('word '.repeat(++reads));
  else if (request.url === '/hang') { /* never */ }
  else if (request.url === '/huge') {
    const chunk = Buffer.alloc(1 << 20, 'a ');
    let left = 100;
    const more = () => { while (left-- > 0 && !response.destroyed) if (!response.write(chunk)) return void response.once('drain', more); response.end(); };
    more();
  } else response.end('four words of text');
});
let base = '';
before(async () => {
  await new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const address = server.address();
  base = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
});
after(() => { server.closeAllConnections(); server.close(); });

test('the core and the schema agree on how long words may be', () => {
  const { $defs } = wholeSchema();
  const most = Number(/LAB_WORDS_MAX = (\d+)/.exec(readFileSync(join(root, 'core/lab/text.h'), 'utf8'))?.[1]);
  assert.deepEqual([$defs.words.maxLength, $defs.run.properties.error.maxLength], [most, most]);
});

for (const [name, program] of Object.entries(programs))
  describe(`lab, ${name}`, () => {
    test('every workload under every method, verified, in one document', async () => {
      const trace = join(folder, `${name}.trace.json`);
      const { status, out, err } = await run(program, ['compare', 'primes', 'mandelbrot', 'sha256', 'sort', 'matmul', 'pages', 'mixed',
        '--size', '16', '--workers', '2', '--rounds', '2', '--seconds', '0.1', '--latency', '5', '--seed', '7', '--numbers', file('few.txt', '2\n15\n# a comment\n1000003\n'),
        '--trace', trace, '--json', '-'], { timeout: 240_000 });
      assert.equal(err, '');
      assert.equal(status, 0);
      const result = document(out);
      assert.equal(result.schema, 'concurrency-lab/1');
      assert.equal(result.seed, 7);
      assert.equal(result.runs.length, 7 * 6);
      for (const cell of result.runs) {
        assert.ok(cell.verified, `${cell.workload} ${cell.method}`);
        assert.ok(cell.samples.length >= 2);
        if (cell.samples.length < 5) assert.deepEqual([cell.seconds.low, cell.seconds.high], [null, null], 'no interval of so few');
        else assert.ok(cell.seconds.low <= cell.seconds.median && cell.seconds.median <= cell.seconds.high);
        assert.equal(cell.checksum, result.runs.find((/** @type {any} */ other) => other.workload === cell.workload).checksum);
        if (cell.tasks < 100) assert.equal(cell.latency.p99, null);
      }
      assert.equal(result.runs.find((/** @type {any} */ cell) => cell.workload === 'primes').tasks, 3);
      assert.deepEqual(result.unavailable, []);
      assert.equal(result.verdict.length, 7);
      const { traceEvents } = JSON.parse(readFileSync(trace, 'utf8'));
      assert.ok(traceEvents.length > 1000);
      const lanes = traceEvents.filter((/** @type {any} */ event) => event.name === 'thread_name').map((/** @type {any} */ event) => event.args.name);
      for (const lane of ['coordinator', 'main thread, sequential', 'thread 2, threads × 2', 'process 2, processes × 2', 'event loop, async'])
        assert.ok(lanes.includes(lane), `${lane} in ${lanes}`);
    });

    test('waiting overlaps: 20 pages take less than the sum of their latencies, but for sequential', async () => {
      const { out } = await run(program, ['compare', 'pages', '--methods', 'sequential,async,threads', '--workers', '20', '--rounds', '2', '--seconds', '0.1', '--latency', '100', '--json', '-']);
      const result = document(out);
      const median = (/** @type {string} */ method) => result.runs.find((/** @type {any} */ cell) => cell.method === method).seconds.median;
      assert.ok(median('sequential') >= 2, `20 × 100 ms took ${median('sequential')} s`);
      for (const method of ['async', 'threads']) assert.ok(median(method) >= 0.1 && median(method) < 2, `${method} took ${median(method)} s`);
    });

    test('a table for people, with a verdict', async () => {
      const { status, out } = await run(program, ['compare', 'primes', '--size', '3', '--methods', 'sequential,threads', '--rounds', '1', '--seconds', '0.1']);
      assert.equal(status, 0);
      assert.match(out, /method +workers +median/);
      assert.match(out, /sequential +1 /);
      assert.match(out, /\n {2}On this machine /);
    });

    test('list, help and version', async () => {
      const list = document((await run(program, ['list', '--json'])).out);
      assert.deepEqual(list.workloads.map((/** @type {any} */ workload) => workload.name), ['primes', 'mandelbrot', 'sha256', 'sort', 'matmul', 'pages', 'mixed']);
      assert.ok(list.methods.every((/** @type {any} */ method) => method.available));
      assert.match((await run(program, ['list'])).out, /^Workloads\n/);
      assert.match((await run(program, ['--version'])).out, /^lab \d+\.\d+\.\d+\n$/);
      assert.match((await run(program, ['--help'])).out, /lab compare/);
      assert.match((await run(program, ['compare', '--help'])).out, /--workers/);
    });

    test('wrong words: status 2, one line on stderr, nothing on stdout', async () => {
      await refuses(run, program, [
        [[], /the first word is a command: list, compare, .* or bench; `lab --help` says more/],
        [['frobnicate'], /no command is called "frobnicate"; there are list, compare/],
        [['compare', 'prime'], /no workload is called "prime"/],
        [['compare', '--methods', 'fibers'], /no method is called "fibers"/],
        [['compare', '--workers', '0'], /--workers "0": each must be a whole number from 1 to 256/],
        [['compare', '--workers', '1000000000'], /from 1 to 256/],
        [['compare', '--size', '-1'], /--size "-1"/],
        [['compare', '--size', 'NaN'], /--size "NaN"/],
        [['compare', 'mandelbrot', '--size', '100000'], /16 .*8192/],
        [['compare', '--seconds'], /--seconds needs a value/],
        [['compare', '--numbers', file('bad.txt', '3\n\nabc\n')], /bad\.txt, line 3: "abc" is not a whole number/],
        [['compare', '--numbers', file('none.txt', '\n# nothing\n')], /none\.txt: no numbers in it/],
        [['compare', 'pages', '--urls', file('bad-urls.txt', 'ftp://x.test/\n')], /line 1: "ftp:\/\/x\.test\/" is not an http/],
        [['list', '--json=x'], /list takes --json without a value/],
        [['compare', 'a\nb'], /no workload is called "a\?b"/],
        [['a\nb'], /no command is called "a\?b"/],
        [['list', '--yaml'], /list takes --json and nothing else/],
      ]);
    });

    test('many cells that fail for one reason: it is said once, and the document keeps to its schema', async () => {
      const urls = file('refused-url.txt', 'http://127.0.0.1:1/\n');
      const { status, out } = await run(program, ['compare', 'pages', '--urls', urls, '--methods', 'threads', '--workers', '1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16',
        '--rounds', '1', '--seconds', '0.1', '--json', '-']);
      assert.equal(status, 1);
      assert.match(document(out).verdict[0].why, /^There is no result of 1 thread, 2 threads, .* and 16 threads: http:\/\/127\.0\.0\.1:1\/: [^.]+\.$/);
    });

    test('files that cannot be read or written', async () => {
      const unread = await run(program, ['compare', '--urls', join(folder, 'missing.txt')]);
      assert.equal(unread.status, 1);
      assert.match(unread.err, /missing\.txt: no such file/i);
      // Before anything is measured, by every command.
      const unwritable = join(folder, 'no', 'such.json');
      for (const words of [['compare', '--json', unwritable], ['compare', '--trace', unwritable], ['futures', '--json', unwritable], ['gil', '--json', unwritable],
        ['gil', '--trace', unwritable], ['latency', '--json', unwritable], ['spin', 'all', '--json', unwritable], ['bench', '--json', unwritable]]) {
        const refused = await run(program, words);
        assert.deepEqual([refused.status, refused.out], [1, ''], words.join(' '));
        assert.match(refused.err, /^lab: [^\n]*such\.json: no such file[^\n]*\n$/i);
      }
      for (const place of [folder, `${join(folder, 'none-yet')}/`]) {
        const refused = await run(program, ['compare', '--json', place]);
        assert.deepEqual([refused.status, refused.out], [1, ''], place);
        assert.match(refused.err, /is a directory|illegal operation on a directory/i);
      }
    });

    test('one file by two names would lose the document: refused before anything is measured, whatever the names', async () => {
      const real = join(folder, 'real'), link = join(folder, 'link');
      mkdirSync(real, { recursive: true });
      symlinkSync(real, link);
      try {
        const [there, hard] = ['there.json', 'hard.json'].map(name => join(real, name));
        writeFileSync(there, 'kept');
        linkSync(there, hard);
        symlinkSync(join(real, 'none.json'), join(folder, 'dangling.json'));
        symlinkSync('dangling.json', join(folder, 'twice.json'));
        const twice = [[join(folder, 'dangling.json'), join(real, 'none.json')], [join(real, 'none.json'), join(folder, 'twice.json')], [join(real, 'new.json'), join(link, 'new.json')], [join(real, 'new.json'), `${real}/../real/new.json`], [there, hard], [there, join(link, 'there.json')]];
        for (const [json, trace] of twice) {
          const refused = await run(program, ['compare', '--json', json, '--trace', trace]);
          assert.deepEqual([refused.status, refused.out], [2, ''], `${json} ${trace}`);
          assert.match(refused.err, /^lab: --json and --trace name the same file, "[^"]+" and "[^"]+"; each needs its own[^\n]*\n/);
        }
        assert.equal(readFileSync(there, 'utf8'), 'kept');
        // What keeps nothing takes both.
        const both = await run(program, ['compare', 'primes', '--size', '1', '--methods', 'sequential', '--rounds', '1', '--seconds', '0.1', '--json', '/dev/null', '--trace', '/dev/../dev/null']);
        assert.deepEqual([both.status, both.err], [0, '']);
      } finally {
        rmSync(real, { recursive: true });
        for (const name of ['dangling.json', 'twice.json']) rmSync(join(folder, name), { force: true });
        rmSync(link);
      }
    });

    test('a document that its file does not take is printed', async () => {
      const { status, out, err } = await run(program, ['compare', 'primes', '--size', '1', '--methods', 'sequential', '--rounds', '1', '--seconds', '0.1', '--json', '/dev/full']);
      assert.equal(status, 1);
      assert.match(err, /^lab: \/dev\/full: no space left[^\n]*\nlab: the document that \/dev\/full did not take is printed instead\n$/i);
      assert.equal(document(out.slice(out.indexOf('{"schema"'))).runs.length, 1);
      assert.match(out, /sequential +1 /, 'the table is not lost either');
    });

    test('a byte order mark in front of a file, a scheme in capitals', async () => {
      const numbers = file('bom-numbers.txt', '\ufeff3\n5\n'), urls = file('uppercase-scheme.txt', `\ufeffHTTP://${base.slice(7)}/ok\n`);
      const { status, out, err } = await run(program, ['compare', 'primes', 'pages', '--numbers', numbers, '--urls', urls, '--methods', 'sequential,async', '--rounds', '1', '--seconds', '0.1', '--json', '-']);
      assert.deepEqual([status, err], [0, '']);
      assert.deepEqual(document(out).runs.map((/** @type {any} */ cell) => [cell.workload, cell.tasks, cell.verified]),
        [['primes', 2, true], ['primes', 2, true], ['pages', 1, true], ['pages', 1, true]]);
    });

    test('pages that change between two reads: the sentence says so', async () => {
      const { status, out } = await run(program, ['compare', 'pages', '--urls', file('changing-urls.txt', `${base}/changing?a\n${base}/changing?b\n`), '--methods', 'sequential,async',
        '--rounds', '1', '--seconds', '0.1', '--json', '-']);
      assert.equal(status, 1);
      for (const cell of document(out).runs) assert.match(cell.error, /^the pages changed between two reads/);
    });

    for (const [path, sentence] of /** @type {[string, RegExp][]} */ ([['/500', /\/500: the server answered 500/], ['/huge', /\/huge: longer than \d+ bytes/]]))
      test(`a URL that fails (${path}) ends its runs with a sentence, in every method`, async () => {
        const urls = file(`urls${path.slice(1)}.txt`, `${base}/fine\n${base}${path}\n`);
        const { status, out } = await run(program, ['compare', 'pages', 'primes', '--size', '2', '--urls', urls, '--workers', '2', '--rounds', '1', '--seconds', '0.1', '--json', '-']);
        const result = document(out);
        assert.equal(status, 1);
        for (const cell of result.runs)
          if (cell.workload === 'pages') assert.match(cell.error, sentence);
          else assert.ok(cell.verified);
      });

    test('a table of cells that all failed tells of no rounds', async () => {
      const { status, out } = await run(program, ['compare', 'pages', '--size', '2', '--urls', file('refused-rounds.txt', 'http://127.0.0.1:9/\n'), '--methods', 'async', '--rounds', '3', '--seconds', '0.1']);
      assert.equal(status, 1);
      assert.match(out, /^2 tasks, no rounds after one warm-up$/m);
    });

    test('a URL that refuses, and one that is empty', async () => {
      const refused = await run(program, ['compare', 'pages', '--size', '1', '--urls', file('refused.txt', 'http://127.0.0.1:9/\n'), '--methods', 'async', '--rounds', '1', '--seconds', '0.1', '--json', '-']);
      assert.match(document(refused.out).runs[0].error, /http:\/\/127\.0\.0\.1:9\//);
      const empty = await run(program, ['compare', 'pages', '--size', '1', '--urls', file('empty.txt', `${base}/empty\n`), '--methods', 'async', '--rounds', '1', '--seconds', '0.1', '--json', '-']);
      assert.ok(document(empty.out).runs[0].verified);
    });

    test('a process that traps or exits breaks its own pool only', async () => {
      for (const [fault, sentence] of /** @type {[string, RegExp][]} */ ([['trap', /the process (was killed by signal|trapped)/], ['exit', /exited with status 7/]])) {
        const { status, out } = await run(program, ['compare', 'fault', 'primes', '--size', '5', '--fault', fault, '--methods', 'processes', '--workers', '1,2', '--rounds', '2', '--seconds', '0.1', '--json', '-']);
        const result = document(out);
        assert.equal(status, 1);
        for (const cell of result.runs)
          if (cell.workload === 'fault') assert.match(cell.error, sentence);
          else assert.ok(cell.verified, JSON.stringify(cell));
      }
    });

    test('a trap in a thread ends the run with one sentence', async () => {
      for (const method of ['threads', 'async', 'sequential']) {
        const { status, err } = await run(program, ['compare', 'fault', '--size', '5', '--fault', 'trap', '--methods', method, '--workers', '2', '--rounds', '1', '--seconds', '0.1']);
        assert.equal(status, 1);
        assert.match(err, /trapped/);
      }
    });

    test('an exit in a thread ends the program', async () => {
      for (const method of ['threads', 'threads-gil', 'interpreters', 'async', 'sequential']) {
        const { status, out, err } = await run(program, ['compare', 'fault', '--size', '5', '--fault', 'exit', '--methods', method, '--workers', '2', '--rounds', '1', '--seconds', '0.1'], { timeout: 30_000 });
        assert.equal(out, '');
        if (name === 'native') assert.deepEqual([status, err], [7, ''], method);
        else {
          assert.equal(status, 1, method);
          assert.match(err, /^lab: a task ended the program with status 7; threads share one memory, so the whole run ended\n$/, method);
        }
      }
    });

    test('a result that cannot be written is a failure', async () => {
      const child = spawn('/bin/sh', ['-c', '"$@" > /dev/full', 'sh', ...program, 'compare', 'primes', '--size', '1', '--methods', 'sequential', '--rounds', '1', '--seconds', '0.1', '--json', '-'], { stdio: ['ignore', 'ignore', 'pipe'] });
      let err = '';
      child.stderr.setEncoding('utf8').on('data', text => { err += text; });
      assert.equal(await new Promise(resolve => child.once('close', resolve)), 1);
      assert.match(err, /^lab: the result could not be written: .*no space left.*\n$/i);
    });

    test('help and version that cannot be written: one line, status 1', async () => {
      for (const words of [['--help'], ['--version'], ['gil', '--help'], ['list']]) {
        const child = spawn('/bin/sh', ['-c', '"$@" > /dev/full', 'sh', ...program, ...words], { stdio: ['ignore', 'ignore', 'pipe'] });
        let err = '';
        child.stderr.setEncoding('utf8').on('data', text => { err += text; });
        assert.equal(await new Promise(resolve => child.once('close', resolve)), 1, words.join(' '));
        assert.match(err, /^lab: the result could not be written: .*no space left.*\n$/i);
      }
    });

    test('a failure in a later round fails the run, with what failed in the verdict', async () => {
      let asked = 0;
      const flaky = createServer((request, response) => {
        if (++asked > 4) response.writeHead(500);
        response.end('some words');
      });
      await new Promise(resolve => flaky.listen(0, '127.0.0.1', () => resolve(undefined)));
      const { port } = /** @type {import('node:net').AddressInfo} */ (flaky.address());
      const urls = file('flaky.txt', `http://127.0.0.1:${port}/\n`);
      const { status, out } = await run(program, ['compare', 'pages', '--urls', urls, '--methods', 'async', '--rounds', '50', '--seconds', '1', '--json', '-']);
      flaky.closeAllConnections();
      flaky.close();
      const result = document(out);
      assert.equal(result.runs[0].tasks, 1, 'as many pages as were named');
      assert.match(result.runs[0].error, /the server answered 500/);
      assert.match(result.verdict[0].why, /no result of async: .*500/);
      assert.equal(status, 1);
    });

    test('many workers: each runs or says why not', async () => {
      const { out } = await run(program, ['compare', 'primes', '--size', '4', '--methods', 'sequential,threads', '--workers', '32,24,200', '--rounds', '1', '--seconds', '0.1', '--json', '-']);
      for (const cell of document(out).runs)
        if (cell.workers < 200 || name === 'native') assert.ok(cell.verified, JSON.stringify(cell));
        else assert.match(cell.error, /^200 workers do not fit in this program's memory; at most \d+ do$/);
    });

    test('no sample is shorter than 20 ms', async () => {
      const { out } = await run(program, ['compare', 'mandelbrot', '--size', '64', '--workers', '2', '--rounds', '3', '--seconds', '0.1', '--json', '-']);
      for (const cell of document(out).runs)
        for (const seconds of cell.samples) assert.ok(seconds * cell.repeats >= 0.0199, `${cell.method}: ${seconds} s × ${cell.repeats}`);
    });

    test('failures, exhausted memory and wrong results belong to their cell', async () => {
      for (const [fault, sentence] of /** @type {[string, RegExp][]} */ ([['fail', /told to/], ['nomem', /out of memory/], ['wrong', /the sum is/]])) {
        const { status, out } = await run(program, ['compare', 'fault', '--size', '5', '--fault', fault, '--workers', '2', '--rounds', '1', '--seconds', '0.1', '--json', '-']);
        assert.equal(status, 1);
        for (const cell of document(out).runs) {
          assert.match(cell.error, sentence);
          assert.equal(cell.samples, undefined);
        }
      }
    });

    test('Ctrl-C in the middle: what was measured is reported, and it ends soon', async () => {
      for (const words of [['primes', '--size', '40'], ['pages', '--latency', '3000'], ['fault', '--size', '3', '--fault', 'hang', '--methods', 'threads'], ['fault', '--size', '3', '--fault', 'hang', '--methods', 'processes']]) {
        const start = performance.now();
        const { status, out } = await run(program, ['compare', ...words, '--workers', '2', '--rounds', '1000', '--seconds', '600', '--json', '-'], { interruptAfter: 3000 });
        assert.equal(status, 1);
        assert.equal(document(out).stopped, true);
        assert.ok(performance.now() - start < 20_000);
      }
    });
  });
