// Processes: one isolate.wasm in a Worker each, spoken to in frames (core/futures/frame.h), over rings in shared memory
// and over messages. They trap, exit, hang, are killed, run out of memory and fetch; each is answered for once.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { ERRORS } from '../../worker/abi.js';
import { findPrograms } from '../../worker/node-host.js';
import { loader } from '../../worker/programs.js';
import { HEADER_BYTES, READER_SLEEPS, WRITER_SLEEPS } from '../../worker/pipe.js';
import { Processes } from '../../worker/processes.js';
import { workers } from '../../worker/workers.js';

const TYPE = { PING: 0x4c414201, PONG: 0x4c414202, TASK: 0x4c414203, EVENTS: 0x4c414204, RESULT: 0x4c414205, EXIT: 0x4c414206, INIT: 0x4c414207, INITED: 0x4c414208 };
const FAULT = { none: 0, trap: 1, exit: 2, fail: 3, nomem: 4, hang: 5 };
const RING = 65536;
const HEAD = 0, TAIL = 16, CAPACITY = 18; // words of a pipe: worker/pipe.js
const program = loader(findPrograms().isolate);

/** @typedef {{ type: number, id: number, code: number, value: bigint, time: bigint, body: Buffer }} Frame */

/** @param {{ type: number, id?: number, code?: number, body?: Buffer }} frame */
function frameBytes({ type, id = 0, code = 0, body = Buffer.alloc(0) }) {
  const head = Buffer.alloc(32);
  head.writeUInt32LE(type, 0);
  head.writeUInt32LE(id, 4);
  head.writeInt32LE(code, 8);
  head.writeUInt32LE(body.length, 12);
  head.writeBigUInt64LE(42n, 16);
  return Buffer.concat([head, body, Buffer.alloc(padding(body.length))]);
}

const padding = (/** @type {number} */ size) => (16 - (size % 16)) % 16;

/** @param {number} id @param {string} name @param {Buffer} bytes @param {number} type */
const task = (id, name, bytes, type = TYPE.TASK) => frameBytes({ type, id, code: name.length, body: Buffer.concat([Buffer.from(name), Buffer.alloc(padding(name.length)), bytes]) });

/** @param {number} id @param {keyof typeof FAULT} fault @param {number} number */
function faultTask(id, fault, number = 1000, type = TYPE.TASK) {
  const bytes = Buffer.alloc(16);
  bytes.writeBigUInt64LE(BigInt(number), 0);
  bytes.writeBigUInt64LE(BigInt(FAULT[fault]), 8);
  return task(id, 'fault', bytes, type);
}

/** A coordinator that exists only here: memory to hand out, and the parent's ends of the pipes. */
class Parent {
  buffer = new SharedArrayBuffer(8 << 20);
  #next = 16;
  /** Blocks of the host that were not given back. */
  held = new Set();
  /** @type {Map<number, { code: number, text: string, at: number }>} */
  ended = new Map();
  /** @type {Map<number, Buffer[]>} */
  delivered = new Map();
  said = '';
  /** True: the host gets no memory any more. */
  exhausted = false;

  /** @param {boolean} shared @param {() => Promise<WebAssembly.Module>} [load] its processes' program */
  constructor(shared, load = program) {
    this.shared = shared;
    this.memory = new Uint8Array(this.buffer);
    /** @type {import('../../worker/host.js').Core} */
    this.core = {
      memory: () => this.memory,
      alloc: size => {
        if (this.exhausted) return 0;
        const at = this.place(size);
        this.held.add(at);
        return at;
      },
      free: at => assert.ok(this.held.delete(at), 'freed once, and only what was allocated'),
      complete: () => assert.fail('answers of processes go through answer()'),
    };
    this.processes = new Processes({
      core: () => this.core,
      program: load,
      shared: () => (shared ? this.buffer : null),
      answer: (request, code, _status, parts) => {
        assert.ok(!this.ended.has(request), 'answered once');
        this.ended.set(request, { code, text: Buffer.concat(parts).toString(), at: performance.now() });
      },
      deliver: (request, bytes) => this.delivered.get(request)?.push(Buffer.from(bytes)),
      write: (_fd, bytes) => (this.said += Buffer.from(bytes).toString()),
    });
  }

  /** @param {number} size */
  place(size) {
    const at = this.#next;
    this.#next += (size + 15) & ~15;
    return at;
  }

  spawn() {
    const child = new ChildEnd(this, this.place(16));
    const payload = new Uint8Array(20);
    const view = new DataView(payload.buffer);
    [child.input, child.output, child.bell, child.answer, child.grant].forEach((address, i) => view.setUint32(4 * i, address, true));
    this.delivered.set(child.request, []);
    this.processes.spawn(child.request, this.shared ? payload : new Uint8Array(0));
    return child;
  }
}

class ChildEnd {
  #parent;
  #bytes = Buffer.alloc(0);

  /** @param {Parent} parent @param {number} request */
  constructor(parent, request) {
    this.#parent = parent;
    this.request = request;
    this.input = parent.place(HEADER_BYTES + RING);
    this.output = parent.place(HEADER_BYTES + RING);
    this.bell = parent.place(8);
    this.answer = parent.place(20);
    this.grant = parent.place(8);
    if (!parent.shared) return;
    for (const at of [this.input, this.output]) new Uint32Array(parent.buffer, at, 32)[CAPACITY] = RING;
    new Uint32Array(parent.buffer, this.grant, 1)[0] = 0x7fff0000; // it may run whatever it is sent
  }

  /** @param {Buffer} bytes */
  send(bytes) {
    if (!this.#parent.shared) return this.#parent.processes.send(this.request, bytes);
    const words = new Int32Array(this.#parent.buffer, this.input, 32);
    const tail = Atomics.load(words, TAIL);
    assert.ok(bytes.length <= RING - ((tail - Atomics.load(words, HEAD)) >>> 0));
    for (const [i, byte] of bytes.entries()) this.#parent.memory[this.input + HEADER_BYTES + ((tail + i) & (RING - 1))] = byte;
    Atomics.store(words, TAIL, (tail + bytes.length) | 0);
    if (Atomics.exchange(words, READER_SLEEPS, 0)) Atomics.notify(words, READER_SLEEPS);
  }

  #pull() {
    if (!this.#parent.shared) {
      this.#bytes = Buffer.concat([this.#bytes, ...(this.#parent.delivered.get(this.request) ?? []).splice(0)]);
      return;
    }
    const words = new Int32Array(this.#parent.buffer, this.output, 32);
    const [head, tail] = [Atomics.load(words, HEAD), Atomics.load(words, TAIL)];
    const piece = Buffer.from(Array.from({ length: (tail - head) >>> 0 }, (_, i) => this.#parent.memory[this.output + HEADER_BYTES + ((head + i) & (RING - 1))]));
    Atomics.store(words, HEAD, tail);
    if (Atomics.exchange(words, WRITER_SLEEPS, 0)) Atomics.notify(words, WRITER_SLEEPS);
    this.#bytes = Buffer.concat([this.#bytes, piece]);
  }

  /** The next frame that is no trace. @returns {Promise<Frame>} */
  async receive(patienceMs = 20_000) {
    for (const start = performance.now(); performance.now() - start < patienceMs; await new Promise(resolve => setTimeout(resolve, 2))) {
      this.#pull();
      while (this.#bytes.length >= 32) {
        const size = this.#bytes.readUInt32LE(12), whole = 32 + size + padding(size);
        if (this.#bytes.length < whole) break;
        const frame = {
          type: this.#bytes.readUInt32LE(0), id: this.#bytes.readUInt32LE(4), code: this.#bytes.readInt32LE(8),
          time: this.#bytes.readBigUInt64LE(16), value: this.#bytes.readBigUInt64LE(24), body: this.#bytes.subarray(32, 32 + size),
        };
        this.#bytes = this.#bytes.subarray(whole);
        if (frame.type !== TYPE.EVENTS) return frame;
      }
      const end = this.#parent.ended.get(this.request);
      if (end) assert.fail(`the process ended instead: ${end.code} ${end.text}`);
    }
    return assert.fail('nothing came');
  }

  async end(patienceMs = 20_000) {
    for (const start = performance.now(); performance.now() - start < patienceMs; await new Promise(resolve => setTimeout(resolve, 2))) {
      const end = this.#parent.ended.get(this.request);
      if (end) return end;
    }
    return assert.fail('it did not end');
  }
}

const server = http.createServer((request, response) => {
  if (request.url === '/hang') return;
  if (request.url === '/500') response.writeHead(500).end();
  else response.end('three short words');
});
let base = '';
before(async () => {
  await new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve(null)));
  base = `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}`;
});
after(() => {
  server.close();
  server.closeAllConnections();
});

async function noWorkers() {
  for (let i = 0; i < 500 && workers(); i++) await new Promise(resolve => setTimeout(resolve, 10));
  assert.equal(workers(), 0);
}

// By hand: a program of (memory 1) whose lab_child_main calls proc_exit(status), or returns it.
const ending = (/** @type {number} */ status, /** @type {boolean} */ calls) => {
  const leb = (/** @type {number} */ value) => {
    const bytes = [];
    for (; value < -64 || value > 63; value >>= 7) bytes.push((value & 127) | 128);
    return [...bytes, value & 127];
  };
  const name = (/** @type {string} */ text) => [text.length, ...Buffer.from(text)];
  const section = (/** @type {number} */ id, /** @type {number[]} */ bytes) => [id, bytes.length, ...bytes];
  const code = [0, 0x41, ...leb(status), ...(calls ? [0x10, 0, 0x41, 0] : []), 0x0b];
  return WebAssembly.compile(new Uint8Array([
    0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
    ...section(1, [2, 0x60, 1, 0x7f, 0, 0x60, 0, 1, 0x7f]),
    ...section(2, [1, ...name('wasi_snapshot_preview1'), ...name('proc_exit'), 0, 0]),
    ...section(3, [1, 1]),
    ...section(5, [1, 0, 1]),
    ...section(7, [2, ...name('memory'), 2, 0, ...name('lab_child_main'), 0, 1]),
    ...section(10, [1, code.length, ...code]),
  ]));
};

test('no exit status is taken for an end that the core knows by its number', async () => {
  for (const [status, calls, told] of /** @type {const} */ ([[3, true, 3], [-1, true, 255], [256, true, 0], [256, false, 256]])) {
    const parent = new Parent(true, () => ending(status, calls));
    assert.equal((await parent.spawn().end()).code, told, `${status}`);
  }
  await noWorkers();
});

for (const shared of [true, false]) {
  const way = shared ? 'over shared memory' : 'over messages';

  test(`a process answers, works, and ends when told to, ${way}`, async () => {
    const parent = new Parent(shared);
    const child = parent.spawn();
    child.send(frameBytes({ type: TYPE.PING }));
    const pong = await child.receive();
    assert.equal(pong.type, TYPE.PONG);
    assert.equal(pong.value, 42n);
    assert.ok(Math.abs(Number(pong.time) / 1e6 - (performance.timeOrigin + performance.now())) < 5000, 'its clock is ours');
    for (let id = 1; id <= 20; id++) child.send(faultTask(id, 'none', id));
    for (let id = 1; id <= 20; id++) {
      const result = await child.receive();
      assert.deepEqual([result.type, result.id, result.code, result.body.readBigUInt64LE(0)], [TYPE.RESULT, id, 0, BigInt((id * (id + 1)) / 2)]);
    }
    child.send(frameBytes({ type: TYPE.EXIT }));
    assert.deepEqual((({ code, text }) => [code, text])(await child.end()), [0, '']);
    assert.equal(parent.said, '');
    await noWorkers();
  });

  test(`a process runs its initializer before its first task, ${way}`, async () => {
    const parent = new Parent(shared);
    const [fine, fails, traps] = [parent.spawn(), parent.spawn(), parent.spawn()];
    // All at once, as the pool writes behind its last ping.
    const begin = (/** @type {keyof typeof FAULT} */ fault) => Buffer.concat([frameBytes({ type: TYPE.PING }), faultTask(0, fault, 5, TYPE.INIT), faultTask(1, 'none', 4)]);
    fine.send(begin('none'));
    fails.send(begin('fail'));
    traps.send(begin('trap'));
    for (const child of [fine, fails]) assert.equal((await child.receive()).type, TYPE.PONG);
    const inited = await fine.receive();
    assert.deepEqual([inited.type, inited.code, inited.body.length], [TYPE.INITED, 0, 0]);
    const result = await fine.receive();
    assert.deepEqual([result.type, result.id, result.code, result.body.readBigUInt64LE(0)], [TYPE.RESULT, 1, 0, 10n]);
    const failed = await fails.receive();
    assert.deepEqual([failed.type, failed.code], [TYPE.INITED, ERRORS.LAB_E_TASK]);
    assert.match(failed.body.toString(), /was told to/);
    assert.equal((await fails.end()).code, 0); // without running the task
    await assert.rejects(fails.receive(), /the process ended instead: 0/);
    assert.deepEqual((({ code, text }) => [code, text])(await traps.end()), [ERRORS.LAB_E_DIED, 'the process trapped: unreachable']);
    parent.processes.kill(fine.request);
    await fine.end();
    await noWorkers();
  });

  test(`a process that traps, exits or fails takes nothing else along, ${way}`, async () => {
    const parent = new Parent(shared);
    const [bystander, trap, exit, fail] = [parent.spawn(), parent.spawn(), parent.spawn(), parent.spawn()];
    trap.send(faultTask(1, 'trap'));
    exit.send(faultTask(1, 'exit'));
    fail.send(faultTask(1, 'fail'));
    assert.deepEqual((({ code, text }) => [code, text])(await trap.end()), [ERRORS.LAB_E_DIED, 'the process trapped: unreachable']);
    assert.equal((await exit.end()).code, 7);
    const failure = await fail.receive();
    assert.equal(failure.code, ERRORS.LAB_E_TASK);
    assert.match(failure.body.toString(), /was told to/);
    for (const child of [bystander, fail]) {
      child.send(faultTask(2, 'none', 100));
      assert.equal((await child.receive()).body.readBigUInt64LE(0), 5050n);
      parent.processes.kill(child.request);
      await child.end();
    }
    await noWorkers();
  });

  test(`a process that hangs is killed, ${way}`, async () => {
    const parent = new Parent(shared);
    const child = parent.spawn();
    child.send(faultTask(1, 'none'));
    await child.receive();
    child.send(faultTask(2, 'hang'));
    await new Promise(resolve => setTimeout(resolve, 50));
    assert.equal(parent.ended.size, 0);
    parent.processes.kill(child.request);
    parent.processes.kill(child.request); // once more changes nothing
    assert.deepEqual((({ code, text }) => [code, text])(await child.end()), [ERRORS.LAB_E_DIED, 'the process was killed']);
    parent.processes.kill(child.request); // nor after the end
    await noWorkers();
  });

  test(`a process that is killed while it starts, ${way}`, async () => {
    const parent = new Parent(shared);
    const children = Array.from({ length: 4 }, () => parent.spawn());
    for (const [i, child] of children.entries()) setTimeout(() => parent.processes.kill(child.request), i * 15);
    for (const child of children) assert.equal((await child.end()).code, ERRORS.LAB_E_DIED);
    await noWorkers();
  });

  test(`memory that runs out in a process fails its task only, ${way}`, { timeout: 60_000 }, async () => {
    const parent = new Parent(shared);
    const child = parent.spawn();
    child.send(faultTask(1, 'nomem'));
    const result = await child.receive(50_000);
    assert.equal(result.code, ERRORS.LAB_E_NOMEM);
    assert.match(result.body.toString(), /out of memory/);
    child.send(faultTask(2, 'none', 3));
    assert.equal((await child.receive()).body.readBigUInt64LE(0), 6n);
    parent.processes.kill(child.request);
    await child.end();
    await noWorkers();
  });

  test(`a process fetches, ${way}`, async () => {
    const parent = new Parent(shared);
    const child = parent.spawn();
    const pages = (/** @type {number} */ id, /** @type {string} */ path) => task(id, 'pages', Buffer.from(`${base}${path}\0`));
    child.send(Buffer.concat([pages(1, '/ok'), pages(2, '/500'), pages(3, '/ok')]));
    for (const id of [1, 2, 3]) {
      const { code, body } = await child.receive();
      if (id === 2) assert.deepEqual([code, body.toString()], [ERRORS.LAB_E_IO, `${base}/500: the server answered 500`]);
      else assert.deepEqual([code, body.readBigUInt64LE(0), body.readBigUInt64LE(8), body.readBigUInt64LE(16)], [0, 200n, 17n, 3n]);
    }
    child.send(pages(4, '/hang'));
    await new Promise(resolve => setTimeout(resolve, 100));
    parent.processes.kill(child.request);
    await child.end();
    assert.equal(parent.held.size, 0, 'every answer’s memory was given back');
    await noWorkers();
  });

  test(`a program that is none is told from one that breaks, ${way}`, async () => {
    const parent = new Parent(shared);
    const broken = async (/** @type {() => Promise<WebAssembly.Module>} */ load) => {
      /** @type {[number, string][]} */
      const answers = [];
      const processes = new Processes({
        core: () => parent.core, program: load, shared: () => (shared ? new SharedArrayBuffer(1 << 18) : null), deliver() {}, write() {},
        answer: (_request, code, _status, parts) => answers.push([code, Buffer.concat(parts).toString()]),
      });
      const payload = new Uint8Array(20);
      if (shared) new Uint32Array(payload.buffer).set([64, 256, 448, 464, 496]);
      processes.spawn(1, payload);
      while (!answers.length) await new Promise(resolve => setTimeout(resolve, 5));
      return answers;
    };
    const unreadable = await broken(() => Promise.reject(new Error('isolate.wasm: the server answered 404')));
    assert.deepEqual(unreadable, [[ERRORS.LAB_E_UNAVAILABLE, 'a process could not be started: isolate.wasm: the server answered 404']]);
    // A module that wants a memory which nobody gives it.
    const wants = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 2, 8, 1, 1, 120, 1, 109, 2, 0, 1]);
    const [[code, text]] = await broken(() => WebAssembly.compile(wants));
    assert.equal(code, ERRORS.LAB_E_UNAVAILABLE);
    assert.match(text, /^a process could not be started: .*(memory|import)/i);
    await noWorkers();
  });
}

test('an answer for which there is no memory ends the process that waits for it', async () => {
  const parent = new Parent(true);
  const child = parent.spawn();
  child.send(faultTask(1, 'none'));
  await child.receive();
  parent.exhausted = true;
  child.send(task(2, 'pages', Buffer.from(`${base}/ok\0`)));
  assert.deepEqual((({ code, text }) => [code, text])(await child.end()), [ERRORS.LAB_E_DIED, 'out of memory for the answer to a process']);
  await noWorkers();
});

// Ending a Worker of Node 20 while it evaluates a module that awaits at its top aborts the whole program.
test('no module of a Worker awaits at its top', () => {
  const folder = new URL('../../worker/', import.meta.url);
  for (const name of readdirSync(folder).filter(file => file.endsWith('.js')))
    assert.doesNotMatch(readFileSync(new URL(name, folder), 'utf8'), /^(?!\/\/|\/\*| )[^\n]*\bawait\b/m, name);
});
