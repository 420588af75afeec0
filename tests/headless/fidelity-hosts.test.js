// What `npm run fidelity -- --hosts` makes of what the hosts measured.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { report, summary } from '../../.ci/fidelity-hosts.mjs';
import { CELLS, agree, figures, judge, spread } from '../fidelity/hosts.js';

/** A host's repetitions: each cell's speed-up, scattered by so much. @param {number} speedup @param {number[]} scatter */
const repetitions = (speedup, scatter) => scatter.map(part => Object.fromEntries(CELLS.map(cell => [cell, speedup * (1 + part)])));
const CALM = [0, 0.01, -0.01, 0.005, -0.005, 0.002];
const WILD = [0, 0.3, -0.3, 0.1, -0.2, 0.15];

/** @param {Record<string, import('../fidelity/hosts.js').Judged['verdict'][]>} wanted @param {import('../fidelity/hosts.js').Judged[]} rows */
function verdicts(wanted, rows) {
  for (const [host, words] of Object.entries(wanted))
    assert.deepEqual([...new Set(rows.filter(row => row.host === host).map(row => row.verdict))], words, host);
}

test('a document gives the speed-ups of what was verified, with two workers', () => {
  const run = (/** @type {object} */ more) => ({ workload: 'primes', method: 'threads', workers: 2, verified: true, speedup: { median: 1.9 }, ...more });
  assert.deepEqual(figures({ runs: [run({}), run({ method: 'processes', verified: false }), run({ method: 'interpreters', workers: 1 }), run({ workload: 'sha256', speedup: null })] }), { 'primes, threads': 1.9 });
});

test('an interval of the median takes six repetitions', () => {
  assert.equal(spread([]), null);
  assert.deepEqual(spread([3, 1, 2]), { median: 2, low: 0, high: Infinity });
  assert.deepEqual(spread([6, 1, 5, 2, 4, 3]), { median: 3.5, low: 1, high: 6 });
  const many = spread(Array.from({ length: 25 }, (_, i) => i));
  assert.ok(many && many.median === 12 && many.low > 0 && many.high < 24 && many.low < 10 && many.high > 14);
});

test('agreement is certain within 5%, disagreement beyond, and between them it is unclear', () => {
  assert.equal(agree({ median: 1, low: 0.97, high: 1.04 }), 'yes');
  assert.equal(agree({ median: 0.8, low: 0.75, high: 0.9 }), 'no');
  assert.equal(agree({ median: 1.2, low: 1.06, high: 1.3 }), 'no');
  assert.equal(agree({ median: 1, low: 0.9, high: 1.1 }), 'unclear');
  assert.equal(agree({ median: 1, low: 0, high: Infinity }), 'unclear');
});

test('hosts are compared with Node, repetition by repetition', () => {
  const rows = judge({ native: repetitions(1.86, CALM), Node: repetitions(1.84, CALM), Chromium: repetitions(1.45, CALM), Firefox: repetitions(1.84, WILD) }, 'Node');
  verdicts({ native: ['yes'], Node: [null], Chromium: ['no'], Firefox: ['unclear'] }, rows);
  assert.match(summary(rows), /^9 of 27 speed-ups disagree: Chromium on primes, threads: 0\.79;/);
  const text = report(rows, ['native', 'Node', 'Chromium', 'Firefox']);
  assert.match(text, /^primes, threads +1\.86 \(1\.84–1\.88\) yes +1\.84 \(1\.82–1\.86\) +1\.45 \(1\.44–1\.46\) no +1\.93 \(1\.29–2\.39\) unclear$/m);
  // What all of them met alike is nobody's difference.
  verdicts({ Chromium: ['yes'] }, judge({ Node: repetitions(1.84, WILD), Chromium: repetitions(1.86, WILD) }, 'Node'));
});

test('a cell that a host has not measured is not judged', () => {
  const rows = judge({ Node: repetitions(1.8, CALM), WebKit: CALM.map(() => null) }, 'Node');
  verdicts({ WebKit: [null] }, rows);
  assert.equal(summary(rows), 'There is nothing to compare.');
  assert.equal(summary(judge({ Node: repetitions(1.8, CALM), Firefox: repetitions(1.8, CALM) }, 'Node')), 'All 9 speed-ups agree within 5%.');
});

// One that is started waits for its own end: a module that it imports and that imports it would wait for ever, and Node ends
// with status 13. So did `--hosts`.
test('no script of .ci is imported by what it imports', () => {
  const folder = new URL('../../.ci/', import.meta.url);
  const imports = Object.fromEntries(readdirSync(folder).filter(name => name.endsWith('.mjs')).map(name =>
    [name, [...readFileSync(new URL(name, folder), 'utf8').matchAll(/(?:from|import\()\s*'\.\/([\w-]+\.mjs)'/g)].map(([, file]) => file)]));
  assert.ok(imports['fidelity.mjs'].includes('fidelity-hosts.mjs'));
  const reach = (/** @type {string} */ name, /** @type {Set<string>} */ seen) => {
    for (const next of imports[name]) if (!seen.has(next)) reach(next, seen.add(next));
    return seen;
  };
  for (const name of Object.keys(imports)) assert.ok(!reach(name, new Set()).has(name), name);
});
