// Does the lab behave as CPython does? (`npm run fidelity`)
//
//   node .ci/fidelity.mjs [--hosts] [--rounds N] [--patience SECONDS] [--json FILE]
//
// `--hosts` asks another question: does a method gain the same natively, in Node and in each browser (fidelity-hosts.mjs)?
//
// Runs the programs of tests/fidelity/ in a CPython of 3.11 or later and the lab's matching runs, natively and, if
// it is built, in Node, and compares their shapes by the rules of tests/fidelity/shapes.js. PYTHON names the
// interpreter; without it the newest on the PATH is taken.
//
// - A busy machine spoils all of this. Repetitions of the three take turns, so that they meet the same load; before
//   each one the script waits for an idle machine, all in all not longer than --patience; what disagrees is repeated
//   twice, and judged by the medians of all repetitions. Where that does not help, real-time priority does, for root:
//   `chrt -r 1 npm run fidelity -- --patience 0`.
// - Exit status: 0 all shapes agree or are explained, or there is no Python; 1 one disagrees, or could not be judged.
//
// Known differences that keep the shape:
// - CPython looks at a drop request at backward jumps and calls, some 50 ns apart; the lab at its kernels'
//   checkpoints, 2 to 50 µs apart. Both are far below an interval.
// - A switch costs each of them some tens of microseconds, CPython a little more than the lab, so a tiny interval costs
//   it a little more throughput.
// - A sleep in Python cannot be told apart from the wait for the GIL after it, so its own lateness, measured alone,
//   is subtracted; the lab reads the clock between the two.
// - CPython's main thread takes the GIL for each result it collects; the lab's coordinator never holds one. So CPython's
//   threads may do a little worse than one after another, the lab's hardly.

import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { delimiter, join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { buildPreset } from './build.mjs';
import { table, waitUntilIdle } from './fidelity-common.mjs';
import { SetupError, ensureNative, isMain, log, root, run, script } from './setup.mjs';
import {
  CONVOY, GROUPS, SHAPES, SIDES, SWITCHING, labSpeedups, medians, pythonSpeedups, responses, switching, verdict,
} from '../tests/fidelity/shapes.js';

/** @typedef {import('../tests/fidelity/shapes.js').Figures} Figures */
/** @typedef {import('../tests/fidelity/shapes.js').Side} Side */
/** @typedef {import('../tests/fidelity/shapes.js').Group} Group */
/** @typedef {import('../tests/fidelity/shapes.js').Samples} Samples */
/** @typedef {import('../tests/fidelity/shapes.js').Shape} Shape */
/** @typedef {import('../tests/fidelity/shapes.js').About} About */

const SECONDS = 1; // of each measurement of convoy and switching
const AGAIN = 2; // more repetitions of what disagrees

// ---- CPython ----

/** What an interpreter says of itself; null: it does not run.
 * @typedef {(file: string) => { executable: string, name: string, version: number[] } | null} Probe */

/** @type {Probe} */
function probe(file) {
  const code = 'import json, sys; print(json.dumps(dict(executable=sys.executable, name=sys.implementation.name, version=sys.version_info[:3])))';
  const done = spawnSync(file, ['-c', code], { encoding: 'utf8', timeout: 20_000 });
  try {
    return done.status === 0 ? JSON.parse(done.stdout) : null;
  } catch { // whatever that was
    return null;
  }
}

/** Of the files in the PATH's folders those that may be a Python 3.11 or later, the newest first.
 * @param {{ folder: string, names: string[] }[]} folders */
export function pythonCandidates(folders) {
  const found = folders.flatMap(({ folder, names }) => names.flatMap(name => {
    const match = name.match(/^python(?:3(?:\.(\d+))?)?$/);
    const minor = match?.[1] === undefined ? (name === 'python3' ? 1 : 0) : Number(match[1]);
    return match && (match[1] === undefined || minor >= 11) ? [{ file: join(folder, name), minor }] : [];
  }));
  return found.sort((a, b) => b.minor - a.minor).map(({ file }) => file);
}

/** Why an interpreter will not do, or null. @param {ReturnType<Probe>} answer */
function unfit(answer) {
  if (!answer) return 'it does not run';
  const { name, version: [major, minor] } = answer;
  if (name !== 'cpython') return `it is ${name}; CPython is needed`;
  return major > 3 || major === 3 && minor >= 11 ? null : `it is CPython ${major}.${minor}; 3.11 or later is needed`;
}

/** The executable of the first that is a CPython ≥ 3.11; a file of that name may be a shim, even one for a version that
 * is not installed.
 * @param {string | undefined} override @param {() => string[]} candidates @param {Probe} ask */
export function findPython(override, candidates, ask = probe) {
  for (const file of override ? [override] : candidates()) {
    const answer = ask(file), reason = unfit(answer);
    if (answer && !reason) return answer.executable || file;
    if (override) throw new SetupError(`PYTHON=${override}: ${reason}`);
  }
  return null;
}

export function foldersOnPath() {
  return (process.env.PATH ?? '').split(delimiter).filter(folder => folder && existsSync(folder)).flatMap(folder => {
    try {
      return [{ folder, names: readdirSync(folder) }];
    } catch { // not a folder, or not ours to read
      return [];
    }
  });
}

// ---- the three sides ----

/** @param {string} command @param {string[]} args @param {NodeJS.ProcessEnv} env */
const json = (command, args, env = {}) => JSON.parse(run(command, args, { cwd: root, env: { ...process.env, ...env } }));

/** @param {string} python @returns {Record<Group, () => Figures>} */
function cpython(python) {
  const folder = join(root, 'tests/fidelity');
  const program = (/** @type {string} */ name, /** @type {(string | number)[]} */ ...args) => // -B: no __pycache__ in the tree
    json(python, ['-B', join(folder, `${name}.py`), ...args.map(String)], { PYTHONPATH: folder });
  return {
    speedups: () => pythonSpeedups(program('speedups', 3)),
    convoy: () => responses(program('convoy', SECONDS, ...CONVOY).rows),
    switching: () => switching(program('switching', SECONDS, ...SWITCHING).rows),
  };
}

/** @param {string[]} command @param {About} about @returns {Record<Group, () => Figures>} */
function lab([command, ...before], about) {
  const document = (/** @type {string[]} */ ...args) => json(command, [...before, ...args, '--json', '-']);
  const gil = (/** @type {number} */ us, /** @type {string[]} */ ...args) =>
    document('gil', '--only', 'gil', '--interval-us', String(us), '--seconds', String(SECONDS), ...args).gil;
  const methods = `sequential,${about.gil ? 'threads-gil' : 'threads'},interpreters,processes,async`;
  return {
    speedups: () => labSpeedups(document('compare', 'primes', 'pages', '--methods', methods, '--workers', '2', '--size', 'full', '--latency', '20',
      '--numbers', join(root, 'tests/fidelity/numbers.txt'), '--rounds', '3', '--seconds', '3'), about.gil),
    convoy: () => responses(CONVOY.map(us => ({
      intervalUs: us, responseSeconds: gil(us, '--threads', '1', '--io-threads', '1', '--io-us', '1000').responseSeconds.p50,
    }))),
    switching: () => switching(SWITCHING.map(us => {
      const { cpuTasksPerSecond, switchesPerSecond } = gil(us, '--threads', '2');
      return { intervalUs: us, unitsPerSecond: cpuTasksPerSecond, switchesPerSecond };
    })),
  };
}

/** The commands of the lab's sides; the native one is built if it is missing. */
async function labs() {
  const native = join(root, 'build/release/core/lab');
  if (!existsSync(native)) await buildPreset('release', { ensure: ensureNative, targets: ['lab'] });
  const built = ['build/emscripten/core/lab.wasm', 'build/wasi/core/isolate.wasm'].every(file => existsSync(join(root, file)));
  return { native: [native], node: built ? [process.execPath, join(root, 'worker/cli.mjs')] : null };
}

// ---- measuring ----

/** @param {string[]} words */
export function parse(words) {
  const options = { hosts: words.includes('--hosts'), rounds: 3, patience: 60, json: /** @type {string | null} */ (null) };
  const rest = words.filter(word => word !== '--hosts');
  for (let i = 0; i < rest.length; i += 2) {
    const [name, value] = rest.slice(i, i + 2);
    if (!['--rounds', '--patience', '--json'].includes(name)) throw new SetupError(`fidelity has no option "${name}"; there are --hosts, --rounds N, --patience SECONDS, --json FILE`);
    if (!value) throw new SetupError(`${name} needs a value`);
    if (name === '--json') options.json = value;
    else if (!/^\d{1,4}$/.test(value) || name === '--rounds' && Number(value) < 3)
      throw new SetupError(`${name} "${value}": it must be a whole number from ${name === '--rounds' ? '3' : '0'} to 9999`);
    else options[name === '--rounds' ? 'rounds' : 'patience'] = Number(value);
  }
  return options;
}

/** @typedef {{ shape: Shape, native: ReturnType<typeof verdict>, node: ReturnType<typeof verdict> | null }} Row */

/** @param {Samples} samples @param {About} about @param {boolean} node @returns {Row[]} */
function judge(samples, about, node) {
  return SHAPES.map(shape => ({ shape, native: verdict(shape, samples, 'native', about), node: node ? verdict(shape, samples, 'node', about) : null }));
}

/** @param {Row} row */
const failed = ({ native, node }) => [native, node].some(one => one?.verdict === 'no' || one?.verdict === 'unclear');

// ---- showing ----

/** @param {Row[]} rows @param {Samples} samples @param {About} about @param {boolean} node */
export function report(rows, samples, about, node) {
  /** @type {string[]} */
  const notes = [];
  const cell = (/** @type {Shape} */ shape, /** @type {Side} */ side) => medians(shape, samples[side])?.map(shape.format).join(' ') ?? '–';
  const lines = rows.map(({ shape, native, node: inNode }) => {
    const both = [['native', native], ['Node', inNode]].flatMap(([name, one]) => (one && typeof one === 'object' ? [{ name: String(name), ...one }] : []));
    const same = both.every(one => one.verdict === both[0].verdict && one.why === both[0].why);
    const told = (same ? [{ ...both[0], name: '' }] : both).map(({ name, verdict: word, why }) => {
      if (why && !notes.includes(why)) notes.push(why);
      return `${name} ${word}${why ? ` [${notes.indexOf(why) + 1}]` : ''}`.trim();
    });
    return [shape.what, cell(shape, 'cpython'), cell(shape, 'native'), cell(shape, 'node'), told.join(', ')];
  });
  const rules = [...new Set(SHAPES.map(({ rule }) => rule))].map(rule => `  ${rule}.`);
  return [
    table([['what', `CPython ${about.python}`, 'lab native', node ? 'lab in Node' : 'lab in Node: not built', 'agree?'], ...lines]), '',
    ...notes.map((note, i) => `[${i + 1}] ${note}`), ...(notes.length ? [''] : []),
    'Medians. The rules:', ...rules,
    ...(node ? [] : ['', '`npm run build` makes what Node runs.']),
  ].join('\n');
}

const load = () => loadavg().map(value => value.toFixed(2)).join(' ');

async function main() {
  const options = parse(process.argv.slice(2));
  if (options.hosts) return (await import('./fidelity-hosts.mjs')).main(options);
  const python = findPython(process.env.PYTHON, () => pythonCandidates(foldersOnPath()));
  if (!python) {
    console.log('skipped: no CPython 3.11 or later found; set PYTHON=…');
    return 0;
  }
  const about = /** @type {About} */ (JSON.parse(run(python, ['-B', '-c', 'import json, tasks; print(json.dumps(tasks.about()))'],
    { env: { ...process.env, PYTHONPATH: join(root, 'tests/fidelity') } })));
  const commands = await labs();
  /** @type {Record<Side, Record<Group, () => Figures> | null>} */
  const sides = { cpython: cpython(python), native: lab(commands.native, about), node: commands.node && lab(commands.node, about) };
  const node = sides.node !== null;
  log(`CPython ${about.python} (${python})${about.gil ? '' : ', free-threaded'}; load average ${load()}`);

  /** @type {Samples} */
  const samples = { cpython: [], native: [], node: [] };
  const patience = { seconds: options.patience };
  let turn = 0;
  const measure = async (/** @type {Group} */ group, /** @type {string} */ which) => {
    if (!about.gil && group !== 'speedups') return;
    await waitUntilIdle(patience);
    log(`${group}, ${which}; load average ${load()}`);
    turn++;
    for (let i = 0; i < SIDES.length; i++) {
      const side = SIDES[(i + turn) % SIDES.length];
      const figures = sides[side]?.[group]();
      if (figures) samples[side].push(figures);
    }
  };
  for (let round = 1; round <= options.rounds; round++) for (const group of GROUPS) await measure(group, `repetition ${round} of ${options.rounds}`);
  let rows = judge(samples, about, node);
  for (let more = 1; more <= AGAIN && rows.some(failed); more++) {
    const again = GROUPS.filter(group => rows.some(row => row.shape.group === group && failed(row)));
    for (let round = 1; round <= options.rounds; round++) for (const group of again) await measure(group, `again (${more} of ${AGAIN}), repetition ${round} of ${options.rounds}`);
    rows = judge(samples, about, node);
  }

  const document = {
    schema: 'concurrency-lab-fidelity/1', ...about, cores: cpus().length, loadAverage: loadavg(),
    rows: rows.map(({ shape, native, node: inNode }) => ({
      what: shape.what, rule: shape.rule, native, node: inNode,
      figures: Object.fromEntries(SIDES.map(side => [side, shape.keys.map(key => samples[side].flatMap(figures => figures[key] ?? []))])),
    })),
  };
  if (options.json && options.json !== '-') writeFileSync(options.json, `${JSON.stringify(document, null, 1)}\n`);
  if (options.json === '-') console.log(JSON.stringify(document));
  else console.log(`${report(rows, samples, about, node)}\n\n${summary(rows)} Load average ${load()}.`);
  return rows.some(failed) ? 1 : 0;
}

/** @param {Row[]} rows */
export function summary(rows) {
  const count = (/** @type {string} */ word) => rows.filter(({ native, node }) => [native, node].some(one => one?.verdict === word)).length;
  if (count('no')) return `${count('no')} of ${rows.length} shapes disagree.`;
  if (count('unclear')) return `${count('unclear')} of ${rows.length} shapes could not be judged: the machine is busy; run this again when it is not.`;
  return 'Every shape agrees or is explained.';
}

if (isMain(import.meta.url)) await script(main);
