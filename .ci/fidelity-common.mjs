// What both questions of `npm run fidelity` need: a machine that is idle, and a table.

import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

const IDLE = 0.85; // of all cores: an idle machine

/** The share of all cores that nobody uses, over a second. */
async function idleShare() {
  const read = () => cpus().map(({ times }) => ({ idle: times.idle, all: Object.values(times).reduce((sum, time) => sum + time, 0) }))
    .reduce((sum, one) => ({ idle: sum.idle + one.idle, all: sum.all + one.all }));
  const before = read();
  await sleep(1000);
  const after = read();
  return (after.idle - before.idle) / Math.max(1, after.all - before.all);
}

/** Waits for an idle machine, and takes that from the patience. @param {{ seconds: number }} patience */
export async function waitUntilIdle(patience) {
  const began = performance.now();
  const waited = () => (performance.now() - began) / 1000;
  while (await idleShare() < IDLE && waited() < patience.seconds) await sleep(1000);
  patience.seconds = Math.max(0, patience.seconds - waited());
}

/** @param {string[][]} rows */
export function table(rows) {
  const widths = rows[0].map((_, i) => Math.max(...rows.map(row => row[i].length)));
  return rows.map(row => row.map((cell, i) => cell.padEnd(widths[i])).join('  ').trimEnd()).join('\n');
}
