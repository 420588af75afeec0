// Probes: what a host does for the core's latency numbers (worker/probe.js), without the core.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { spawnSync } from 'node:child_process';
import { ERRORS, OPS, PROBES } from '../../worker/abi.js';
import { Host } from '../../worker/host.js';
import { findPrograms } from '../../worker/node-host.js';
import { loader } from '../../worker/programs.js';
import { createSite } from '../../worker/site-server.js';
import { workers } from '../../worker/workers.js';

/** @import { Core } from '../../worker/host.js' */

const MB = 1 << 20;

const site = createSite();
let sites = 0;
/** As node-host.js does it, but here. @returns {Promise<string[]>} */
const openSite = () => new Promise(resolve => site.listen(0, '127.0.0.1', () => {
  sites++;
  resolve([`http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (site.address()).port}/delay/0/page/0`]);
}));
const closeSite = () => {
  sites--;
  site.close();
  site.closeAllConnections();
};
after(() => site.close());

/** A core of 64 KiB that asks and gets answers. */
const memory = new Uint8Array(1 << 16);
/** @type {Map<number, (answer: { code: number, text: string }) => void>} */
const asked = new Map();
/** @type {Core} */
const core = {
  memory: () => memory,
  alloc: () => 1024,
  free: () => {},
  complete(request, code, _status, data, size) {
    asked.get(request)?.({ code, text: new TextDecoder().decode(memory.slice(data, data + size)) });
    asked.delete(request);
  },
};
const nothing = /** @type {any} */ (() => {});
const host = new Host(core, { write: nothing, event: nothing, show: nothing, done: nothing, keep: nothing, readFile: nothing, writeFile: nothing, checkFile: nothing, checkOther: nothing, openSite, closeSite }, null,
  loader(findPrograms().isolate, { later: true }));
let requests = 0;

/** @param {number} kind @param {number} count @param {number} bytes @returns {Promise<{ code: number, text: string }>} */
function probe(kind, count = 1, bytes = 0) {
  new Uint32Array(memory.buffer, 0, 3).set([kind, count, bytes]);
  return new Promise(resolve => {
    asked.set(++requests, resolve);
    host.post(OPS.PROBE, requests, 0, 12);
  });
}
const close = () => probe(0, 0);
const files = () => readdirSync(tmpdir()).filter(name => name.startsWith(`lab-probe-${process.pid}-`));

test('closing what was never opened is fine', async () => {
  assert.deepEqual(await close(), { code: 0, text: '' });
});

test('wrong orders are refused with a sentence', async () => {
  for (const [order, code, sentence] of /** @type {[[number, number, number], keyof typeof ERRORS, RegExp][]} */ ([
    [[99, 1, 0], 'LAB_E_INVALID', /^there is no probe 99; there are 1 to 10$/],
    [[PROBES.MESSAGE, 1_000_001, 0], 'LAB_E_TOO_LARGE', /^a probe is done at most 1000000 times at once, not 1000001$/],
    [[PROBES.WRITE, 1, 0xffffffff], 'LAB_E_TOO_LARGE', /^a probe has at most 16777216 bytes, not 4294967295$/],
    [[PROBES.FORK, 1, 0], 'LAB_E_UNAVAILABLE', /forked/],
    [[PROBES.FETCH_CACHE, 1, 0], 'LAB_E_UNAVAILABLE', /no cache/],
  ])) {
    const answer = await probe(...order);
    assert.equal(answer.code, ERRORS[code], answer.text);
    assert.match(answer.text, sentence);
  }
  assert.deepEqual([workers(), files()], [0, []]);
});

test('each kind is done, and nothing is left of it', { timeout: 120_000 }, async () => {
  for (const [kind, count, bytes] of /** @type {[keyof typeof PROBES, number, number][]} */ ([
    ['MESSAGE', 5, 0], ['MESSAGE', 3, MB], ['TRANSFER', 5, MB], ['CLONE', 2, MB], ['INSTANTIATE', 3, 0], ['START_COLD', 2, 0],
    ['FETCH_NETWORK', 3, 0], ['WRITE', 3, 4096], ['READ', 3, 4096],
  ])) {
    // Making ready, the operation, and once more: what the first left under way does not bother the second.
    for (const times of [0, count, 0, count]) assert.deepEqual(await probe(PROBES[kind], times, bytes), { code: 0, text: '' }, kind);
    if (kind === 'WRITE') assert.equal(files().length, 1);
    assert.deepEqual(await close(), { code: 0, text: '' });
    assert.deepEqual([workers(), files(), sites], [0, [], 0], kind);
  }
});

test('a probe of another kind takes the place of the last one', async () => {
  assert.equal((await probe(PROBES.WRITE, 1, 4096)).code, 0);
  assert.equal((await probe(PROBES.MESSAGE, 1, 16)).code, 0);
  assert.deepEqual([workers(), files()], [1, []]);
  await close();
  assert.equal(workers(), 0);
});

test('closing ends what is under way; meanwhile there is no other', { timeout: 60_000 }, async () => {
  for (const [kind, count, bytes] of [[PROBES.MESSAGE, 1_000_000, MB], [PROBES.START_COLD, 100_000, 0], [PROBES.FETCH_NETWORK, 1_000_000, 0]]) {
    await probe(kind, 0, bytes);
    const long = probe(kind, count, bytes);
    const second = await probe(kind, 1, bytes);
    assert.equal(second.code, ERRORS.LAB_E_STATE);
    assert.match(second.text, /under way already/);
    await new Promise(resolve => setTimeout(resolve, 20));
    const [ended, closed] = await Promise.all([long, close()]);
    assert.deepEqual([ended, closed], [{ code: ERRORS.LAB_E_STOPPED, text: 'stopped' }, { code: 0, text: '' }]);
    assert.deepEqual([workers(), sites], [0, 0]);
  }
});

test('what a host that is no more has left is removed', async () => {
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  const left = join(tmpdir(), `lab-probe-${pid}-left`);
  mkdirSync(left);
  try {
    await probe(PROBES.READ, 1, 16);
    assert.equal(existsSync(left), false);
  } finally {
    rmSync(left, { recursive: true, force: true });
    await close();
  }
});

test('a host that ends removes what there is', async () => {
  assert.equal((await probe(PROBES.WRITE, 1, 16)).code, 0);
  assert.equal(files().length, 1);
  host.end();
  for (let i = 0; i < 500 && files().length; i++) await new Promise(resolve => setTimeout(resolve, 10));
  assert.deepEqual(files(), []);
});
