// The command `lab`: output to the last byte, signals, readers that go away.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { constants, tmpdir } from 'node:os';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { hears } from './program.js';

const cli = fileURLToPath(new URL('../../worker/cli.mjs', import.meta.url));
const LONG = ['compare', 'primes', '--methods', 'threads,processes', '--workers', '2', '--seconds', '60', '--json', '-'];

/** A stand-in for lab.mjs: what `script` does with write() and done() is what a command does. */
const fakeCore = (/** @type {string} */ script) => `
  export default async ({ host }) => {
    const HEAPU8 = new Uint8Array(64 << 20);
    let next = 16;
    const post = (op, payload) => { HEAPU8.set(payload, next); host.post(op, 0, next, payload.length); };
    const writeBytes = (fd, bytes) => post(1, new Uint8Array([fd, 0, 0, 0, ...bytes]));
    const write = (fd, text) => { const bytes = new TextEncoder().encode(text), head = new Uint8Array(4 + bytes.length); head[0] = fd; head.set(bytes, 4); post(1, head); };
    const done = status => post(3, new Uint8Array([status, 0, 0, 0, 0, 0, 0, 0]));
    return { HEAPU8, _lab_host_alloc: () => next, _lab_host_free() {}, _lab_host_complete() {}, _lab_stop() {}, _lab_progress: () => 0,
      _lab_command() { setTimeout(() => { ${script} }); return 0; } };
  };`;

/** The command with a stand-in for the core. @param {string} script @param {Parameters<typeof lab>[1]} [meanwhile] */
async function fake(script, meanwhile) {
  const folder = mkdtempSync(join(tmpdir(), 'lab-fake-'));
  cpSync(fileURLToPath(new URL('../../worker', import.meta.url)), join(folder, 'worker'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'lab.mjs'), fakeCore(script));
  writeFileSync(join(folder, 'isolate.wasm'), Buffer.from('0061736d01000000', 'hex'));
  try {
    return await lab([], meanwhile, join(folder, 'worker/cli.mjs'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @param {string[]} argv @param {(child: import('node:child_process').ChildProcessByStdio<null, import('node:stream').Readable, import('node:stream').Readable>) => void} [meanwhile]
 * @returns {Promise<{ status: number | null, signal: string | null, out: string, err: string, ms: number }>} */
function lab(argv, meanwhile = () => {}, command = cli) {
  const start = performance.now();
  const child = spawn(process.execPath, [command, ...argv], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', text => (out += text));
  child.stderr.setEncoding('utf8').on('data', text => (err += text));
  meanwhile(child);
  return new Promise(resolve => child.once('close', (status, signal) => resolve({ status, signal, out, err, ms: performance.now() - start })));
}

test('status, stdout and stderr are the core’s', async () => {
  const list = await lab(['list', '--json']);
  assert.deepEqual([list.status, list.err], [0, '']);
  assert.ok(JSON.parse(list.out));
  const help = await lab(['--help']);
  assert.equal(help.status, 0);
  assert.match(help.out, /compare/);
  const wrong = await lab(['compare', 'primes', '--workers', '0']);
  assert.deepEqual([wrong.status, wrong.out], [2, '']);
  assert.match(wrong.err, /^lab: .*workers.*\n$/);
});

test('--json - prints one document and nothing else', async () => {
  const { status, out } = await lab(['compare', 'fault', '--size', '3', '--rounds', '1', '--seconds', '0.1', '--json', '-']);
  assert.equal(status, 0);
  assert.equal(JSON.parse(out).schema, 'concurrency-lab/1');
  assert.match(out, /^\{.*\}\n$/s);
});

test('a long text comes out whole into a slow pipe', async () => {
  // 8 MB in pieces, and a status: more than any pipe holds.
  const { status, out } = await fake("for (let i = 0; i < 800; i++) write(1, `${String(i).padStart(9)}\\n`.repeat(1000)); write(2, 'ä'); done(1);", child => {
    child.stdout.pause();
    setTimeout(() => child.stdout.resume(), 1500);
  });
  assert.equal(status, 1);
  assert.equal(out.length, 8_000_000);
  assert.ok(out.endsWith(`${'799'.padStart(9)}\n`));
});

test('a character in two pieces stays one', async () => {
  const { out } = await fake("const bytes = new TextEncoder().encode('ä😀\\n'); for (const byte of bytes) writeBytes(1, [byte]); done(0);");
  assert.equal(out, 'ä😀\n');
});

test('a reader that goes away is not worth a word', async () => {
  const { status, err } = await lab(['list'], child => child.stdout.destroy());
  assert.equal(err, '');
  assert.ok(status === 141 || status === 0, `${status}`);
});

// Node itself hears the other two from its start on; the command asks for all three at once.
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
  test(`${signal} stops the run, which prints what it has`, { timeout: 60_000 }, async () => {
    const { status, out } = await lab(LONG, child => void hears(child, constants.signals.SIGHUP).then(() => setTimeout(() => child.kill(signal), 1000)));
    assert.ok(status === 0 || status === 1, `${status}`);
    assert.equal(JSON.parse(out).stopped, true);
  });

test('the signal that npm passes on once more is the same key press', { timeout: 60_000 }, async () => {
  const { out } = await lab(LONG, child =>
    setTimeout(() => {
      child.kill('SIGINT');
      setTimeout(() => child.kill('SIGINT'), 30);
    }, 2500));
  assert.equal(JSON.parse(out).stopped, true);
});

test('a second Ctrl-C ends it at once, whatever it does', { timeout: 60_000 }, async () => {
  const { status, ms } = await fake("write(2, 'busy\\n');", child =>
    child.stderr.once('data', () => {
      child.kill('SIGINT');
      setTimeout(() => child.kill('SIGINT'), 400);
    }));
  assert.equal(status, 130);
  assert.ok(ms < 20_000, `${ms} ms`);
});

test('a core that does not stop is ended, with a word', { timeout: 60_000 }, async () => {
  const { status, err } = await fake("write(2, 'busy\\n');", child => child.stderr.once('data', () => child.kill('SIGINT')));
  assert.equal(status, 1);
  assert.match(err, /^busy\nlab: the run did not stop: for 5 s nothing happened in it, and it was ended\n$/);
});

test('a core that crashes is one sentence', async () => {
  const { status, err, out } = await fake("write(1, 'so far\\n'); setTimeout(() => { throw new WebAssembly.RuntimeError('unreachable'); });");
  assert.deepEqual([status, out], [1, 'so far\n']);
  assert.equal(err, 'lab: a task trapped (unreachable) in a thread; threads share one memory, so the whole run ended\n');
});

test('without the programs it says what to do', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lab-cli-'));
  cpSync(fileURLToPath(new URL('../../worker', import.meta.url)), join(folder, 'worker'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, 'worker/cli.mjs'), 'list'], { encoding: 'utf8' });
  assert.deepEqual([status, stdout], [1, '']);
  assert.match(stderr, /^lab: .*npm run build.*\n$/);
  rmSync(folder, { recursive: true });
});

test('it runs through the link that npm makes of it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lab-bin-'));
  symlinkSync(cli, join(folder, 'lab'));
  const { status, stdout } = spawnSync(join(folder, 'lab'), ['--version'], { encoding: 'utf8' });
  assert.equal(status, 0);
  assert.match(stdout, /\d+\.\d+/);
  rmSync(folder, { recursive: true });
});

test('a Node that is too old is told so in one line', () => {
  const preload = "data:text/javascript,Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.18.3' } })";
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', preload, cli, 'list'], { encoding: 'utf8' });
  assert.match(stderr, /^lab: Node 20\.19 or later is needed, and .* is 20\.18\.3\n$/);
  assert.equal(JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).engines.node, '>=20.19');
  assert.equal(stdout, '');
  assert.equal(status, 1);
});
