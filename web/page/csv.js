// Comma-separated values (RFC 4180); and the runs of a result document as such, one line per run. Pure.

/** @import { ResultDocument, Run } from './types.js' */

/** @type {[name: string, value: (run: Run) => unknown][]} */
const COLUMNS = [
  ['workload', (run) => run.workload],
  ['family', (run) => run.family],
  ['method', (run) => run.method],
  ['workers', (run) => run.workers],
  ['size', (run) => run.size],
  ['tasks', (run) => run.tasks],
  ['verified', (run) => run.verified],
  ['error', (run) => run.error],
  ['rounds', (run) => run.rounds],
  ['converged', (run) => run.converged],
  ['repeats', (run) => run.repeats],
  ['median_seconds', (run) => run.seconds?.median],
  ['low_seconds', (run) => run.seconds?.low],
  ['high_seconds', (run) => run.seconds?.high],
  ['speedup', (run) => run.speedup?.median],
  ['speedup_low', (run) => run.speedup?.low],
  ['speedup_high', (run) => run.speedup?.high],
  ['startup_seconds', (run) => run.startupSeconds],
  ['memory_bytes', (run) => run.memoryBytes],
  ['tasks_per_second', (run) => run.tasksPerSecond],
  ['latency_p50_seconds', (run) => run.latency?.p50],
  ['latency_p90_seconds', (run) => run.latency?.p90],
  ['latency_p99_seconds', (run) => run.latency?.p99],
  ['latency_max_seconds', (run) => run.latency?.max],
  ['checksum', (run) => run.checksum],
  ['samples_seconds', (run) => run.samples?.join(' ')],
];

/** @param {ResultDocument} result */
export function toCsv(result) {
  return csv(COLUMNS, result.runs);
}

/**
 * @template T
 * @param {readonly (readonly [name: string, value: (row: T) => unknown])[]} columns
 * @param {readonly T[]} rows
 */
export function csv(columns, rows) {
  const lines = [columns.map(([name]) => name), ...rows.map((row) => columns.map(([, value]) => cell(value(row))))];
  return lines.map((line) => `${line.join(',')}\r\n`).join('');
}

/** @param {unknown} value */
function cell(value) {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'string') return String(value);
  // Spreadsheets run what starts like a formula, and an imported file may be anybody's.
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
