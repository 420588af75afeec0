// Builds the native program and the one for Node, and runs `lab bench` in both, with the peers of each (`npm run bench`).
//
//   npm run bench -- [--only a,b] [--rounds N] [--seconds S] [--seed N] [--json FILE] [--browsers] [--keep]
//
// The words but the last two go to both. With --json FILE the native document goes to FILE, Node's beside it: for
// results.json to results.node.json. With --json - the documents are printed, each on a line, and nothing else.
// --browsers adds the page's rows, in Chromium and Firefox (tests/bench/browser.mjs); there --rounds is the number of
// visitors, --seconds the time for each row beyond the third visitor. --keep writes what was measured
// into tests/bench/results.json, and its table into README.md.
//
// The native program is lab-bench: lab with the libraries that it is compared with, built by the wasm programs' own
// clang for all that this processor has. JavaScript's pools, CPython's executors and, for Node, the native program
// itself are asked through tests/bench/peers.mjs. What is missing is installed or skipped by name.

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, parse } from 'node:path';
import { keep, table } from './bench-results.mjs';
import { build, buildPreset } from './build.mjs';
import { findPython, foldersOnPath, pythonCandidates } from './fidelity.mjs';
import { benchCompiler, ensureBenchLibraries, ensureBrowsers, ensureNative, ensureNodeModules, isMain, log, root, script, SetupError } from './setup.mjs';

/** @import { BenchDocument } from './bench-results.mjs' */

/** Takes the words that are not `lab bench`'s own, and --json's file.
 * @param {string[]} words */
export function takeWords(words) {
  const rest = [];
  const own = { json: /** @type {string | null} */ (null), browsers: false, keep: false };
  for (let i = 0; i < words.length; i++) {
    const word = words[i], next = words[i + 1];
    if (word === '--browsers') own.browsers = true;
    else if (word === '--keep') own.keep = true;
    else if (word === '--json' && next !== undefined && !next.startsWith('--')) own.json = words[++i];
    else if (/^--json=./.test(word)) own.json = word.slice('--json='.length);
    else rest.push(word);
  }
  return { ...own, rest };
}

/** The file for another program's document. @param {string} file @param {string} program */
export function beside(file, program) {
  const { dir, name, ext } = parse(file);
  return join(dir, `${name}.${program}${ext}`);
}

/** lab-bench, built. @returns {Promise<string>} */
export async function buildNative() {
  const libraries = await ensureBenchLibraries();
  const defines = [`-DCMAKE_C_COMPILER=${benchCompiler()}`, `-DLAB_BENCH=${libraries.join(',') || 'nothing'}`, `-DLAB_MARCH=${instructionSet()}`];
  const folder = await buildPreset('bench', { ensure: ensureNative, defines, targets: ['lab-bench'] });
  return join(folder, 'core/lab-bench');
}

/** x86-64-v3 where the processor has it, which is what compilers' users choose today; '': the compiler's default. */
function instructionSet() {
  try {
    const flags = readFileSync('/proc/cpuinfo', 'utf8').match(/^flags\s*:(.*)$/m)?.[1].split(' ') ?? [];
    return ['avx2', 'bmi2', 'fma', 'movbe', 'f16c'].every(flag => flags.includes(flag)) ? 'x86-64-v3' : '';
  } catch {
    return '';
  }
}

/** The peers' command, for a shell. @param {string} native */
export function peersCommand(native) {
  const python = findPython(process.env.PYTHON, () => pythonCandidates(foldersOnPath()));
  const words = [process.execPath, join(root, 'tests/bench/peers.mjs'), '--native', native, ...(python ? ['--python', python] : [])];
  return `exec ${words.map(word => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')}`;
}

/** @param {string[]} command @param {{ quiet?: boolean, env?: NodeJS.ProcessEnv }} options @returns {Promise<number>} its exit status */
function run([program, ...words], { quiet = false, env = {} }) {
  return new Promise((resolve, reject) => {
    // A Ctrl-C reaches the child by itself; it then prints what it has.
    const child = spawn(program, words, { env: { ...process.env, ...env }, stdio: ['inherit', quiet ? 'ignore' : 'inherit', 'inherit'] });
    child.once('error', reject);
    child.once('close', status => resolve(status ?? 1));
  });
}

/** @typedef {{ program: string, document: BenchDocument }} Measured */

/** `lab bench` in both programs, their tables printed. Stops where the user does.
 * @param {string[]} words @param {boolean} quiet @returns {Promise<{ status: number, measured: Measured[], stopped: boolean }>} */
async function inPrograms(words, quiet) {
  const native = await buildNative();
  const env = { LAB_PEERS: peersCommand(native) };
  const programs = { native: [native], node: [process.execPath, join(root, 'worker/cli.mjs')] };
  const folder = mkdtempSync(join(tmpdir(), 'lab-bench-'));
  const help = words.includes('--help') || words.includes('-h');
  /** @type {Measured[]} */
  const measured = [];
  let worst = 0;
  try {
    for (const [program, command] of Object.entries(programs)) {
      const file = join(folder, program);
      const status = await run([...command, 'bench', ...words, ...(help ? [] : ['--json', file])], { quiet, env });
      worst = Math.max(worst, status);
      if (help || !existsSync(file)) return { status, measured, stopped: true }; // what is wrong here is wrong there
      const document = JSON.parse(readFileSync(file, 'utf8'));
      measured.push({ program, document });
      if (!quiet) console.log('');
      if (document.stopped) return { status: worst, measured, stopped: true };
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { status: worst, measured, stopped: false };
}

/** The page's rows, or those of them that are named. @param {{ only: string[] | null, rounds?: number, seconds?: number }} how @param {boolean} quiet */
async function inBrowsers(how, quiet) {
  const { measure } = await import('../tests/bench/browser.mjs');
  /** @type {Measured[]} */
  const measured = /** @type {any} */ (await measure({ ...how, log }));
  if (!quiet) for (const { document } of measured) console.log(`${table(document)}\n`);
  return measured;
}

/** The browsers, installed; the page's rows find them by these names. */
async function findBrowsers() {
  const { chromium, firefox } = await ensureBrowsers();
  process.env.CHROMIUM_PATH = chromium ?? '';
  process.env.FIREFOX_PATH = firefox ?? '';
  for (const [name, path] of [['Chromium', chromium], ['Firefox', firefox]]) if (!path) log(`bench: there is no ${name}; its rows are skipped`);
}

/** What the words say of the page's rows. @param {string[]} words @returns {{ rounds?: number, seconds?: number }} */
export function pageOptions(words) {
  /** @type {{ rounds?: number, seconds?: number }} */
  const found = {};
  for (const name of /** @type {const} */ (['rounds', 'seconds'])) {
    const at = words.findIndex(word => word === `--${name}` || word.startsWith(`--${name}=`));
    if (at < 0) continue;
    const text = words[at] === `--${name}` ? words[at + 1] : words[at].slice(name.length + 3);
    const value = Number(text);
    if (!text || !(value > 0) || (name === 'rounds' && !Number.isInteger(value))) throw new SetupError(`--${name} takes a ${name === 'rounds' ? 'whole ' : ''}number above 0, not "${text ?? ''}"`);
    found[name] = value;
  }
  return found;
}

/** Of the words' --only those that are the page's rows, and the words without them; null: there is no --only, or none left.
 * @param {string[]} words @param {string[]} rows  the page's */
export function splitOnly(words, rows) {
  const at = words.findIndex(word => word === '--only' || word.startsWith('--only='));
  const list = at < 0 ? undefined : words[at] === '--only' ? words[at + 1] : words[at].slice('--only='.length);
  if (list === undefined) return { page: null, others: words };
  const names = list.split(','), page = names.filter(name => rows.includes(name)), others = names.filter(name => !page.includes(name));
  const around = words.filter((_, i) => i !== at && (i !== at + 1 || words[at] !== '--only'));
  return { page, others: others.length ? ['--only', others.join(','), ...around] : null };
}

/** @param {string} file @param {string} text */
function write(file, text) {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new SetupError(`${file}: ${/** @type {Error} */ (error).message}`);
  }
}

async function main() {
  const { rest, json, browsers, keep: keeping } = takeWords(process.argv.slice(2));
  const quiet = json === '-';
  const how = browsers ? pageOptions(rest) : {};
  await ensureNodeModules();
  if (browsers) await findBrowsers();
  await build();
  process.on('SIGINT', () => {}); // the programs' own affair
  const { page, others } = browsers ? splitOnly(rest, Object.keys((await import('../tests/bench/browser.mjs')).ROWS)) : { page: null, others: rest };
  const { status, measured, stopped } = others ? await inPrograms(others, quiet) : { status: 0, measured: [], stopped: false };
  if (browsers && !stopped && page?.length !== 0) measured.push(...await inBrowsers({ only: page, ...how }, quiet));
  for (const { program, document } of measured) {
    if (quiet) process.stdout.write(`${JSON.stringify(document)}\n`);
    else if (json) write(program === 'native' ? json : beside(json, program), `${JSON.stringify(document)}\n`);
  }
  if (keeping) keep(measured);
  return status;
}

if (isMain(import.meta.url)) await script(main);
