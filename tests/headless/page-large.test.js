// What a result may hold, and the page must bear: very many samples, the least and the largest numbers there are.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { extent, thinned } from '../../web/page/extent.js';
import { plusMinus, seconds, secondsRange, short, significant, tickSeconds } from '../../web/page/format.js';
import { fitting, linear, logarithmic, octaves } from '../../web/charts/scale.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

test('nothing whose length a person decides becomes arguments', () => {
  // Math.min(...samples) and its like are a RangeError from some ten thousand on, in other browsers sooner.
  const spread = /Math\.(min|max)\([^()]*\.\.\.|\.(push|unshift|splice)\(([^(){}]*, )?\.\.\.|fromC(harCode|odePoint)\(\s*\.\.\.|\.apply\(/;
  /** @type {string[]} */
  const found = [];
  for (const folder of ['web', 'worker'])
    for (const path of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }))
      if (/\.m?js$/.test(path))
        readFileSync(join(root, folder, path), 'utf8').split('\n').forEach((line, i) => {
          if (spread.test(line) && !/^\s*(\/\/|\*)/.test(line)) found.push(`${folder}/${path}:${i + 1}: ${line.trim()}`);
        });
  assert.deepEqual(found, []);
  assert.match('Math.min(...all)', spread);
  assert.match('list.push(...more)', spread);
});

test('the extent of any number of numbers', () => {
  const many = Array.from({ length: 300_000 }, (_, i) => (i * 7919) % 300_007);
  assert.deepEqual(extent(many), { least: 0, most: 300_006 });
  assert.deepEqual(extent([]), { least: Infinity, most: -Infinity });
  assert.deepEqual(extent([3, NaN, 1]), { least: 1, most: 3 });
});

test('thinned: in order, evenly, no more than there is room for, the least and the greatest among them', () => {
  assert.deepEqual(thinned([5, 3, 4], 3), [0, 1, 2]);
  const many = Array.from({ length: 100_000 }, (_, i) => 1 + (i % 97));
  many[31_415] = 0.5;
  many[99_999] = 1000;
  const places = thinned(many, 2000);
  assert.ok(places.length <= 2000 && places.length >= 1990, `${places.length}`);
  assert.ok(places.includes(31_415) && places.includes(99_999));
  assert.ok(places.every((place, i) => i === 0 || place > Number(places[i - 1])));
  const gaps = places.slice(1).map((place, i) => place - Number(places[i]));
  assert.ok(gaps.every((gap) => gap <= 51), `${extent(gaps).most}`);
});

test('no axis ends at infinity, and nothing is placed outside one', () => {
  const values = [0, 5e-324, 1e-310, 1e-9, 1, 1e9, 1e300, Number.MAX_VALUE, -1, NaN, Infinity];
  for (const low of values)
    for (const high of values) {
      for (const scale of [linear(high, [10, 110]), logarithmic(low, high, [10, 110]), fitting(low, high, [10, 110]), octaves(low, high, [10, 110])]) {
        assert.ok(scale.ticks.length <= 20 && scale.ticks.every(Number.isFinite), `${low} ${high}: ${scale.ticks}`);
        assert.ok(scale.domain.every(Number.isFinite), `${low} ${high}: ${scale.domain}`);
        for (const value of values) assert.ok(scale(value) >= 10 && scale(value) <= 110, `${low} ${high}: ${value} at ${scale(value)}`);
      }
    }
});

test('numbers that a row of digits could not say have an exponent', () => {
  assert.equal(significant(5e-324), '4.94×10⁻³²⁴');
  assert.equal(significant(-1.5e300), '−1.50×10³⁰⁰');
  assert.equal(short(1e-300), '10⁻³⁰⁰');
  assert.equal(short(2e-300), '2×10⁻³⁰⁰');
  assert.equal(seconds(5e-324), '4.94×10⁻³¹⁵\u00a0ns');
  assert.equal(tickSeconds(1e-200), '10⁻¹⁹¹\u00a0ns');
  assert.equal(plusMinus({ median: 5e-324, low: 5e-324, high: 1 }), '–');
  for (const value of [5e-324, 1e-300, Number.MAX_VALUE]) assert.doesNotMatch(secondsRange(value, value), /NaN|Infinity/);
});
