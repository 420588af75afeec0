// Documents as text that fits into a link (web/page/pack.js): there and back, and everything that is none.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateRawSync, deflateSync } from 'node:zlib';
import { PackError, pack, unpack } from '../../web/page/pack.js';

const MOST = 8 << 20;
/** @param {Buffer} bytes */
const packedOf = (bytes) => `a${bytes.toString('base64url')}`;

test('there and back: any document, in characters that no chat and no server changes', async () => {
  const samples = Array.from({ length: 5000 }, (_, i) => Math.sin(i) + 2);
  for (const document of [{}, { a: [1, null, 'µs “quoted” ×\u00a0\ud83d\ude00\n'], b: { c: -0.5e-9 } }, { samples }]) {
    const packed = await pack(document);
    assert.match(packed, /^a[\w-]+$/);
    assert.deepEqual(JSON.parse(await unpack(packed, MOST)), document);
  }
  assert.ok((await pack({ text: 'over and over '.repeat(1000) })).length < 150, 'deflated');
});

test('what was cut off or changed on its way says so', async () => {
  const packed = await pack({ samples: Array.from({ length: 300 }, (_, i) => 1 / (i + 3)) });
  const changed = (/** @type {number} */ at, /** @type {string} */ sign) => packed.slice(0, at) + (packed[at] === sign ? 'B' : sign) + packed.slice(at + 1);
  const cases = [
    '', 'a', 'a.', 'Q', '=', `A${packed.slice(1)}`, 'aAAAA', 'a%%%%', `${packed}.`, `${packed.slice(0, 40)} ${packed.slice(40)}`,
    ...[1, 2, 8, 100, packed.length - 2].map((cut) => packed.slice(0, -cut)), ...[3, 50, 500, packed.length - 3].map((at) => changed(at, 'A')),
    packedOf(deflateRawSync('{}')), packedOf(deflateSync(Buffer.from([0x22, 0xff, 0xfe, 0x22]))),
  ];
  for (const one of cases)
    await assert.rejects(unpack(one, MOST), (error) => error instanceof PackError && /^cannot be read: the link was cut off or changed on its way, so ask for it again or for the JSON file$/.test(error.message), one.slice(0, 60));
});

test('a form of later builds is named', async () => {
  await assert.rejects(unpack('bAAAA', MOST), /^PackError: is in a form “b” that this page does not know: if its site has a newer build, load the page again$/);
});

test('a few bytes that stand for gigabytes are counted while they come', async () => {
  const bomb = packedOf(deflateSync(Buffer.alloc(64 << 20)));
  assert.ok(bomb.length < 100_000);
  const before = process.memoryUsage();
  await assert.rejects(unpack(bomb, MOST), /^PackError: unpacks to more than 8 MiB, and nothing that this page shows is so large$/);
  const after = process.memoryUsage();
  const grown = after.heapUsed + after.external - before.heapUsed - before.external;
  assert.ok(grown < 40 << 20, `${grown} bytes`);
  assert.equal((await unpack(packedOf(deflateSync(Buffer.alloc(MOST, 32))), MOST)).length, MOST, 'not one byte too early');
  await assert.rejects(unpack(packedOf(deflateSync(Buffer.alloc(MOST + 1, 32))), MOST), /more than 8 MiB/);
});
