// The page's side of a host that does not do what it should (web/page/host.js), with Workers that are told what to say.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { Host } from '../../web/page/host.js';

/** Those that were made and not ended. @type {FakeWorker[]} */
let alive = [];

class FakeWorker extends EventTarget {
  constructor() {
    super();
    alive.push(this);
  }

  postMessage() {}

  terminate() {
    alive = alive.filter((one) => one !== this);
  }

  /** @param {any} data */
  says(data) {
    this.dispatchEvent(new MessageEvent('message', { data }));
  }
}

beforeEach(() => {
  alive = [];
  // A real channel would keep the process.
  const MessageChannel = class { port1 = {}; port2 = { postMessage() {} }; };
  Object.assign(globalThis, { Worker: FakeWorker, MessageChannel, document: { hidden: false, addEventListener() {} }, addEventListener() {}, removeEventListener() {} });
  mock.timers.enable({ apis: ['setTimeout'] });
});
afterEach(() => mock.timers.reset());

/** A run that is under way. */
async function running() {
  const host = new Host({ isolated: false });
  const end = host.run(['compare']);
  const [worker] = alive;
  assert.ok(worker);
  worker.says({ type: 'ready', isolated: false });
  await Promise.resolve();
  worker.says({ type: 'kept', run: 1, name: '-', text: 'so far' });
  return { host, end, worker };
}
const ENDED = { status: 1, out: 'so far', err: '', stopped: true, ended: true };

test('a host in which nothing happens after a stop is ended, and what it kept is the result', async () => {
  const { host, end, worker } = await running();
  host.stop();
  mock.timers.tick(1999);
  assert.ok(alive.includes(worker));
  mock.timers.tick(1);
  assert.ok(!alive.includes(worker));
  assert.deepEqual(await end, ENDED);
  host.destroy();
});

test('one that goes on is waited for, but not for ever', async () => {
  const { host, end, worker } = await running();
  host.stop();
  for (let second = 0; second < 29; second++) {
    mock.timers.tick(1000);
    worker.says({ type: 'alive', run: 1 });
  }
  assert.ok(alive.includes(worker));
  mock.timers.tick(1000);
  assert.ok(!alive.includes(worker));
  assert.deepEqual(await end, ENDED);
  host.destroy();
});
