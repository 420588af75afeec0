// Builds and runs every test (`npm test`), or only the sections named: `npm test -- native wasi`.
//
// A section that fails does not keep the others from running. The last line counts real tests: ctest's
// suites, Node's tests, and one each for the type check, clang-format and clang-tidy.

import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build, buildPreset, generate } from './build.mjs';
import {
  SetupError, ensureBrowsers, ensureEmscripten, ensureFonts, ensureNative, ensureNodeModules, ensureNodes, ensureSpin, ensureWasi, ensureWebKit, explain, isMain, log, root, script,
} from './setup.mjs';
import { tidy } from './tidy.mjs';

const inCI = Boolean(process.env.CI) && process.env.CI !== 'false';

/** @typedef {{ passed: number, failed: number, skipped: number, note?: string }} Count */

/** What failed and what was flaky, in the words of the test programs: told again below the results. @type {string[]} */
const told = [];
const REASON_LINES = 14;
/** After so long without a test that ended it is taken for hung; on an idle machine the longest takes six minutes. */
const SILENT_MINUTES = 30;

/**
 * Runs a command, shows its output as it comes, and keeps it.
 * @param {string} command
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<{ status: number, output: string }>}
 */
function stream(command, args, env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    let output = '';
    const keep = (/** @type {import('node:stream').Readable} */ from, /** @type {NodeJS.WriteStream} */ to) =>
      from.setEncoding('utf8').on('data', text => {
        output += text;
        to.write(text);
      });
    keep(child.stdout, process.stdout);
    keep(child.stderr, process.stderr);
    child.once('error', reject);
    child.once('close', status => resolve({ status: status ?? 1, output }));
  });
}

/**
 * What set-up gives; or why this machine cannot have it, and what needs it is skipped. In CI that is a failure.
 * @template T
 * @param {() => Promise<T>} ensure
 * @returns {Promise<{ had?: T, reason?: string }>}
 */
async function orReason(ensure) {
  try {
    return { had: await ensure() };
  } catch (error) {
    if (inCI || !(error instanceof SetupError)) throw error;
    return { reason: error.message };
  }
}

/** The files of tests that take longest: they are begun first, and what is left at the end is short. */
const LONGEST = ['exhibits-dist', 'sizes', 'defaults', 'lab', 'host-runs', 'page-exhibits', 'page-isolation', 'page-dist', 'clock-dist', 'nodes', 'clock', 'page'];

/** A section of C tests: a preset of CMake's, one test for each suite.
 * @param {string} preset @param {() => Promise<unknown>} ensure
 * @returns {Promise<Count>} */
async function ctest(preset, ensure) {
  await buildPreset(preset, { ensure, defines: ['-DLAB_WERROR=ON'] });
  const { status, output } = await stream('ctest', ['--preset', preset]);
  const counts = output.match(/(\d+) tests failed out of (\d+)/);
  if (!counts) return { passed: 0, failed: 1, skipped: 0, note: 'ctest ran no test' };
  const failed = Number(counts[1]);
  return { passed: Number(counts[2]) - failed, failed: failed || (status === 0 ? 0 : 1), skipped: 0 };
}

/** @param {string} folder @param {RegExp} [which] */
function testFiles(folder, which = /\.test\.m?js$/) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(name => which.test(name)).map(name => join(folder, name)).sort();
}

/** Node's tests in these files, so many files at once.
 * @param {string[]} files @param {NodeJS.ProcessEnv} env @param {number} atOnce
 * @returns {Promise<Count>} */
async function nodeTest(files, env, atOnce) {
  if (!files.length) return { passed: 0, failed: 0, skipped: 0, note: 'no test files' };
  const place = (/** @type {string} */ file) => [...LONGEST, file].findIndex(name => name === file || basename(file).startsWith(`${name}.`));
  const inOrder = files.toSorted((a, b) => place(a) - place(b));
  const { status, output } = await stream(process.execPath, [join(root, '.ci/node-tests.mjs'), String(atOnce), String(SILENT_MINUTES), ...inOrder], env);
  const plain = output.replace(/\x1b\[[0-9;]*m/g, '');
  const summary = plain.slice(plain.search(/^\S+ tests \d+$/m));
  const count = (/** @type {string} */ word) => Number(summary.match(new RegExp(`^\\S+ ${word} (\\d+)\\s*$`, 'm'))?.[1] ?? 0);
  const failed = count('fail') + count('cancelled');
  tell(plain);
  return { passed: count('pass'), failed: failed || (status === 0 ? 0 : 1), skipped: count('skipped') + count('todo') };
}

/** Keeps the reasons of a report by Node's tests. @param {string} report */
function tell(report) {
  for (const [, flaky] of report.matchAll(/^\s*ℹ (flaky: .*)$/gm)) if (!told.includes(flaky)) told.push(flaky);
  const [, failing] = report.split(/^✖ failing tests:$/m);
  for (const one of failing?.split(/^(?=test at )/m).slice(1) ?? []) {
    const lines = one.trimEnd().split('\n').filter(line => line.trim() && !line.includes('node:internal'));
    told.push([...lines.slice(0, REASON_LINES), ...(lines.length > REASON_LINES ? ['  …'] : [])].join('\n'));
  }
}

/** As the browser tests are told of them.
 * @param {Awaited<ReturnType<typeof ensureBrowsers>>} browsers @param {Awaited<ReturnType<typeof ensureWebKit>>} [webkit] */
const pathsOf = ({ chromium, firefox }, webkit) =>
  ({ CHROMIUM_PATH: chromium ?? '', FIREFOX_PATH: firefox ?? '', WEBKIT_DRIVER_PATH: webkit?.driver ?? '', XVFB_PATH: webkit?.xvfb ?? '' });

/** @type {Record<string, () => Promise<Count | null>>} */
export const sections = {
  async typecheck() {
    await generate();
    const { status } = await stream(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '--project', join(root, 'tsconfig.json')]);
    return { passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1, skipped: 0 };
  },
  async models() {
    await ensureSpin();
    return nodeTest(testFiles(join(root, 'tests/models')), {}, 2);
  },
  native: () => ctest('release', ensureNative),
  tsan: () => ctest('tsan', ensureNative),
  asan: () => ctest('asan', ensureNative),
  emscripten: () => ctest('emscripten', ensureEmscripten),
  wasi: () => ctest('wasi', ensureWasi),
  async headless() {
    if (!existsSync(join(root, 'tests/headless'))) return null;
    await buildPreset('release', { ensure: ensureNative });
    await build();
    const nodes = await ensureNodes().catch(error => {
      if (inCI || !(error instanceof SetupError)) throw error;
      return error.message; // the reason why their tests are skipped
    });
    // Some files at a time: much of a test is waiting, or takes a given time, and none needs a quiet machine.
    return nodeTest(testFiles(join(root, 'tests/headless')), { LAB_NATIVE: join(root, 'build/release/core/lab'), LAB_NODES: JSON.stringify(nodes) }, 3);
  },
  async browser() {
    if (!existsSync(join(root, 'tests/browser'))) return null;
    const { had: browsers, reason } = await orReason(ensureBrowsers);
    if (!browsers) return { passed: 0, failed: 0, skipped: 1, note: reason };
    const { had: webkit, reason: noWebKit } = await orReason(ensureWebKit);
    const { had: fonts, reason: noFonts } = await orReason(ensureFonts);
    await build();
    const env = { ...pathsOf(browsers, webkit), LAB_FONTS: fonts ?? '' };
    const count = await nodeTest(testFiles(join(root, 'tests/browser')), env, 2);
    return { ...count, skipped: count.skipped + (webkit ? 0 : 1), note: noWebKit ?? noFonts };
  },
  tidy,
  /** What takes long: only by name. */
  async long() {
    await buildPreset('release', { ensure: ensureNative });
    await build();
    const browsers = await ensureBrowsers(), { had: webkit } = await orReason(ensureWebKit);
    const env = { LAB_NATIVE: join(root, 'build/release/core/lab'), ...pathsOf(browsers, webkit) };
    return nodeTest(testFiles(join(root, 'tests'), /\.long\.js$/), env, 1);
  },
};
/** What `npm test` runs; the others take minutes and are run by name. */
export const usual = Object.keys(sections).filter(name => name !== 'long' && name !== 'tidy');

async function main() {
  const words = process.argv.slice(2);
  for (const word of words)
    if (!(word in sections)) throw new SetupError(`"${word}" is no section; the sections are ${Object.keys(sections).join(', ')}`);
  await ensureNodeModules();

  /** @type {({ name: string, seconds: number } & Count)[]} */
  const results = [];
  for (const name of words.length ? words : usual) {
    log(`\n== ${name}`);
    const start = performance.now();
    /** @type {Count | null} */
    let count;
    try {
      count = await sections[name]();
    } catch (error) {
      log(explain(error));
      count = { passed: 0, failed: 1, skipped: 0, note: explain(error).split('\n')[0] };
    }
    if (count) results.push({ name, seconds: (performance.now() - start) / 1000, ...count });
  }

  const lines = results.map(({ name, seconds, passed, failed, skipped, note }) =>
    `${failed ? 'FAILED' : 'ok    '}  ${name.padEnd(11)}${seconds.toFixed(1).padStart(6)} s  ${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}${note ? ` (${note})` : ''}`);
  const sum = (/** @type {'passed' | 'failed' | 'skipped'} */ key) => results.reduce((total, result) => total + result[key], 0);
  const [passed, failed, skipped] = [sum('passed'), sum('failed'), sum('skipped')];
  if (told.length) console.log(`\n${told.join('\n\n')}`);
  console.log(`\n${lines.join('\n')}\n`);
  console.log(`${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

if (isMain(import.meta.url)) await script(main);
