// The page's pure parts: numbers as text, axes, highlighting, tiles.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytes, ends, halfWidth, integer, list, plural, plusMinus, range, rate, seconds, secondsRange, short, significant, tickSeconds, times } from '../../web/page/format.js';
import { highlight } from '../../web/page/highlight.js';
import { fitting, linear, logarithmic, niceStep } from '../../web/charts/scale.js';
import { readTile, tileBytes } from '../../web/compare/picture.js';
import { sentence } from '../../web/page/host.js';

/** No-break spaces would make the expectations unreadable. @param {string} text */
const plain = (text) => text.replaceAll('\u00a0', ' ');

test('times have three digits and the unit that fits', () => {
  const cases = /** @type {const} */ ([
    [0, '0 s'], [1.5, '1.50 s'], [0.512, '512 ms'], [0.0999, '99.9 ms'], [0.99951, '1.00 s'], [0.00099951, '1.00 ms'], [12e-6, '12.0 µs'], [3e-9, '3.00 ns'], [4e-11, '0.0400 ns'], [125, '125 s'], [12345, '12,300 s'],
  ]);
  for (const [value, text] of cases) assert.equal(plain(seconds(value)), text);
  for (const value of [null, undefined, NaN, Infinity]) assert.equal(seconds(value), '–');
});

test('an interval has one unit and enough digits to tell its ends apart', () => {
  assert.equal(plain(secondsRange(0.5, 0.52)), '500–520 ms');
  assert.equal(plain(secondsRange(0.9991, 1.0003)), '0.999–1.000 s');
  assert.equal(plain(secondsRange(0.51, 0.51)), '510–510 ms');
  assert.equal(range(1.93, 1.98), '1.93–1.98');
  assert.equal(range(9.5, 10.4), '9.5–10.4');
});

test('other quantities', () => {
  assert.equal(times(1.9649), '1.96×');
  assert.equal(times(null), '–');
  assert.equal(plain(bytes(1048576)), '1.00 MiB');
  assert.equal(plain(bytes(1023.6)), '1.00 KiB');
  assert.equal(plain(bytes(12)), '12 bytes');
  assert.equal(plain(rate(39.13)), '39.1 /s');
  assert.equal(integer(1234567), '1,234,567');
  assert.equal(integer(-12), '−12');
  assert.equal(significant(0.000012345), '0.0000123');
  assert.equal(short(0.03), '0.03');
  assert.equal(short(20), '20');
  assert.equal(short(1200), '1200');
  assert.equal(plain(tickSeconds(0.02)), '20 ms');
  assert.equal(list(['a']), 'a');
  assert.equal(list(['a', 'b', 'c']), 'a, b and c');
  assert.equal(plain(plural(1, 'round')), '1 round');
  assert.equal(plusMinus({ median: 1, low: 0.96, high: 1.02 }), '±4.0%');
  assert.equal(plusMinus({ median: 1, low: 0.8, high: 1.02 }), '±20%');
  assert.equal(plusMinus({ median: 1, low: null, high: null }), '–');
  assert.equal(halfWidth({ median: 0, low: 0, high: 1 }), null);
  assert.deepEqual(ends({ median: 2, low: null, high: 3 }), { low: 2, high: 3 });
});

test('axes begin at zero, or are logarithmic where that would crush what is small', () => {
  assert.deepEqual(linear(0.0528, [0, 100]).ticks, [0, 0.02, 0.04, 0.06]);
  assert.equal(linear(0, [0, 100]).ticks[0], 0);
  assert.deepEqual(logarithmic(0.003, 2, [0, 100]).ticks, [0.001, 0.01, 0.1, 1, 10]);
  assert.equal(fitting(0.1, 2, [0, 1]).log, false);
  assert.equal(fitting(0.01, 2, [0, 1]).log, true);
  assert.equal(niceStep(10, 5), 2);
  const x = logarithmic(1, 100, [0, 200]);
  assert.deepEqual([1, 10, 100].map((value) => Math.round(x(value))), [0, 100, 200]);
});

test('highlighting keeps every character and knows comments, strings, directives, keywords', () => {
  const source = '#include <x.h>\n/* two\n   lines */ int main(void) { return "if /* no */"[0]; } // end\nchar c = \'"\'; /* open';
  const lines = highlight(source);
  assert.equal(lines.map((line) => line.map((piece) => piece.text).join('')).join('\n'), source);
  assert.deepEqual(lines[0], [{ kind: 'directive', text: '#include <x.h>' }]);
  assert.deepEqual(lines[1], [{ kind: 'comment', text: '/* two' }]);
  assert.equal(lines[2]?.[0]?.kind, 'comment');
  assert.ok(lines[2]?.some((piece) => piece.kind === 'string' && piece.text === '"if /* no */"'));
  assert.ok(lines[2]?.some((piece) => piece.kind === 'keyword' && piece.text === 'return'));
  assert.deepEqual(highlight(''), [[]]);
});

test('tiles are read from a message, and a cut one is refused', () => {
  assert.equal(tileBytes(3, 3), 40);
  const buffer = new ArrayBuffer(40 + 22);
  const view = new DataView(buffer);
  view.setUint32(0, 7, true);
  view.setUint32(4, 9, true);
  [2, 64, 128, 3, 3, 500].forEach((value, i) => view.setUint16(8 + 2 * i, value, true));
  const tile = readTile(buffer, 0);
  assert.deepEqual([tile?.cell, tile?.task, tile?.lane, tile?.x, tile?.y, tile?.width, tile?.height, tile?.limit, tile?.counts.length], [7, 9, 2, 64, 128, 3, 3, 500, 9]);
  view.setUint16(40 + 14, 40, true);
  view.setUint16(40 + 16, 40, true);
  assert.equal(readTile(buffer, 40), null);
  assert.equal(readTile(buffer, 60), null);
});

test('a message becomes one sentence', () => {
  assert.equal(sentence('lab: no such file\nmore'), 'No such file.');
  assert.equal(sentence('Uncaught Error: boom!'), 'Boom!');
});
