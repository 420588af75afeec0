// What the system around a run does to it, to the native binary (host-cli.test.js and host-fetch.test.js are about
// Node's): few descriptors, a proxy in the environment, a terminal that is closed.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { constants } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { document, hears, programs, runner, scratch } from './program.js';

const run = runner();
const QUICK = ['--methods', 'async', '--rounds', '1', '--seconds', '0.1', '--json', '-'];

/** The binary under a shell that does this first. @param {string} first */
const after = first => ['/bin/sh', '-c', `${first} && exec "$@"`, 'sh', ...programs.native];

test('a soft limit on open files is raised as far as the hard one', async () => {
  const { status, out, err } = await run(after('ulimit -S -n 64'), ['compare', 'pages', '--size', '200', '--latency', '20', ...QUICK]);
  assert.deepEqual([status, err], [0, '']);
  assert.ok(document(out).runs[0].verified);
});

test('a hard limit on open files: the sentence names it', async () => {
  const folder = scratch('system'), urls = join(folder, 'urls.txt');
  const server = createServer((request, response) => void setTimeout(() => response.end('words'), 100));
  await new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  writeFileSync(urls, Array.from({ length: 200 }, (_, i) => `http://127.0.0.1:${port}/${i}\n`).join(''));
  const { status, out } = await run(after('ulimit -n 64'), ['compare', 'pages', '--urls', urls, ...QUICK]);
  server.closeAllConnections();
  server.close();
  assert.equal(status, 1);
  assert.match(document(out).runs[0].error, /too many open files: this program may have 64, and each page that is being read takes one/);
});

for (const names of [['http_proxy'], ['ALL_PROXY', 'all_proxy'], ['http_proxy', 'no_proxy']])
  test(`this machine is not asked through a proxy (${names.join(', ')})`, async () => {
    let asked = 0;
    const proxy = createServer((request, response) => { asked++; response.writeHead(502).end(); });
    await new Promise(resolve => proxy.listen(0, '127.0.0.1', () => resolve(undefined)));
    const { port } = /** @type {import('node:net').AddressInfo} */ (proxy.address());
    /** @type {NodeJS.ProcessEnv} */
    const env = Object.fromEntries(names.map(name => [name, name === 'no_proxy' ? 'elsewhere.example' : `http://127.0.0.1:${port}`]));
    const { status, out, err } = await run(programs.native, ['compare', 'pages', '--size', '2', ...QUICK], { env });
    proxy.close();
    assert.deepEqual([status, err, asked], [0, '', 0]);
    assert.ok(document(out).runs[0].verified);
  });

const LONG = ['compare', 'primes', '--size', '4', '--methods', 'threads', '--rounds', '1000', '--seconds', '600', '--json', '-'];

/** A run that is sent SIGHUP, and then this, as soon as it can take it. @param {string[]} program @param {NodeJS.Signals} [then] */
async function hungUp(program, then) {
  const child = spawn(program[0], [...program.slice(1), ...LONG], { stdio: ['ignore', 'pipe', 'ignore'] });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', text => { out += text; });
  const closed = new Promise(resolve => child.once('close', (status, signal) => resolve(status ?? signal)));
  await hears(child, then ? constants.signals[then] : constants.signals.SIGHUP);
  child.kill('SIGHUP');
  if (then) child.kill(then);
  return { status: await closed, out };
}

test('SIGHUP: the run stops and the document is written', { timeout: 60_000 }, async () => {
  const { status, out } = await hungUp(programs.native);
  assert.ok(status === 0 || status === 1, `${status}`);
  assert.equal(document(out).stopped, true);
});

test('under nohup SIGHUP is not heard', { timeout: 60_000 }, async () => {
  const { status, out } = await hungUp(after('trap "" HUP'), 'SIGTERM');
  assert.ok(status === 0 || status === 1, `${status}`);
  assert.equal(document(out).stopped, true);
});
