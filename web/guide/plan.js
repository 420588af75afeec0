// What to run to fill the guide's gaps, each as the words that `lab` takes. Pure. All together stay under a minute
// on a machine with two cores that is otherwise idle.

import { BURST } from '../page/runs.js';
import { WAITING } from './numbers.js';

/** @import { Column } from './numbers.js' */

/** The workers' own work must be nothing, and their number large enough for a burst. */
const TINY_TASKS = 2000;
/** Equal tasks, enough to divide by two, three and four: a prime that takes some milliseconds. */
const EQUAL_TASKS = 24;
const PRIME = '10000000000037';
const LATENCY_SECONDS = 12;
/** Of the three methods whose workers are threads, the two that are measured by themselves. */
const CROWD = ['threads-gil', 'interpreters'];

/** @typedef {{ name: string, argv: string[], files: Record<string, string>, as?: string, seconds: number }} Step  `seconds`: about so long */

/**
 * @param {{ method: string, column: Column }[]} gaps
 * @param {number} cores
 * @returns {Step[]}
 */
export function plan(gaps, cores) {
  const methods = (/** @type {Column[]} */ ...columns) => [...new Set(gaps.filter(({ column }) => columns.includes(column)).map(({ method }) => method))];
  // A speed-up is against the sequential run of the same document.
  const beside = (/** @type {string[]} */ names) => ['sequential', ...names.filter((name) => name !== 'sequential')].join(',');
  /** @type {Step[]} */
  const steps = [];
  const tasks = methods('cross');
  if (tasks.length > 0)
    steps.push({
      name: 'From submit to result',
      argv: ['latency', '--only', tasks.map((name) => `task-${name}`).join(','), '--seconds', String(Math.min(LATENCY_SECONDS, 2 * tasks.length)), '--json', '-'],
      files: {}, seconds: 2 * tasks.length,
    });
  const computing = methods('memory', 'startup', 'cpu');
  if (computing.length > 0) {
    const workers = String(Math.max(2, Math.min(cores, 4)));
    steps.push({
      name: 'Computing on several workers',
      argv: ['compare', 'primes', '--methods', beside(computing), '--workers', workers, '--numbers', 'numbers.txt', '--rounds', '5', '--seconds', '3', '--json', '-'],
      files: { 'numbers.txt': `${PRIME}\n`.repeat(EQUAL_TASKS) }, seconds: 8,
    });
  }
  const bursts = methods('management');
  if (bursts.length > 0)
    steps.push({
      name: 'A burst of tiny tasks',
      argv: ['compare', 'primes', '--methods', beside(bursts), '--workers', '2', '--numbers', 'numbers.txt', '--rounds', '5', '--seconds', '1', '--json', '-'],
      files: { 'numbers.txt': '7\n'.repeat(TINY_TASKS) }, as: BURST, seconds: 4,
    });
  // In WebAssembly 40 threads are alive at most, and those that are ending count: so the methods whose workers are
  // threads are not all in one run.
  const loads = methods('load');
  for (const part of [loads.filter((name) => !CROWD.includes(name)), loads.filter((name) => CROWD.includes(name))])
    if (part.length > 0)
      steps.push({
        name: `${WAITING} tasks that wait`,
        argv: ['compare', 'pages', '--methods', beside(part), '--workers', String(WAITING), '--size', String(WAITING), '--latency', '50', '--rounds', '3', '--seconds', '1', '--json', '-'],
        files: {}, seconds: 8,
      });
  return steps;
}
