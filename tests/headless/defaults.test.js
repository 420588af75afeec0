// Every command as a person runs it first, with nothing but its defaults (and where its document goes), natively and in
// Node: sizes, times and workers that no other test asks for. Some at once, for much of it is time that a command takes
// whatever the machine; nothing here is about how long.
//
// `lab bench` with its defaults takes a quarter of an hour: one row is measured, with all else as it is by default, and that
// is every default but the list of rows. `lab spin` has no default for its method. futures.test.js runs `lab futures` so.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { document, programs, root, runner, scratch } from './program.js';

const run = runner();
const folder = scratch('defaults');
const PATIENCE_MS = 15 * 60_000;

/** The words, and what the document of a verified end has. @type {[string[], (result: any) => boolean][]} */
const COMMANDS = [
  [['list'], ({ workloads, methods }) => workloads.length === 7 && methods.every((/** @type {any} */ method) => method.available)],
  [['compare'], ({ runs, unavailable, verdict, stopped }) =>
    runs.length > 0 && runs.every((/** @type {any} */ cell) => cell.verified) && unavailable.length === 0 && verdict.length > 0 && !stopped],
  [['gil'], ({ gil, noGil, counter }) => gil.takes > 0 && noGil.cpuTasksPerSecond > 0 && counter.length === 4],
  [['latency'], ({ rows, stopped }) => !stopped && rows.every((/** @type {any} */ row) => row.seconds > 0 || row.reason)],
  [['spin', 'all'], ({ runs }) => runs.length === 6 && runs.every((/** @type {any} */ one) => one.correct)],
  [['bench', '--only', 'burst-threads'], ({ rows, stopped }) => !stopped && rows.length === 1 && rows[0].ours > 0 && rows[0].reason === null],
];

test('every command that has defaults is here', () => {
  const tried = new Set(COMMANDS.map(([[command]]) => command));
  assert.deepEqual(readdirSync(join(root, 'core/exhibits')).filter(name => !tried.has(name)), ['futures']);
});

for (const [name, program] of Object.entries(programs))
  describe(`defaults, ${name}`, { concurrency: 3 }, () => {
    for (const [words, holds] of COMMANDS)
      test(words.join(' '), async () => {
        const file = join(folder, `${name}.${words[0]}.json`);
        const isList = words[0] === 'list'; // its document has no other place
        const { status, out, err } = await run(program, isList ? [...words, '--json'] : [...words, '--json', file], { timeout: PATIENCE_MS });
        assert.equal(status, 0, err);
        assert.equal(err, '');
        assert.ok(out.length > 0);
        const text = isList ? out : readFileSync(file, 'utf8');
        const result = isList ? JSON.parse(text) : document(text, words[0]);
        assert.ok(holds(result), text.slice(0, 4000));
      });
  });
