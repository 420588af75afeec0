// Memory that runs out is a sentence for whoever wanted more, and what was measured survives whatever ends a run.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { test } from 'node:test';
import { OPS } from '../../worker/abi.js';
import { createLab, findPrograms } from '../../worker/node-host.js';
import { document, scratch } from './program.js';

const MIB = 2 ** 20;
const folder = scratch('memory');
const QUICK = ['--rounds', '1', '--seconds', '0.1'];
/** What a cell may say that has no result. */
const SHORT = /out of memory|do not fit in this program's memory|would take at least \d+ MiB|out of memory for another process/;

for (const mib of [16, 32, 64]) {
  test(`in ${mib} MiB every cell has a verified result or a sentence about memory`, async () => {
    const lab = createLab({ memoryBytes: mib * MIB });
    const words = ['compare', 'sort', 'primes', '--size', 'full', '--workers', '1,4,16', ...QUICK, '--json', '-'];
    const { out, err } = await lab.run(words);
    assert.doesNotMatch(err, /trapped|gave up|failed \(|was ended|is what was measured/);
    const { runs, environment } = document(out, 'compare');
    assert.equal(environment.memoryBytes, mib * MIB);
    assert.equal(runs.length, 2 * (2 + 4 * 3));
    for (const run of runs) {
      if (run.error === undefined) assert.ok(run.verified && run.samples.length > 0, JSON.stringify(run));
      else assert.match(run.error, SHORT, `${run.workload}, ${run.method}, ${run.workers}`);
    }
    // The lab is as good as before, and primes take no memory to speak of.
    const again = await lab.run(['compare', 'primes', '--methods', 'sequential,threads', '--workers', '1', ...QUICK]);
    assert.equal(again.status, 0, again.err);
    await lab.close();
  });
}

test('a size that no memory has room for fails its own cells alone', async () => {
  const lab = createLab({ memoryBytes: 64 * MIB });
  const { status, out } = await lab.run(['compare', 'sort', '--size', '67108864', '--workers', '1', ...QUICK, '--json', '-']);
  assert.equal(status, 1);
  for (const run of document(out, 'compare').runs) assert.match(run.error, SHORT);
  await lab.close();
});

/**
 * A lab whose core's module is changed: `change` is the body of a function of (settings, create) => module.
 * @param {string} name @param {string} change @param {object} [options]
 */
function changed(name, change, options) {
  const file = join(folder, `${name}.mjs`);
  const programs = findPrograms();
  writeFileSync(file, `import create from ${JSON.stringify(programs.lab)};\nexport default async settings => {\n${change}\n};\n`);
  return createLab({ programs: { ...programs, lab: pathToFileURL(file).href }, ...options });
}

const DIES = `
  let kept = 0;
  const post = (op, ...rest) => {
    settings.host.post(op, ...rest);
    if (op === ${OPS.KEEP} && ++kept === 1) setTimeout(() => settings.onAbort('a test'));
  };
  return create({ ...settings, host: { ...settings.host, post } });`;

test('when the core dies, what was measured until then is the result of an unfinished run', async () => {
  const lab = changed('dies', DIES);
  const { status, out, err } = await lab.run(['compare', 'primes', '--methods', 'sequential,threads', '--workers', '1', '--seconds', '1000', '--json', '-']);
  assert.equal(status, 1);
  assert.match(err, /gave up \(a test\)/);
  const result = document(out, 'compare');
  assert.equal(result.unfinished, true);
  assert.ok(result.runs.some((/** @type {any} */ run) => run.verified && run.samples.length > 0));
  await lab.close();
});

/** Commands, and what their documents have of what was measured. @type {[string[], (result: any) => boolean][]} */
const OTHERS = [
  [['latency', '--only', 'mutex,task-async,task-threads', '--seconds', '3'], ({ rows }) => rows.some((/** @type {any} */ row) => row.seconds > 0)],
  [['gil', '--seconds', '2'], ({ gil }) => gil.takes > 0],
  [['spin', 'threads', 'async', 'processes', '--seconds', '0.5'], ({ runs }) => runs.length > 0 && runs.every((/** @type {any} */ run) => run.correct)],
  [['futures', '--rules', '1-9'], ({ rules }) => rules.length > 0],
  [['bench', '--only', 'gil-take,burst-threads,gil-hand-over', '--seconds', '0.5'], ({ rows }) => rows.some((/** @type {any} */ row) => row.ours > 0)],
];
for (const [words, holds] of OTHERS)
  test(`of ${words[0]} too`, async () => {
    const lab = changed(`dies-${words[0]}`, DIES);
    const { status, out, err } = await lab.run([...words, '--json', '-']);
    assert.equal(status, 1);
    assert.match(err, /gave up \(a test\)/);
    const result = document(out, words[0]);
    assert.deepEqual([result.stopped, result.unfinished], [true, true]);
    assert.ok(holds(result), out.slice(0, 2000));
    await lab.close();
  });

test('and where a file was to be written, it is written', async () => {
  const lab = changed('dies-into-a-file', DIES);
  const file = join(folder, 'unfinished.json');
  const { status, out } = await lab.run(['compare', 'primes', '--methods', 'sequential', '--seconds', '1000', '--json', file]);
  assert.deepEqual([status, out], [1, '']);
  assert.equal(document(readFileSync(file, 'utf8'), 'compare').unfinished, true);
  await lab.close();
});

test('a run that does not stop is ended, and keeps what was measured; one in which something happens is waited for', async () => {
  const words = ['compare', 'primes', '--methods', 'sequential', '--rounds', '1000', '--seconds', '1000', '--json', '-'];
  const stopAtFirst = (/** @type {import('../../worker/node-host.js').Lab} */ lab) => {
    let samples = 0;
    return lab.run(words, { onEvent: ({ type }) => { if (type === 'sample' && ++samples === 3) lab.stop(); } });
  };
  // It is deaf to stopping, and nothing seems to happen: whatever it says would be a sign of life.
  const deaf = changed('deaf', `
    const module = await create({ ...settings, host: { ...settings.host, post(...all) { if (!module?.asked) settings.host.post(...all); } } });
    module._lab_stop = () => { module.asked = true; };
    module._lab_progress = () => 1;
    return module;`, { stopPatienceMs: 400 });
  const ended = await stopAtFirst(deaf);
  assert.deepEqual([ended.status, ended.stopped], [1, true]);
  assert.match(ended.err, /nothing happened in it, and it was ended/);
  assert.equal(document(ended.out, 'compare').unfinished, true);
  await deaf.close();
  // It hears late, many times its patience, and is seen to go on until then.
  const slow = changed('slow', `
    const module = await create(settings);
    const { _lab_stop: stop } = module;
    let looks = 0;
    module._lab_stop = () => {};
    module._lab_progress = () => { if (++looks === 8) stop(); return looks; };
    return module;`, { stopPatienceMs: 900 });
  const stopped = await stopAtFirst(slow);
  assert.deepEqual([stopped.status, stopped.stopped], [1, true]);
  assert.doesNotMatch(stopped.err, /was ended/);
  const result = document(stopped.out, 'compare');
  assert.deepEqual([result.stopped, result.unfinished], [true, undefined]);
  await slow.close();
  assert.ok(existsSync(folder));
});
