// What a run with and without the GIL means, in sentences. Pure.

import { integer, seconds, significant } from '../page/format.js';
import { intervalWords } from './interval.js';

/** @import { CounterRow, GilDocument } from './types.js' */

/** "twice", "3.1 times". @param {number} ratio */
export function manyTimes(ratio) {
  return Math.abs(ratio - 2) < 0.05 ? 'twice' : `${ratio >= 100 ? integer(ratio) : significant(ratio, 2)} times`;
}

/**
 * @param {Pick<GilDocument, 'gil' | 'noGil'>} result
 * @returns {string[]}
 */
export function verdict({ gil, noGil }) {
  /** @type {string[]} */
  const lines = [];
  if (gil && gil.threads > 1) {
    const base = `With the GIL, ${gil.threads} threads that compute finished ${significant(gil.cpuTasksPerSecond)} tasks a second`;
    const ratio = noGil && gil.cpuTasksPerSecond > 0 ? noGil.cpuTasksPerSecond / gil.cpuTasksPerSecond : null;
    if (ratio === null || !noGil) lines.push(`${base}.`);
    else if (ratio > 1.15) lines.push(`${base}; without it ${significant(noGil.cpuTasksPerSecond)}, ${manyTimes(ratio)} as many.`);
    else if (ratio > 0.87) lines.push(`${base}; without it ${significant(noGil.cpuTasksPerSecond)}, about as many: here the threads had one core between them.`);
    else lines.push(`${base}; without it only ${significant(noGil.cpuTasksPerSecond)}: something else kept this machine busy.`);
  }
  if (gil && gil.ioThreads > 0 && gil.responseSeconds && gil.intervalUs) {
    const mean = gil.responseSeconds.mean;
    const intervals = mean / (gil.intervalUs / 1e6);
    const about = gil.threads > 0 && intervals > 0.5 ? `, ${intervals < 1.5 ? 'about one interval' : `${significant(intervals, 2)} intervals`}` : '';
    const without = noGil?.responseSeconds ? `; without the GIL ${seconds(noGil.responseSeconds.mean)}` : '';
    lines.push(`After each I/O a thread waited ${seconds(mean)} until it ran again${about}${without}.`);
    if (gil.threads === 0 && gil.ioPerSecond && noGil?.ioPerSecond && gil.ioPerSecond / noGil.ioPerSecond > 0.85)
      lines.push(`${gil.ioThreads} threads finished ${integer(gil.ioPerSecond)} waits a second, without the GIL ${integer(noGil.ioPerSecond)}: who only waits loses nothing by it.`);
  }
  if (gil && gil.switches > 0 && gil.intervalUs) {
    const part = gil.forcedFraction ?? 0;
    const forced = part > 0.95 ? ', nearly all of them forced' : part < 0.05 ? ', hardly one of them forced' : `, ${integer(part * 100)}% of them forced`;
    lines.push(`The GIL had a new holder ${integer(gil.switchesPerSecond)} times a second at an interval of ${intervalWords(gil.intervalUs)}${forced}.`);
  }
  return lines;
}

/** @param {readonly CounterRow[]} rows @returns {string} */
export function counterVerdict(rows) {
  const bare = rows.find((row) => row.kind === 'unprotected' && !row.gil);
  if (!bare) return '';
  const kept = rows.filter((row) => row.kind !== 'unprotected');
  const safe = kept.length > 0 && kept.every((row) => row.lost === 0);
  const much = `${bare.threads} threads without a GIL added one to an unprotected counter ${integer(bare.expected)} times`;
  const loss = bare.lost > 0
    ? `${much}, and ${integer(bare.lost)} of these vanished: two threads read the same number, both add one, and one of the two is forgotten.`
    : `${much}, and this time nothing vanished. That is luck: nothing keeps two threads from reading the same number.`;
  return `${loss}${safe ? ' With a lock, and with an atomic, every one is there.' : ''}`;
}
