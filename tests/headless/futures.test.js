// `lab futures`: the conformance suite, the two documented deadlocks and the storm, natively, in Node, and in a host
// without shared memory.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { createLab, findPrograms } from '../../worker/node-host.js';
import { METHOD_ORDER as EXECUTORS } from '../../web/page/methods.js';
import { document, programs, refuses, root, runner } from './program.js';

const run = runner('futures');
const read = (/** @type {string} */ out) => document(out, 'futures');

/** @param {any} result */
function failures({ rules }) {
  return rules.filter((/** @type {any} */ one) => one.status === 'fail').map((/** @type {any} */ one) => `${one.case}, ${one.executor}: ${one.reason}`);
}

/** Every case is told of, once on each executor; what does not apply says why; its function stands in its file.
 * @param {any} result @param {string[]} executors */
function checkSuite(result, executors) {
  const { rules, cases } = result;
  assert.equal(rules.length, cases.length * executors.length);
  for (const { case: name, source } of cases) {
    assert.match(readFileSync(join(root, 'core/exhibits/futures', source), 'utf8'), new RegExp(`^static void ${name}\\(struct lab_trial \\*t\\)$`, 'm'));
    assert.deepEqual(rules.filter((/** @type {any} */ one) => one.case === name).map((/** @type {any} */ one) => one.executor), executors);
  }
  for (const { status, reason } of rules) assert.equal(reason === '', status === 'pass');
  const count = (/** @type {string} */ status) => rules.filter((/** @type {any} */ one) => one.status === status).length;
  assert.deepEqual([count('pass'), count('fail'), count('n/a')], [result.passed, result.failed, result.notApplicable]);
}

for (const [name, program] of Object.entries(programs))
  describe(`lab futures, ${name}`, () => {
    test('every rule that applies passes on every executor', async () => {
      const { status, out, err } = await run(program, ['--json', '-']);
      const result = read(out);
      assert.deepEqual(failures(result), []);
      assert.equal(err, '');
      assert.equal(status, 0);
      assert.equal(result.stopped, false);
      checkSuite(result, EXECUTORS);
      // Each rule applies somewhere; those of the future itself everywhere.
      const passed = (/** @type {number} */ rule) => new Set(result.rules.filter((/** @type {any} */ one) => one.rule === rule && one.status === 'pass').map((/** @type {any} */ one) => one.executor));
      for (let rule = 0; rule <= 23; rule++) assert.ok(passed(rule).size > 0, `rule ${rule}`);
      for (const rule of [1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 15, 16]) assert.equal(passed(rule).size, 6, `rule ${rule}`);
      for (let rule = 1; rule <= 22; rule++) assert.ok(passed(rule).has('processes'), `rule ${rule}`);
    });

    test('a part of it, as a table', async () => {
      const { status, out } = await run(program, ['--executors', 'async,sequential', '--rules', '1,4-6']);
      assert.equal(status, 0);
      assert.match(out, /^rule +async {2}sequential *\n {2}1 {2}states +✓ +✓ *\n {2}4 .*\n {2}5 .*\n {2}6 .*\n\n\d+ passed, 0 failed, \d+ not applicable\n/);
      const result = read((await run(program, ['--executors=threads', '--rules=9,deadlock', '--json=-'])).out);
      assert.deepEqual([...new Set(result.rules.map((/** @type {any} */ one) => one.rule))], [9, 0]);
      checkSuite(result, ['threads']);
    });

    for (const executor of ['threads', 'threads-gil'])
      test(`both deadlocks are found and end, ${executor}`, async () => {
        for (const [kind, steps] of /** @type {[string, number][]} */ ([['mutual', 2], ['nested', 1]])) {
          const { status, out } = await run(program, ['--deadlock', kind, '--executor', executor, '--json', '-']);
          assert.equal(status, 0);
          const { deadlock } = read(out);
          assert.deepEqual([deadlock.name, deadlock.executor, deadlock.detected, deadlock.cycle.length], [kind, executor, true, steps]);
          if (kind === 'mutual') {
            const [one, other] = deadlock.cycle;
            assert.deepEqual([one.waitsFor, other.waitsFor], [other.task, one.task]);
            assert.notEqual(one.worker, other.worker);
          } else assert.match(deadlock.cycle[0].because, /pending/);
        }
        assert.match((await run(program, ['--deadlock', 'mutual'])).out, /waits for task 1/);
      });

    test('a small storm loses nothing, and the same seed is the same storm', async () => {
      const { status, out } = await run(program, ['--storm', '--futures', '4000', '--seed', '5', '--seeds', '2', '--json', '-']);
      const { storm } = read(out);
      for (const seed of storm.seeds) assert.equal(seed.problem, '');
      assert.equal(status, 0);
      assert.deepEqual(storm.seeds.map((/** @type {any} */ one) => [one.seed, one.futures, one.passed]), [[5, 4000, true], [6, 4000, true]]);
      for (const one of storm.seeds) {
        assert.equal(one.finished + one.failed + one.cancelled, 4000);
        assert.equal(one.threadsLeft, name === 'native' ? 0 : null);
        assert.equal(one.processesLeft, name === 'native' ? 0 : null);
      }
      const again = async () => {
        const { seeds: [one] } = read((await run(program, ['--storm', '--futures', '2000', '--executors', 'sequential', '--json', '-'])).out).storm;
        return { ...one, seconds: 0, finished: 0, cancelled: 0 }; // what a time-out sees is the machine's
      };
      assert.deepEqual(await again(), await again());
    });

    test('wrong words: status 2, one line on stderr, nothing on stdout', async () => {
      await refuses(run, program, [
        [['--rules', '24'], /--rules "24": each must be a number from 1 to 23, .*deadlock$/],
        [['--rules', '6-2'], /--rules "6-2"/],
        [['--rules', '1,,2'], /--rules ""/],
        [['--executors', 'threads,fibers'], /--executors: no executor is called "fibers"; there are sequential, threads, /],
        [['--deadlock', 'triple'], /--deadlock "triple": there are two deadlocks, mutual and nested/],
        [['--deadlock', 'mutual', '--executor', 'async'], /--executor "async": a deadlock needs threads or threads-gil/],
        [['--deadlock', 'mutual', '--storm'], /two different runs/],
        [['--storm', '--rules', '1'], /--rules chooses from the suite/],
        [['--futures', '10'], /--futures is for --storm/],
        [['--storm', '--futures', '0'], /--futures "0": it must be a whole number from 1 to 10000000/],
        [['--executor', 'threads'], /--executor is for --deadlock/],
        [['--seed', '-1'], /--seed "-1"/],
        [['--seed', '9007199254740992'], /--seed "9007199254740992": it must be a whole number from 0 to 9007199254740991$/],
        [['--storm', '--seed', '9007199254740990', '--seeds', '3'], /--seed 9007199254740990 --seeds 3: the last seed would be above 9007199254740991/],
        [['--seed'], /--seed needs a value/],
        [['--storm=1'], /--storm takes no value: it is written alone/],
        [['--json', '--storm'], /--json needs a file name; --storm reads as an option; a file of that name can be given as \.\/--storm/],
        [['--executors', 'a\nb'], /no executor is called "a\?b"/],
        [['--sed', '1'], /futures has no option --sed;/],
        [['threads'], /futures takes options and no other words, not "threads"/],
      ]);
      assert.match((await run(program, ['--help'])).out, /^lab futures \[OPTION\.\.\.\]\n/);
    });

    test('a stop ends it, and it says what it has', async () => {
      const { status, out } = await run(program, ['--storm', '--futures', '1000000', '--seeds', '50', '--json', '-'], { interruptAfter: 1500 });
      const result = read(out);
      assert.equal(status, 1);
      assert.equal(result.stopped, true);
      for (const one of result.storm.seeds) assert.equal(one.problem, '');
    });
  });

test('events while it runs, and no Worker is left behind', { timeout: 240_000 }, async () => {
  const lab = createLab();
  /** @type {any[]} */
  const events = [];
  const settled = async () => {
    let workers = (await lab.inspect()).workers;
    for (let i = 0; i < 100 && workers > 1; i++) {
      await new Promise(resolve => setTimeout(resolve, 100));
      ({ workers } = await lab.inspect());
    }
    return workers;
  };
  await lab.run(['list']);
  const before = await settled();
  const { status, out } = await lab.run(['futures', '--rules', '1,20', '--json', '-'], { onEvent: event => events.push(event) });
  assert.equal(status, 0);
  const result = read(out);
  const [plan, ...rest] = events;
  assert.deepEqual(plan, { type: 'futures-plan', executors: EXECUTORS, cases: result.cases });
  assert.deepEqual(rest, result.rules.map((/** @type {any} */ one) => ({ type: 'rule', ...one })));
  const storm = await lab.run(['futures', '--storm', '--futures', '3000', '--json', '-']);
  assert.equal(read(storm.out).storm.seeds[0].problem, '');
  assert.equal(await settled(), before);
  await lab.close();
});

test('without shared memory: sequential and async pass, the others say why they cannot', { timeout: 120_000 }, async t => {
  const worker = new Worker(new URL('../../worker/solo-host.js', import.meta.url), { workerData: { isolate: findPrograms().isolate } });
  t.after(() => worker.terminate());
  const runSolo = (/** @type {number} */ run, /** @type {string[]} */ argv) => new Promise((/** @type {(done: any) => void} */ resolve) => {
    worker.on('message', message => {
      if ((message.type === 'done' || message.type === 'crashed') && message.run === run) resolve(message);
    });
    worker.postMessage({ type: 'run', run, argv });
  });
  const { status, out } = await runSolo(1, ['futures', '--json', '-']);
  const result = read(out);
  assert.deepEqual(failures(result), []);
  assert.equal(status, 0);
  checkSuite(result, EXECUTORS);
  for (const { executor, status: one, reason } of result.rules)
    if (executor !== 'sequential' && executor !== 'async') assert.ok(one === 'n/a' && /shared/i.test(reason), `${executor}: ${one} ${reason}`);
  assert.ok(result.passed > 80);
  const refused = await runSolo(2, ['futures', '--deadlock', 'mutual', '--json', '-']);
  assert.equal(refused.status, 1);
  assert.deepEqual([read(refused.out).deadlock.detected, read(refused.out).deadlock.cycle], [false, []]);
  const storm = await runSolo(3, ['futures', '--storm', '--futures', '1000', '--json', '-']);
  assert.equal(read(storm.out).storm.seeds[0].problem, '');
});

test('started by somebody who ignores SIGCHLD, children are still reaped, and how one died is still told', async () => {
  const { status, out, err } = await run(['sh', '-c', 'trap "" CHLD; exec "$0" "$@"', ...programs.native], ['--rules', '19,21', '--executors', 'processes', '--json', '-']);
  assert.deepEqual(failures(read(out)), []);
  assert.equal(err, '');
  assert.equal(status, 0);
});
