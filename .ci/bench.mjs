// Builds the native program and the one for Node, and runs `lab bench` in both (`npm run bench`).
//
//   npm run bench -- [--only a,b] [--rounds N] [--seconds S] [--seed N] [--json FILE]
//
// The words go to both. With --json FILE the native document goes to FILE, Node's beside it: for results.json to
// results.node.json. With --json - both are printed, native first, each on a line.

import { spawn } from 'node:child_process';
import { join, parse } from 'node:path';
import { build, buildPreset } from './build.mjs';
import { ensureNative, ensureNodeModules, root, script } from './setup.mjs';

/** @param {string} file The name for Node's document. */
function beside(file) {
  const { dir, name, ext } = parse(file);
  return join(dir, `${name}.node${ext}`);
}

/** The words, with --json's file renamed. @param {string[]} words */
function forNode(words) {
  return words.map((word, i) => {
    if (words[i - 1] === '--json' && word !== '-') return beside(word);
    const file = word.match(/^--json=(.+)$/)?.[1];
    return file && file !== '-' ? `--json=${beside(file)}` : word;
  });
}

/** @param {string[]} command @returns {Promise<number>} its exit status */
function run(command) {
  return new Promise((resolve, reject) => {
    // A Ctrl-C reaches the child by itself; it then prints what it has.
    const child = spawn(command[0], command.slice(1), { cwd: process.cwd(), stdio: 'inherit' });
    child.once('error', reject);
    child.once('close', status => resolve(status ?? 1));
  });
}

async function main() {
  const words = process.argv.slice(2);
  await ensureNodeModules();
  await buildPreset('release', { ensure: ensureNative, targets: ['lab'] });
  await build();

  let stopping = false;
  process.on('SIGINT', () => { stopping = true; });
  const help = words.includes('--help') || words.includes('-h');
  const bare = words.some((word, i) => word === '--json=-' || (word === '-' && words[i - 1] === '--json'));
  const programs = [
    [join(root, 'build/release/core/lab'), 'bench', ...words],
    [process.execPath, join(root, 'worker/cli.mjs'), 'bench', ...forNode(words)],
  ];
  let worst = 0;
  for (const command of programs) {
    const status = await run(command);
    worst = Math.max(worst, status);
    if (status === 2 || stopping || help) break; // what is wrong here is wrong there
    if (!bare) console.log('');
  }
  return worst;
}

await script(main);
