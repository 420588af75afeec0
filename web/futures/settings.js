// The Futures exhibit's address: what to run, and with which seed. Pure.

import { quote } from '../page/input.js';

export const DEADLOCKS = /** @type {const} */ ([
  { name: 'mutual', title: 'Two tasks wait for each other', sentence: 'Two workers; the task of each wants the result of the other’s.' },
  { name: 'nested', title: 'A task waits for the one behind it', sentence: 'One worker; its task submits another to the same pool, and waits for it.' },
]);

/** @typedef {{ deadlock: string | null, run: boolean, seed: string | null }} Address */

/** @param {string} search @returns {Address & { problem: string, wrong: boolean }} wrong: it asks for something that cannot be run */
export function readAddress(search) {
  const params = new URLSearchParams(search);
  const problems = [];
  for (const key of params.keys()) if (!['run', 'deadlock', 'seed'].includes(key)) problems.push(`The address has a setting this page does not know: ${quote(key)}.`);
  const strange = problems.length;
  let deadlock = params.get('deadlock');
  if (deadlock !== null && !DEADLOCKS.some(({ name }) => name === deadlock)) {
    problems.push(`There is no deadlock ${quote(deadlock)}; there are ${DEADLOCKS.map(({ name }) => name).join(' and ')}.`);
    deadlock = null;
  }
  let seed = params.get('seed');
  if (seed !== null && !(/^\d{1,16}$/.test(seed) && Number.isSafeInteger(Number(seed)))) {
    problems.push(`The seed must be a whole number from 0 to ${Number.MAX_SAFE_INTEGER}, not ${quote(seed)}.`);
    seed = null;
  }
  return { deadlock, run: params.has('run') && params.get('run') !== '0', seed, problem: problems[strange] ?? problems[0] ?? '', wrong: problems.length > strange };
}

/** @param {Address} address */
export function writeAddress({ deadlock, run, seed }) {
  const params = new URLSearchParams();
  if (deadlock) params.set('deadlock', deadlock);
  else if (run) params.set('run', '1');
  if (seed !== null) params.set('seed', seed);
  const text = params.toString();
  return text ? `?${text}` : './futures.html';
}

/** @param {Pick<Address, 'deadlock' | 'seed'>} address */
export function toArgv({ deadlock, seed }) {
  const argv = ['futures'];
  if (deadlock) argv.push('--deadlock', deadlock);
  if (seed !== null) argv.push('--seed', seed);
  return [...argv, '--json', '-'];
}
