// `lab latency`: the rows of synchronising, tasks and what is outside, by every program that runs without a browser.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { createLab, findPrograms } from '../../worker/node-host.js';

const native = process.env.LAB_NATIVE;

const MEASURED = [
  'futex-parked', 'futex-spinning', 'gil-hand-over', 'queue-hop', 'thread-start', 'process-start-cold', 'process-start-warm', 'pipe-round-trip',
  'coroutine-switch', 'async-turn', 'task-sequential', 'task-threads', 'task-threads-gil', 'task-interpreters', 'task-processes', 'task-async',
  'fetch-network', 'storage-write-4kb', 'storage-read-4kb', 'storage-write-1mb', 'storage-read-1mb',
];
/** JavaScript's, so not in the native program. */
const MESSAGES = ['wasm-instantiate', 'message-0b', 'message-1kb', 'message-1mb', 'message-1mb-transfer', 'clone-1mb'];
const NEVER = ['fetch-cache', 'send-2kb-network', 'ssd-random-read', 'datacenter-round-trip', 'disk-seek', 'read-1mb-disk', 'packet-around-the-world'];
const ALL = [...MEASURED, ...MESSAGES, ...NEVER];
const words = ['latency', '--only', ALL.join(','), '--seconds', '4', '--json', '-'];

// Files of the rows go where this points to: what is in it afterwards was left behind.
const folder = mkdtempSync(join(tmpdir(), 'lab-latency-'));
after(() => rmSync(folder, { recursive: true }));
const before = process.env.TMPDIR;
process.env.TMPDIR = folder;
after(() => {
  if (before === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = before;
});
const lab = createLab();
after(() => lab.close());

/** @typedef {{ name: string, about: string, seconds: number | null, low: number | null, high: number | null, reason: string | null }} Row */

/** @param {string} out @returns {Map<string, Row>} */
const rowsOf = out => new Map(JSON.parse(out).rows.map((/** @type {Row} */ row) => [row.name, row]));

/** @param {Map<string, Row>} rows @param {string[]} measured */
function check(rows, measured) {
  assert.deepEqual([...rows.keys()].sort(), [...ALL].sort());
  for (const [name, row] of rows) {
    assert.match(row.about, /\.$/, name);
    // Two threads that spin need a core each, and a busy machine may have none to spare.
    const alone = name === 'futex-spinning' && /two cores/.test(row.reason ?? '');
    if (measured.includes(name) && !alone) {
      assert.equal(row.reason, null, `${name}: ${row.reason}`);
      assert.ok(row.seconds !== null && row.seconds > 0 && row.seconds < 60, `${name}: ${row.seconds}`);
      assert.ok(row.low === null || row.low > 0, `${name}: from ${row.low}`);
    } else {
      assert.equal(row.seconds, null, name);
      assert.match(row.reason ?? '', /\w+ \w+/, `${name}: ${row.reason}`);
    }
  }
}

test('the native program', { skip: !native, timeout: 120_000 }, () => {
  const { status, stdout, stderr } = spawnSync(/** @type {string} */ (native), words, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  check(rowsOf(stdout), MEASURED);
  assert.deepEqual(readdirSync(folder), []);
});

test('Node', { timeout: 180_000 }, async () => {
  const { status, out, err } = await lab.run(words);
  assert.equal(status, 0, err);
  check(rowsOf(out), [...MEASURED, ...MESSAGES]);
  assert.deepEqual(readdirSync(folder), []);
  // The host itself is one; the threads' Workers are trimmed a while after the run.
  for (let i = 0; i < 600 && (await lab.workers()) > 2; i++) await new Promise(resolve => setTimeout(resolve, 20));
  assert.ok((await lab.workers()) <= 2, `${await lab.workers()} Workers`);
});

test('1 MB is sooner handed over than copied', { timeout: 120_000 }, async () => {
  for (let tries = 1; ; tries++) {
    const { out } = await lab.run(['latency', '--only', 'message-1mb,message-1mb-transfer', '--seconds', '1', '--json', '-']);
    const rows = rowsOf(out);
    const [copied, transferred] = ['message-1mb', 'message-1mb-transfer'].map(name => rows.get(name)?.seconds ?? NaN);
    if (transferred < copied) break;
    assert.ok(tries < 5, `${transferred} s transferred, ${copied} s copied`); // a busy machine may give one of them no time
  }
});

test('stopped in whatever row, and nothing is left', { timeout: 120_000 }, async () => {
  for (const name of ['process-start-cold', 'message-1mb', 'storage-write-1mb', 'fetch-network', 'task-processes', 'queue-hop']) {
    const begun = new Promise(resolve => setTimeout(resolve, 400));
    const run = lab.run(['latency', '--only', name, '--seconds', '60', '--json', '-']);
    await begun;
    lab.stop();
    const { stopped, out, err } = await run;
    assert.equal(stopped, true, name);
    assert.equal(JSON.parse(out).stopped, true, `${name}: ${err}`);
    assert.deepEqual(readdirSync(folder), [], name);
  }
});

test('where nothing is shared the rows that need it say so', { timeout: 120_000 }, async () => {
  const worker = new Worker(new URL('../../worker/solo-host.js', import.meta.url), { workerData: { isolate: findPrograms().isolate } });
  try {
    /** @type {any} */
    const done = await new Promise((resolve, reject) => {
      worker.on('error', reject);
      worker.on('message', message => {
        if (message.type === 'ready') worker.postMessage({ type: 'run', run: 1, argv: words });
        if (message.type === 'look') worker.postMessage({ type: 'looked', run: message.run, busy: [] });
        if (message.type === 'done' || message.type === 'crashed') resolve(message);
      });
    });
    assert.deepEqual([done.type, done.status], ['done', 0], done.err || done.message);
    const rows = rowsOf(done.out);
    check(rows, [...rows.values()].filter(row => row.reason === null).map(({ name }) => name));
    for (const name of ['futex-parked', 'gil-hand-over', 'queue-hop', 'thread-start', 'pipe-round-trip', 'task-threads'])
      assert.match(rows.get(name)?.reason ?? '', /SharedArrayBuffer is missing here/, name);
    for (const name of ['message-1kb', 'clone-1mb', 'wasm-instantiate', 'coroutine-switch', 'task-sequential', 'task-processes', 'task-async', 'storage-read-4kb'])
      assert.equal(rows.get(name)?.reason, null, name);
    assert.deepEqual(readdirSync(folder), []);
  } finally {
    await worker.terminate();
  }
});
