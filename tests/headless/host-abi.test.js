// What worker/ shares with C is written twice; here the two are compared.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ERRORS, OPS, PROBES } from '../../worker/abi.js';
import { browserSettings } from '../../worker/browser-settings.js';
import { trapReason } from '../../worker/failure.js';
import { TRACE_KINDS, WAIT_REASONS } from '../../worker/protocol.js';
import { page } from '../../worker/site-server.js';
import { writeNow } from '../../worker/wasi.js';

/** @param {string} file */
const header = file => readFileSync(new URL(`../../core/${file}`, import.meta.url), 'utf8');
/** @param {string} text @param {RegExp} pattern  name and number, or number and name */
const pairs = (text, pattern) => [...text.matchAll(pattern)].map(match => /** @type {Record<string, string>} */ (match.groups));

test('error codes are those of error.h', () => {
  const codes = pairs(header('platform/error.h'), /X\((?<name>LAB_\w+),\s*(?<code>-?\d+),/g).map(({ name, code }) => [name, Number(code)]);
  assert.ok(codes.length > 10);
  assert.deepEqual(Object.entries(ERRORS), codes);
});

test('operations are those of host.h', () => {
  const ops = pairs(header('platform/host.h'), /X\((?<code>\d+),\s*(?<name>\w+)\)/g).map(({ name, code }) => [name, Number(code)]);
  assert.ok(ops.length >= 12);
  assert.deepEqual(Object.entries(OPS), ops);
});

test('probes are those of probe.h', () => {
  const probes = pairs(header('platform/probe.h'), /X\((?<code>\d+),\s*(?<name>\w+)\)/g).map(({ name, code }) => [name, Number(code)]);
  assert.ok(probes.length >= 10);
  assert.deepEqual(Object.entries(PROBES), probes);
});

test('trace kinds and wait reasons are those of trace.h', () => {
  const words = pairs(header('trace/trace.h'), /X\((?<code>\d+),\s*\w+,\s*"(?<name>[^"]+)"\)/g);
  const split = words.findIndex(({ code }, i) => i > 0 && code === '1');
  assert.deepEqual(words.slice(0, split).map(({ name }) => name), TRACE_KINDS.slice(1));
  assert.deepEqual(words.slice(split).map(({ name }) => name), WAIT_REASONS.slice(1));
});

test('a pipe, a bell and a grant have the layout of pipe.h, an answer that of five words', () => {
  const plain = (/** @type {string} */ file) => header(file).replace(/\/\*.*?\*\//gs, '').replace(/\s+/g, ' ');
  assert.match(plain('platform/pipe.h'), /struct lab_pipe \{ _Atomic uint32_t head; _Atomic uint32_t reader_sleeps; uint32_t reader_rest\[14\]; _Atomic uint32_t tail; _Atomic uint32_t writer_sleeps; uint32_t capacity; uint32_t writer_rest\[13\]; unsigned char bytes\[\]; \}/);
  assert.match(plain('platform/pipe.h'), /struct lab_bell \{ _Atomic uint32_t rings; _Atomic uint32_t sleeps; \}/);
  assert.match(plain('platform/pipe.h'), /struct lab_grant \{ _Atomic uint32_t word; _Atomic uint32_t look_ns; \}/);
  assert.match(plain('platform/host.h'), /struct lab_host_spawn \{ uint32_t in; uint32_t out; uint32_t bell; uint32_t answer; uint32_t grant; \}/);
});

test('a trap has one name in every engine', () => {
  for (const [message, reason] of [
    ['unreachable', 'unreachable'],
    ['unreachable executed', 'unreachable'],
    ['Uncaught RuntimeError: unreachable', 'unreachable'],
    ["Unreachable code should not be executed (evaluating 'a()')", 'unreachable'],
    ['memory access out of bounds', 'memory access out of bounds'],
    ['index out of bounds', 'memory access out of bounds'],
    ["Out of bounds memory access (evaluating 'a()')", 'memory access out of bounds'],
    ['Maximum call stack size exceeded', 'stack overflow'],
    ['too much recursion', 'stack overflow'],
    ['divide by zero', 'divide by zero'],
  ])
    assert.equal(trapReason(new WebAssembly.RuntimeError(message)), reason);
});

test('browsers are named', () => {
  const chrome = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36';
  const brands = (/** @type {string[]} */ ...names) => [{ brand: 'Not;A=Brand', version: '8' }, ...names.map(brand => ({ brand, version: '156' }))];
  for (const [navigator, runtime, engine] of /** @type {[any, string, string][]} */ ([
    [{ userAgent: chrome, userAgentData: { brands: brands('Chromium'), platform: 'Linux' } }, 'Chromium 156', 'V8 15.6'],
    [{ userAgent: chrome, userAgentData: { brands: brands('Chromium', 'Google Chrome'), platform: 'Linux' } }, 'Chrome 156', 'V8 15.6'],
    [{ userAgent: chrome }, 'Chrome 156', 'V8 15.6'],
    [{ userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0' }, 'Firefox 153', 'SpiderMonkey 153'],
    [{ userAgent: 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15' }, 'Safari 18', 'JavaScriptCore 18'],
    [{ userAgent: 'something' }, 'unknown browser', 'unknown'],
  ])) {
    const settings = browserSettings({ hardwareConcurrency: 4, platform: 'Linux x86_64', ...navigator });
    assert.deepEqual(settings, { runtime, engine, platform: 'Linux x86_64', cores: 4 });
  }
});

test('the clock of an isolate is everybody’s, in nanoseconds', () => {
  const view = new DataView(new ArrayBuffer(16));
  let last = 0n;
  for (let i = 0; i < 1000; i++) {
    writeNow(view, 8);
    const now = view.getBigUint64(8, true);
    assert.ok(now >= last);
    last = now;
  }
  assert.ok(Math.abs(Number(last) / 1e6 - (performance.timeOrigin + performance.now())) < 50);
});

test('a page is the same for the same number only', () => {
  const pages = Array.from({ length: 200 }, (_, n) => page(n));
  assert.equal(new Set(pages).size, 200);
  assert.deepEqual(pages, Array.from({ length: 200 }, (_, n) => page(n)));
  for (const text of pages) assert.ok(text.length > 1500 && text.length < 10_000, `${text.length} bytes`);
});
