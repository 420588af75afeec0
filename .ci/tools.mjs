// What the programs of this folder share: where things are, commands, locks, and how a failure is told.
//
// Only node: modules here, and stdout is left alone: `npm run -s lab` prints JSON there.

import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, mkdirSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'concurrency-lab');

/** A step that failed for a reason the person can act on: shown without a stack. */
export class SetupError extends Error {}

/** A command that failed, with all that it printed. */
export class CommandError extends SetupError {
  /** @param {string} message @param {string} output */
  constructor(message, output) {
    super(message);
    this.output = output;
  }
}

/** @param {string} text */
export function log(text) {
  process.stderr.write(`${text}\n`);
}

/**
 * Runs a command quietly and gives its stdout; its output is shown only when it fails.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 */
export function run(command, args, options = {}) {
  const done = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'pipe'], ...options });
  if (done.error) throw new SetupError(`${command}: ${done.error.message}`);
  if (done.status !== 0) {
    const output = `${done.stdout}${done.stderr}`.trim()
      .replace(/^\[\d+\/\d+\] .*\n(?=\[\d+\/\d+\] )/gm, '') // ninja's steps that went well
      .replace(/^(.{300}).+$/gm, '$1 …'); // command lines
    throw new CommandError(`${command} ${args.join(' ')} failed:\n${output.slice(-4000)}`, output);
  }
  return done.stdout;
}

/** @param {string} command @param {string[]} args */
export function succeeds(command, args) {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

/** The first of these programs that the PATH has.
 * @param {...string} names */
export function onPath(...names) {
  for (const name of names)
    for (const folder of (process.env.PATH ?? '').split(delimiter)) {
      const file = join(folder, name);
      try {
        accessSync(file, constants.X_OK);
        return file;
      } catch { /* not here */ }
    }
  return null;
}

/**
 * Runs `work` while this process alone holds the named lock. flock(1) holds it, so that it goes away
 * with this process however that ends; where there is no flock nothing is installed either.
 * @template T
 * @param {string} name
 * @param {() => T | Promise<T>} work
 */
export async function withLock(name, work) {
  if (!onPath('flock')) return work();
  mkdirSync(cache, { recursive: true });
  const holder = spawn('flock', [join(cache, `${name}.lock`), 'sh', '-c', 'echo held; cat >/dev/null'], { stdio: ['pipe', 'pipe', 'ignore'] });
  const slow = setTimeout(() => log(`waiting for another command that holds the ${name} lock`), 1000);
  await new Promise((resolve, reject) => {
    holder.stdout.once('data', resolve);
    holder.once('error', reject);
    holder.once('exit', () => reject(new SetupError(`cannot lock ${join(cache, `${name}.lock`)}`)));
  });
  clearTimeout(slow);
  try {
    return await work();
  } finally {
    holder.stdin.end();
  }
}

/** Runs a script's main function, whose number is the exit status; a SetupError is told in words, without a stack.
 * @param {() => Promise<number | void>} main */
export async function script(main) {
  try {
    process.exitCode = (await main()) ?? 0;
  } catch (error) {
    log(explain(error));
    process.exitCode = 1;
  }
}

/** What to tell a person about an error: its words if it is theirs to act on, its stack if it is ours.
 * @param {unknown} error */
export function explain(error) {
  if (error instanceof SetupError) return error.message;
  return error instanceof Error ? `${error.stack}` : String(error);
}

/** @param {string} url */
export function isMain(url) {
  return process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(url);
}
