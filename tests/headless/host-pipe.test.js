// The ring of bytes between two instances, between two threads of Node.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { Bell, Grant, HEADER_BYTES, PipeWriter } from '../../worker/pipe.js';

/** One end: bytes of a generator in pieces of random sizes, and a checksum of all of them. */
const END = `
const { workerData, parentPort } = require('node:worker_threads');
const { buffer, address, total, role, seed, most, url } = workerData;
import(url).then(({ PipeReader, PipeWriter }) => {
  let state = seed, next = 1, sum = 0;
  const random = below => ((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32 * below) | 0;
  const byte = () => (next = (Math.imul(next, 69069) + 1) >>> 0) >>> 24;
  const pipe = new (role === 'write' ? PipeWriter : PipeReader)(buffer, address);
  for (let done = 0; done < total; ) {
    const piece = new Uint8Array(Math.min(1 + random(most), total - done));
    let n = piece.length;
    if (role === 'write') {
      for (let i = 0; i < n; i++) sum = (Math.imul(sum, 31) + (piece[i] = byte())) >>> 0;
      if (n % 4) pipe.write(piece);
      else pipe.writeWords(new Int32Array(piece.buffer), 0, n / 4, true);
    } else {
      n = pipe.read(piece);
      for (let i = 0; i < n; i++) sum = (Math.imul(sum, 31) + piece[i]) >>> 0;
    }
    done += n;
  }
  parentPort.postMessage(sum);
});`;

/** @param {object} data @returns {Promise<number>} */
const end = data =>
  new Promise((resolve, reject) => {
    new Worker(END, { eval: true, workerData: { ...data, url: new URL('../../worker/pipe.js', import.meta.url).href } }).on('message', resolve).on('error', reject);
  });

for (const [capacity, most, total, start] of [[64, 100, 200_000, 0], [64, 7, 50_000, 0xffffff00], [65536, 200_000, 30_000_000, 0xffffffff], [1, 3, 5_000, 0]])
  test(`${total} bytes through ${capacity}, in pieces of up to ${most}, from position ${start}`, { timeout: 60_000 }, async () => {
    const address = 32, [head, tail, capacityAt] = [0, 16, 18];
    const buffer = new SharedArrayBuffer(address + HEADER_BYTES + capacity + 16);
    const words = new Uint32Array(buffer, address, 32);
    [words[head], words[tail], words[capacityAt]] = [start, start, capacity]; // where head and tail are about to wrap, too
    const beyond = new Uint8Array(buffer, address + HEADER_BYTES + capacity).fill(0xaa);
    const shared = { buffer, address, total, most };
    const [written, read] = await Promise.all([end({ ...shared, role: 'write', seed: 1 }), end({ ...shared, role: 'read', seed: 2 })]);
    assert.equal(read, written);
    assert.equal(words[head], (start + total) >>> 0);
    assert.equal(words[tail], (start + total) >>> 0);
    assert.ok(beyond.every(byte => byte === 0xaa), 'nothing beyond the ring was written');
  });

test('a pipe that is closed lets go of whoever waits for it, and is not touched again', { timeout: 20_000 }, async () => {
  const WAIT = `
const { workerData: { buffer, closed, role, url }, parentPort } = require('node:worker_threads');
import(url).then(({ Closed, PipeReader, PipeWriter }) => {
  const pipe = new (role === 'write' ? PipeWriter : PipeReader)(buffer, 0, { closed });
  const piece = new Uint8Array(32);
  const tries = [];
  for (let i = 0; i < 2; i++)
    try {
      if (role === 'write') for (;;) pipe.write(piece);
      else for (;;) pipe.read(piece);
    } catch (error) {
      tries.push(error instanceof Closed);
    }
  parentPort.postMessage(tries);
});`;
  const url = new URL('../../worker/pipe.js', import.meta.url).href;
  for (const role of ['read', 'write']) {
    const buffer = new SharedArrayBuffer(HEADER_BYTES + 64);
    const words = new Int32Array(buffer, 0, 32);
    words[18] = 64;
    const closed = new Int32Array(new SharedArrayBuffer(4));
    const worker = new Worker(WAIT, { eval: true, workerData: { buffer, closed, role, url } });
    const tries = new Promise((resolve, reject) => worker.on('message', resolve).on('error', reject));
    while (!Atomics.load(words, role === 'write' ? 17 : 1)) await new Promise(resolve => setTimeout(resolve, 5)); // it sleeps, or is about to
    assert.equal(words[16], role === 'write' ? 64 : 0);
    Atomics.store(closed, 0, 1);
    Atomics.notify(words, role === 'write' ? 17 : 1);
    assert.deepEqual(await tries, [true, true]);
    assert.equal(words[16], role === 'write' ? 64 : 0);
  }
});

test('the bell is rung only for who sleeps, and by what is urgent', () => {
  const buffer = new SharedArrayBuffer(8 + HEADER_BYTES + 64);
  const bell = new Int32Array(buffer, 0, 2);
  new Int32Array(buffer, 8, 32)[18] = 64;
  const writer = new PipeWriter(buffer, 8, { bell: new Bell(buffer, 0) });
  const seen = (/** @type {boolean} */ urgent) => {
    writer.write(new Uint8Array(4), urgent);
    return [...bell];
  };
  assert.deepEqual(seen(true), [0, 0], 'nobody sleeps');
  bell[1] = 1;
  assert.deepEqual(seen(false), [0, 1], 'it can wait');
  assert.deepEqual(seen(true), [0, 0], 'woken');
});

test('a grant is claimed until there is none left, around the end of its counts', () => {
  const buffer = new SharedArrayBuffer(8);
  const words = new Int32Array(buffer);
  words[0] = (0x0001 << 16) | 0xfffe;
  const grant = new Grant(buffer, 0);
  assert.deepEqual([1, 2, 3, 4].map(() => grant.claim()), [true, true, true, false]);
  assert.equal(words[0], (1 << 16) | 1);
});
