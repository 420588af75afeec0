// The built site on a machine whose cores are all taken: what threads and processes ask of the host is heard all the same.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ENGINES, ended, launch, newPage, open, patient, press, serveTo, textOf } from './page-site.js';

const DIST = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'dist');
/** What asks the host for most: in WebKit three of five such runs stood still (worker/wait-async.js). */
const RUN = 'latency.html?only=message-0b,message-1kb,message-1mb,fetch-cache,wasm-instantiate&seconds=5';
const TIMES = 2;
const MOST_MS = 90_000;

const webkit = ENGINES.find(({ name }) => name === 'webkit');

describe('with every core taken', { timeout: 900_000, skip: !webkit }, () => {
  /** @type {import('node:child_process').ChildProcess[]} */
  let others = [];
  before(() => {
    others = Array.from({ length: Math.min(availableParallelism(), 8) }, () => spawn(process.execPath, ['-e', 'for (;;);']));
  });
  after(() => others.forEach((other) => other.kill()));

  patient('WebKit', async () => {
    if (!webkit) return;
    const browser = await launch(webkit), server = await serveTo(webkit, DIST);
    try {
      const { page, heard } = await newPage(browser);
      await open(page, server.address + RUN);
      for (let run = 1; run <= TIMES; run++) {
        await press(page, '#run');
        await ended(page, run, MOST_MS);
        assert.match(await textOf(page, '#summary'), /^Done/);
      }
      assert.deepEqual(await heard(), [], 'the console stays empty');
    } finally {
      await browser.close();
      await server.close();
    }
  });
});
