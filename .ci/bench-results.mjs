// What the benchmark measured last, kept in the repository: tests/bench/results.json, and its table in README.md between
// two markers. Results of another machine replace all; a run of some rows replaces those.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { root } from './setup.mjs';

/**
 * @typedef {{ name: string, title: string, unit: string, ours: number | null, peer: number | null, peerName: string | null,
 *   peers: { name: string, value: number | null, reason: string | null }[], ratio: number | null, low: number | null, high: number | null,
 *   direction: 'at most' | 'at least', goal: number | null, goalOf: 'ratio' | 'ours',
 *   beside: { unit: string, value: number | null, goal: number | null } | null, met: boolean | null, reason: string | null, note?: string | null }} BenchRow
 * @typedef {{ environment: { runtime: string, engine: string, platform: string, logicalCores: number, measuredParallelism: number | null },
 *   stopped: boolean, rows: BenchRow[] }} BenchDocument
 * @typedef {Omit<BenchRow, 'peers' | 'reason'> & { peers: Record<string, number> }} Brief
 * @typedef {{ program: string, measured: string, row: Brief }} Kept
 * @typedef {{ machine: Record<string, string>, programs: Record<string, string>, rows: Kept[] }} Results
 */

const FILE = join(root, 'tests/bench/results.json');
const README = join(root, 'README.md');
const [BEGIN, END] = ['<!-- the benchmark\'s table: npm run bench -- --keep -->', '<!-- its end -->'];

/** @param {number} value  with two or three digits that count */
const digits = value => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value >= 0.1 ? value.toFixed(2) : value.toPrecision(2));

/** A value in a row's unit. @param {number | null} value @param {string} unit */
export function valueText(value, unit) {
  if (value === null) return '';
  if (unit.startsWith('s/')) {
    const [scale, name] = [[1, 's'], [1e-3, 'ms'], [1e-6, 'µs'], [1e-9, 'ns']].find(([least]) => value >= Number(least)) ?? [1e-9, 'ns'];
    return `${digits(value / Number(scale))} ${name}`;
  }
  if (!unit.endsWith('/s')) return digits(value);
  const [scale, name] = [[1e9, 'G/s'], [1e6, 'M/s'], [1e3, 'k/s']].find(([least]) => value >= Number(least)) ?? [1, '/s'];
  return `${digits(value / Number(scale))} ${name}`;
}

/** The ratio and its interval. @param {Pick<BenchRow, 'ratio' | 'low' | 'high'>} row */
function ratioText({ ratio, low, high }) {
  if (ratio === null) return '';
  return low === null || high === null ? digits(ratio) : `${digits(ratio)} (${digits(low)}–${digits(high)})`;
}

/** @param {Pick<BenchRow, 'goal' | 'goalOf' | 'direction' | 'unit' | 'beside'>} row */
function goalText({ goal, goalOf, direction, unit, beside }) {
  const sign = direction === 'at most' ? '≤' : '≥';
  const parts = goal === null ? [] : [`${sign} ${goalOf === 'ours' ? valueText(goal, unit) : digits(goal)}`];
  if (beside?.goal) parts.push(`≤ ${beside.goal} ${beside.unit}`);
  return parts.join(', ');
}

/** @param {Pick<BenchRow, 'ours' | 'unit' | 'beside'>} row */
function oursText({ ours, unit, beside }) {
  return [valueText(ours, unit), ...(beside?.value ? [`${digits(beside.value)} ${beside.unit}`] : [])].join(', ');
}

/** @param {Pick<BenchRow, 'met' | 'goalOf' | 'peerName'>} row */
function metText({ met, goalOf, peerName }) {
  if (met !== null) return met ? 'met' : 'missed';
  return goalOf === 'ratio' && peerName === null ? 'no peer here' : 'unsure';
}

/** A document for people, as the programs print theirs. @param {BenchDocument} document */
export function table({ environment: { runtime, engine, platform }, rows }) {
  const lines = rows.map(row => (row.ours === null
    ? [row.name, row.reason ?? 'not measured']
    : [row.name, oursText(row), valueText(row.peer, row.unit), ratioText(row), goalText(row), row.goal === null ? '' : metText(row), row.peerName ?? '']));
  const all = [['row', 'ours', 'peer', 'ours / peer', 'goal', 'met', 'the peer'], ...lines];
  const widths = all[0].map((_, i) => Math.max(...all.map(line => (line.length > 2 ? line[i].length : 0))));
  return [`${runtime}, ${engine}, ${platform}`, '', ...all.map(line => `  ${line.map((cell, i) => cell.padEnd(widths[i])).join('  ')}`.trimEnd())].join('\n');
}

/** @returns {Record<string, string>} */
function machine() {
  const [{ model }] = cpus();
  return { processor: `${model.trim()}, ${cpus().length} logical cores`, memory: `${Math.round(totalmem() / 2 ** 30)} GiB`, system: `${process.platform} ${process.arch}, ${release()}` };
}

/** Why goals were not met, as far as the rows say; once for all rows and programs that say the same. @param {Kept[]} rows */
function notes(rows) {
  /** By what they say: the rows' titles, and the programs of each. @type {Map<string, Map<string, string[]>>} */
  const said = new Map();
  for (const { program, row: { title, note, met } } of rows) {
    if (!note || met === true) continue;
    const titles = said.get(note) ?? new Map();
    titles.set(title, [...(titles.get(title) ?? []), program]);
    said.set(note, titles);
  }
  return [...said].map(([note, titles]) => `- ${[...titles].map(([title, programs]) => `${title} (${programs.join(', ')})`).join('; ')}: ${note}`);
}

/** One program's cell: what it took, the ratio to the best peer, and whether that is the goal. @param {Brief | undefined} row */
function cell(row) {
  if (!row) return '';
  const ratio = row.goalOf === 'ours' ? '' : ratioText(row);
  return `${oursText(row)}${ratio && `; **${ratio.replace(' ', '** ')}${ratio.includes(' ') ? '' : '**'}`}; ${metText(row)}`;
}

/** A table with a row for each thing that is measured and a column for each program. @param {Kept[]} rows */
function grid(rows) {
  const programs = [...new Set(rows.map(({ program }) => program))];
  /** @type {Map<string, Kept[]>} */
  const things = new Map();
  for (const kept of rows) things.set(kept.row.title, [...(things.get(kept.row.title) ?? []), kept]);
  return [
    `| what | goal | best peer | ${programs.join(' | ')} |`, `| --- | --- | --- | ${programs.map(() => '---').join(' | ')} |`,
    ...[...things].map(([title, each]) => `| ${[
      title, goalText(each[0].row), [...new Set(each.flatMap(({ row: { peerName } }) => peerName ?? []))].join(', '),
      ...programs.map(name => cell(each.find(({ program }) => program === name)?.row)),
    ].join(' | ')} |`),
  ];
}

/** @param {Results} results */
function markdown({ machine: { processor, memory, system }, programs, rows }) {
  const days = rows.map(({ measured }) => measured).sort();
  const when = days[0] === days[days.length - 1] ? days[0] : `${days[0]} to ${days[days.length - 1]}`;
  const inPage = (/** @type {Kept} */ { program }) => program === 'chromium' || program === 'firefox';
  const missed = notes(rows);
  return [
    `Measured on ${when}: ${processor}, ${memory}, ${system}; ${Object.values(programs).join('; ')}.`,
    'A cell has what ours took or reached, its **ratio** to the best peer with the 95% interval, and whether the whole interval reaches the goal.',
    ...[rows.filter(kept => !inPage(kept)), rows.filter(inPage)].filter(part => part.length).flatMap(part => ['', ...grid(part)]),
    ...(missed.length ? ['', '<details><summary>Why goals are missed, or not certainly reached</summary>', '', ...missed, '', '</details>'] : []),
  ].join('\n');
}

/** @param {string} text @param {Results} results */
export function inReadme(text, results) {
  const [before, rest] = text.split(`${BEGIN}\n`);
  const after = rest?.split(`${END}\n`)[1];
  if (after === undefined) throw new Error(`README.md has no place for the table: ${BEGIN}`);
  return `${before}${BEGIN}\n${markdown(results)}\n${END}\n${after}`;
}

/** What is kept after a run: its rows in the order of the programs, others' of the same machine where they were.
 * @param {Results | null} old @param {Results} fresh @returns {Results} */
export function merge(old, fresh) {
  if (!old || JSON.stringify(old.machine) !== JSON.stringify(fresh.machine)) return fresh;
  const key = (/** @type {Kept} */ { program, row }) => `${program} ${row.name}`;
  const news = new Map(fresh.rows.map(kept => [key(kept), kept]));
  const stay = old.rows.map(kept => {
    const better = news.get(key(kept));
    news.delete(key(kept));
    return better ?? kept;
  });
  return { machine: fresh.machine, programs: { ...old.programs, ...fresh.programs }, rows: [...stay, ...news.values()] };
}

/** Keeps the rows that have a goal. @param {{ program: string, document: BenchDocument }[]} documents */
export function keep(documents) {
  const measured = new Date().toISOString().slice(0, 10);
  /** @type {Results} */
  const fresh = {
    machine: machine(),
    programs: Object.fromEntries(documents.map(({ program, document: { environment: { runtime, engine } } }) => [program, `${runtime} (${engine})`])),
    rows: documents.flatMap(({ program, document }) => document.rows.filter(counts).map(row => ({ program, measured, row: brief(row) }))),
  };
  const results = merge(existsSync(FILE) ? JSON.parse(readFileSync(FILE, 'utf8')) : null, fresh);
  const { rows, ...about } = results;
  const head = JSON.stringify(about, null, 2).replace(/\n}$/, '');
  writeFileSync(FILE, `${head},\n  "rows": [\n${rows.map(row => `    ${JSON.stringify(row)}`).join(',\n')}\n  ]\n}\n`);
  writeFileSync(README, inReadme(readFileSync(README, 'utf8'), results));
}

/** A row without what the program says of it, and with four digits. @param {BenchRow} row @returns {Brief} */
function brief({ name, title, unit, ours, peer, peerName, peers, ratio, low, high, direction, goal, goalOf, beside, met, note }) {
  const values = Object.fromEntries(peers.filter(({ value }) => value !== null).map(({ name: who, value }) => [who, value]));
  const kept = { name, title, unit, ours, peer, peerName, peers: values, ratio, low, high, direction, goal, goalOf, beside, met, note };
  return JSON.parse(JSON.stringify(kept, (_, value) => (typeof value === 'number' ? Number(value.toPrecision(4)) : value)));
}

/** Whether a row is kept: it was measured, and it has a goal. @param {BenchRow} row */
const counts = ({ ours, goal, beside }) => ours !== null && (goal !== null || Boolean(beside?.goal));
