// The command line as a person has it: the native binary and Node's, run with words, and the documents they print.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { wholeSchema } from '../../.ci/schema.mjs';
import { createLab } from '../../worker/node-host.js';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const validate = new Ajv2020({ allErrors: true, strict: false }).compile(wholeSchema());

export const programs = {
  native: [join(root, 'build/release/core/lab')],
  node: [process.execPath, join(root, 'worker/cli.mjs')],
};

/** @typedef {{ status: number | null, out: string, err: string, seconds: number }} Ended  seconds: from its start, or from the interrupt */

/**
 * A function that runs `lab COMMAND WORDS…` to its end; '': the words begin with the command.
 * @param {string} [command]
 * @returns {((program: string[], words: string[], options?: { interruptAfter?: number, timeout?: number, env?: NodeJS.ProcessEnv }) => Promise<Ended>) & { first: string[] }}
 *   options: milliseconds, interruptAfter from when it hears one; what the environment has besides
 */
export function runner(command = '') {
  const first = command ? [command] : [];
  return Object.assign((/** @type {string[]} */ program, /** @type {string[]} */ words, { interruptAfter = 0, timeout = 600_000, env = {} } = {}) => new Promise((resolve, reject) => {
    let start = performance.now();
    const child = spawn(program[0], [...program.slice(1), ...first, ...words], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    let out = '', err = '';
    child.stdout.setEncoding('utf8').on('data', text => { out += text; });
    child.stderr.setEncoding('utf8').on('data', text => { err += text; });
    const limit = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`no end within ${timeout} ms: lab ${[...first, ...words].join(' ')}\n${err}`));
    }, timeout);
    // Two at once are one press: npm and timeout(1) send theirs besides the one to the whole group.
    if (interruptAfter) void hears(child).then(() => setTimeout(() => { start = performance.now(); child.kill('SIGINT'); child.kill('SIGTERM'); }, interruptAfter));
    child.once('error', reject);
    child.once('close', status => {
      clearTimeout(limit);
      resolve({ status, out, err, seconds: (performance.now() - start) / 1000 });
    });
  }), { first });
}

const HUP = 1, INT = 2;

/**
 * Waits until the program hears signals, which would end it before. By default SIGHUP, which it learns to hear last and which
 * Node, unlike the others, does not catch by itself from its start; where that is ignored (nohup), SIGINT.
 * @param {{ pid?: number }} child @param {number} [number]
 */
export async function hears({ pid }, number = HUP) {
  for (let i = 0; i < 1000; i++) {
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      const among = (/** @type {string} */ set, /** @type {number} */ signal) => (BigInt(`0x${new RegExp(`^${set}:\\s*([0-9a-f]+)$`, 'm').exec(status)?.[1] ?? 0}`) & (1n << BigInt(signal - 1))) !== 0n;
      if (among('SigCgt', number) || (number === HUP && among('SigIgn', HUP) && among('SigCgt', INT))) return;
    } catch {
      return; // it has ended, or this system has no /proc
    }
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}

/** Words for the Node program, without the start of a process for each: what the command adds is host-cli.test.js's. */
async function inThisProcess(/** @type {string[][]} */ all) {
  const lab = createLab();
  try {
    const ends = [];
    for (const words of all) ends.push(await lab.run(words));
    return ends;
  } finally {
    await lab.close();
  }
}

/**
 * Wrong words end with status 2, one line that says so, and no result.
 * @param {ReturnType<typeof runner>} run
 * @param {string[]} program
 * @param {[string[], RegExp][]} cases  the words, and what the line must say
 */
export async function refuses(run, program, cases) {
  const ends = program === programs.node ? await inThisProcess(cases.map(([words]) => [...run.first, ...words])) : null;
  for (const [i, [words, says]] of cases.entries()) {
    const { status, out, err } = ends ? ends[i] : await run(program, words);
    assert.deepEqual([status, out], [2, ''], words.join(' '));
    assert.match(err.trimEnd(), says);
    assert.match(err, /^lab: [^\n]+\n$/);
  }
}

/** A document, as the schema has it. @param {string} out @param {string} [command] whose it must be @returns {any} */
export function document(out, command) {
  const parsed = JSON.parse(out);
  if (command) assert.equal(parsed.command, command);
  assert.ok(validate(parsed), JSON.stringify(validate.errors, null, 1));
  return parsed;
}

/** A folder for this file's tests, gone after them. @param {string} name */
export function scratch(name) {
  const folder = mkdtempSync(join(tmpdir(), `lab-${name}-`));
  after(() => rmSync(folder, { recursive: true }));
  return folder;
}
