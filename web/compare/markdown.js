// A result as Markdown, for issues and chats: the machine, what the numbers mean, the numbers, what is to be said of them. Pure.

import { bytes, machine, plural, range, seconds, secondsRange, times } from '../page/format.js';
import { plain, table } from '../page/markdown.js';
import { byMethod } from '../page/methods.js';
import { noteWords } from '../page/outcome.js';
import { remarks, sound } from './remarks.js';

/** @import { Interval, ResultDocument, Run } from '../page/types.js' */

/** @param {Interval | null | undefined} interval @param {(low: number, high: number) => string} text */
const between = (interval, text) => (interval && interval.low !== null && interval.high !== null ? text(interval.low, interval.high) : '–');

/** @type {[head: string, cell: (run: Run) => string][]} */
const NUMBERS = [
  ['Median', (run) => seconds(run.seconds?.median)],
  ['95% interval', (run) => between(run.seconds, secondsRange)],
  ['Speed-up', (run) => times(run.speedup?.median)],
  ['95% interval', (run) => between(run.speedup, range)],
  ['Start-up', (run) => seconds(run.startupSeconds)],
  ['Memory', (run) => bytes(run.memoryBytes)],
];

/**
 * @param {ResultDocument} result
 * @param {string | null} link that holds it; null: none that is short enough to stand in a text
 */
export function toMarkdown(result, link) {
  const { environment, seed, rounds, seconds: took } = result;
  const { engine, build } = environment;
  const where = [machine(environment), engine, build && `build ${build}`].filter(Boolean).join(', ');
  const paragraphs = [`**Concurrency Lab** on ${plain(where)}. ${rounds ? `${plural(rounds, 'round')}${took ? ` in ${seconds(took)}` : ''}, seed` : 'Seed'} ${seed}.`];
  for (const workload of new Set(result.runs.map((run) => run.workload))) {
    const runs = result.runs.filter((run) => run.workload === workload).sort(byMethod);
    const why = result.verdict.filter((verdict) => verdict.workload === workload).map((verdict) => ` ${plain(verdict.why)}`);
    paragraphs.push(`**${plain(workload)}**, size ${runs[0]?.size}:${why.join('') || ' too little was measured for a verdict.'}`);
    paragraphs.push(table(['Method', 'Workers', ...NUMBERS.map(([head]) => head)], runs.map(row), (column) => column > 0));
  }
  paragraphs.push([...remarks(result), ...noteWords(result)].map((words) => `- ${plain(words)}\n`).join(''));
  // Parentheses would end the link.
  if (link !== null) paragraphs.push(`[Open this result beside your own](${link.replaceAll('(', '%28').replaceAll(')', '%29')})`);
  return `${paragraphs.map((text) => text.replaceAll('\u00a0', ' ').trim()).filter(Boolean).join('\n\n')}\n`;
}

/** @param {Run} run */
function row(run) {
  const first = [run.method, String(run.workers)];
  if (sound(run)) return [...first, ...NUMBERS.map(([, cell]) => cell(run))];
  const why = run.error?.startsWith('stopped') ? 'not measured' : run.error === undefined ? 'not verified' : 'failed';
  return [...first, why, ...NUMBERS.slice(1).map(() => '–')];
}
