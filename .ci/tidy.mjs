// What clang-format and clang-tidy say about the C (`npm test -- tidy`): .clang-format, .clang-tidy.
//
// clang-tidy reads the program's own sources as the debug preset compiles them, whose assertions tell it what cannot be.
// It does not read what is only built for WebAssembly, nor the tests: after a check that failed a test goes on with what it
// has, so that most of what would be found there cannot happen, and tsan and asan have run every line of them.

import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { ensureNative, ensureTidy, root, run } from './setup.mjs';

/** @typedef {{ file: string, command: string, directory: string }} CompileCommand one of compile_commands.json */

/** Which files clang-tidy reads, each once. @param {Pick<CompileCommand, 'file'>[]} commands */
export const ownSources = commands => [...new Set(commands.map(({ file }) => file))].filter(file => /\/core\/.*\.c$/.test(file) && !/(_test|\/check|\/failing)\.c$/.test(file)).sort();

/**
 * Runs a program once for each file, as many at once as there are cores, and shows what it says, each finding once: one in a header
 * comes with every file that includes it.
 * @param {string[]} command the program and its options, before the file's name
 * @param {string[]} files
 * @param {(text: string) => void} [show]
 * @returns {Promise<number>} for how many files the program failed
 */
export async function failures(command, files, show = text => process.stdout.write(text)) {
  const [program = '', ...options] = command;
  const shown = new Set();
  let next = 0, failed = 0;
  const one = (/** @type {string} */ file) => new Promise((resolve, reject) => {
    const child = spawn(program, [...options, file], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '', counted = ''; // on stderr clang-tidy only counts, unless it could not begin
    child.stdout.setEncoding('utf8').on('data', text => (said += text));
    child.stderr.setEncoding('utf8').on('data', text => (counted += text));
    child.once('error', reject);
    child.once('close', status => {
      if (status !== 0) {
        failed++;
        for (const finding of (said || counted).replaceAll(`${root}/`, '').split(/^(?=\S+:\d+:\d+: (?:error|warning): )/m)) {
          if (!shown.has(finding)) show(finding);
          shown.add(finding);
        }
      }
      resolve(undefined);
    });
  });
  await Promise.all(Array.from({ length: availableParallelism() }, async () => {
    while (next < files.length) await one(files[next++]);
  }));
  return failed;
}

/** The C of the program and of the tests. */
const allC = () => ['core', 'tests'].flatMap(folder =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).filter(name => /\.[ch]$/.test(name)).map(name => join(folder, name))).sort();

/** Two tests: formatting, findings. */
export async function tidy() {
  await ensureNative();
  await ensureTidy();
  run('cmake', ['--preset', 'debug'], { cwd: root });
  const sources = ownSources(JSON.parse(readFileSync(join(root, 'build/debug/compile_commands.json'), 'utf8'))), all = allC();
  const files = [await failures(['clang-format-19', '--dry-run', '-Werror'], all), await failures(['clang-tidy-19', '-p', join(root, 'build/debug'), '--quiet'], sources)];
  const failed = files.filter(count => count > 0).length;
  return { passed: files.length - failed, failed, skipped: 0, note: `${all.length} files formatted, ${sources.length} read` };
}
