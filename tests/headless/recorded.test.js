// The recorded runs that the exhibits show before anything has run (`npm run record`): they are what the pages can draw, of
// what the pages run by default, and stand in the site with the words that mark them. Whoever changes what an exhibit runs by
// default finds here that it is to be recorded again.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { generateSchemaCheck, webFiles } from '../../.ci/build.mjs';
import { recordedPages } from '../../.ci/record.mjs';
import { toColumns, toRows } from '../../web/page/columns.js';
import { METHOD_ORDER } from '../../web/page/methods.js';
import { whole } from '../../web/page/recorded.js';
import { RULES } from '../../web/futures/rules.js';
import { DEFAULTS as GIL } from '../../web/gil/settings.js';
import { known } from '../../web/latency/rows.js';
import { DEFAULTS as SPIN } from '../../web/spin/settings.js';
import { root, validate } from './program.js';

const MOST_BYTES = 72 * 1024;
const AGAIN = 'not what the page runs by default: npm run record';
const pages = recordedPages();
const texts = new Map([...pages.keys()].map(room => [room, readFileSync(join(root, 'web', room, 'recorded.json'), 'utf8')]));
/** @param {string} room */
function recordedOf(room) {
  const { recorded, result } = JSON.parse(texts.get(room) ?? '');
  return { recorded, result: /** @type {any} */ (whole(result)) };
}
/** @param {Iterable<string>} names */
const sorted = names => [...new Set(names)].sort();

/** What a document says of what was run. @type {Record<string, (result: any) => void>} */
const BY_DEFAULT = {
  compare(result) {
    assert.deepEqual(sorted(result.runs.map((/** @type {any} */ run) => run.workload)), ['primes'], AGAIN);
    assert.deepEqual(sorted(result.runs.map((/** @type {any} */ run) => run.method)), sorted(METHOD_ORDER), AGAIN);
    assert.ok(result.runs.every((/** @type {any} */ run) => run.verified) && result.verdict.length === 1);
    assert.ok(result.calibration.length === 1 && result.runs.every((/** @type {any} */ run) => run.size === result.calibration[0].size), AGAIN);
  },
  futures(result) {
    assert.deepEqual(sorted(result.rules.map((/** @type {any} */ rule) => String(rule.rule))), sorted(RULES.map(({ rule }) => String(rule))), AGAIN);
    assert.deepEqual(sorted(result.rules.map((/** @type {any} */ rule) => rule.executor)), sorted(METHOD_ORDER), AGAIN);
    assert.equal(result.failed, 0);
  },
  gil({ gil, noGil, ioUs, counter }) {
    const { threads, ioThreads, intervalUs } = gil;
    assert.deepEqual([threads, ioThreads, intervalUs, ioUs].map(String), [GIL.threads, GIL['io-threads'], GIL['interval-us'], GIL['io-us']], AGAIN);
    assert.ok(Math.abs(gil.seconds - Number(GIL.seconds) / 2) < 1, AGAIN);
    assert.ok(noGil.seconds > 0 && counter.length > 0);
  },
  latency({ rows, ladder }) {
    assert.deepEqual(rows.map((/** @type {any} */ row) => row.name).filter((/** @type {string} */ name) => !known(name)), [], AGAIN);
    assert.ok(rows.filter((/** @type {any} */ row) => row.seconds > 0).length > 25 && ladder.points.length > 10);
  },
  spin({ runs, slowSeconds, together, tests }) {
    assert.deepEqual(runs.map((/** @type {any} */ run) => run.method), METHOD_ORDER, AGAIN);
    assert.deepEqual([slowSeconds, together, tests === null], [Number(SPIN.seconds), SPIN.together !== '', SPIN.slow === 'sleep'], AGAIN);
    assert.ok(runs.every((/** @type {any} */ run) => run.correct));
  },
};

test('a list by its columns is the same list, with words that come again kept once', () => {
  const rows = [{ rule: 1, name: 'a', status: 'pass' }, { rule: 1, name: 'b', status: 'n/a' }, { rule: 2, name: 'c', status: 'pass' }];
  const packed = JSON.parse(JSON.stringify(toColumns(rows)));
  assert.deepEqual(packed.columns, { rule: [1, 1, 2], name: ['a', 'b', 'c'], status: { words: ['pass', 'n/a'], at: [0, 1, 0] } });
  assert.deepEqual(toRows(packed), rows);
});

test('every exhibit that runs something has a recorded run, and all together are small', () => {
  assert.deepEqual([...pages.keys()].sort(), Object.keys(BY_DEFAULT).sort());
  const bytes = [...texts.values()].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  assert.ok(bytes < MOST_BYTES, `${bytes} bytes`);
});

for (const [room, check] of Object.entries(BY_DEFAULT))
  test(`${room}: a whole document of what the page runs by default, of a day and a machine`, () => {
    const { recorded, result } = recordedOf(room);
    assert.deepEqual(Object.keys(recorded), ['date', 'machine']);
    assert.match(recorded.date, /^\d{4}-\d\d-\d\d$/);
    assert.ok(Date.parse(recorded.date) <= Date.now() && recorded.machine.length > 3, JSON.stringify(recorded));
    assert.equal(result.command, room);
    assert.ok(validate(recordedOf(room).result), JSON.stringify(validate.errors?.slice(0, 3)));
    assert.ok(!result.stopped && !result.unfinished);
    assert.match(result.environment.runtime, /^\w+ \d+$/, 'in a browser');
    check(result);
  });

test('the site has them, and each page the words that mark its own', async () => {
  await generateSchemaCheck();
  const files = await webFiles();
  for (const [room, path] of pages) {
    const { recorded, result } = recordedOf(room);
    assert.ok(files.has(`${room}/recorded.json`));
    const [mark] = String(files.get(path)).match(/<p [^>]*id="recorded"[^]*?<\/p>/) ?? [];
    assert.ok(mark, path);
    assert.match(mark, new RegExp(`data-file="${room}/recorded\\.json\\?[0-9a-f]+"`));
    const words = mark.replace(/<[^>]*>/g, '').replaceAll('&#38;', '&');
    assert.equal(words, `Recorded on ${recorded.date} on ${recorded.machine}, ${result.environment.runtime}; press Run for your own machine.`);
  }
});
