// What came out: the verdict, the charts, the table. Formats a result document, and one more beside it;
// measures and computes nothing.

import { h } from '../page/dom.js';
import { most } from '../page/extent.js';
import { figure } from '../page/figure.js';
import { baseName } from '../page/export.js';
import { bytes, integer, machine, plural, rate, seconds, short, significant, times } from '../page/format.js';
import { byMethod, cellLabel, methodClass } from '../page/methods.js';
import { notes } from '../page/outcome.js';
import { remarks, sound } from './remarks.js';
import { resultTable } from './table.js';
import { drawBars } from './bars.js';
import { drawSpeedup } from './speedup.js';
import { drawTimes, roomForDots } from './times.js';

/** @import { ResultDocument, Run, Scaling } from '../page/types.js' */
/** @typedef {{ name: string, result: ResultDocument, words?: string }} Other  `words`: what charts say of it besides its machine */
/** @typedef {{ run: Run, other: boolean }} Entry */

/** How many reports were begun in a place. @type {WeakMap<HTMLElement, number>} */
const turns = new WeakMap();

/**
 * @param {HTMLElement} body
 * @param {ResultDocument | null} own
 * @param {Other | null} other
 * @param {(message: string) => void} onProblem
 */
export async function showReport(body, own, other, onProblem) {
  const main = own ?? other?.result;
  const turn = (turns.get(body) ?? 0) + 1;
  turns.set(body, turn);
  body.replaceChildren();
  if (!main) return;
  if (own) body.append(...verdict(own));
  if (other) body.append(...otherVerdict(other, own === null));
  /** @type {Entry[]} */
  const entries = [
    ...(own?.runs ?? []).map((run) => ({ run, other: false })),
    ...(other?.result.runs ?? []).map((run) => ({ run, other: own !== null })),
  ];
  const elsewhere = other ? [machine(other.result.environment), other.words].filter(Boolean).join(', ') : '';
  const source = ['Concurrency Lab', [own ? machine(own.environment) : '', elsewhere].filter(Boolean).join(' · other: ')].join(' · ');
  const workloads = [...new Set(entries.map((entry) => entry.run.workload))];
  const ordered = entries.sort(
    (a, b) => workloads.indexOf(a.run.workload) - workloads.indexOf(b.run.workload) || byMethod(a.run, b.run) || Number(a.other) - Number(b.other),
  );
  for (const workload of workloads) {
    // One chart's layout at a time: a long report must not freeze the page.
    await new Promise((resolve) => setTimeout(resolve));
    if (turns.get(body) !== turn) return; // another report stands there by now
    const mine = ordered.filter((entry) => entry.run.workload === workload);
    body.append(workloadSection(workload, mine, main, own ? (own.scaling ?? []) : (main.scaling ?? []), source, onProblem));
  }
  body.append(resultTable(ordered, own !== null && other !== null));
}

/** @param {ResultDocument} result */
function verdict(result) {
  const nodes = [];
  for (const { workload, why } of result.verdict)
    nodes.push(h('p', { class: 'verdict' }, h('span', { class: 'verdict-work' }, workload), ' ', why));
  if (result.verdict.length === 0) nodes.push(h('p', { class: 'verdict' }, 'Too little was measured for a verdict.'));
  const facts = [`Measured on ${machine(result.environment)}`];
  if (result.rounds) facts.push(`${plural(result.rounds, 'round')}${result.seconds ? ` in ${seconds(result.seconds)}` : ''}`);
  facts.push(`seed ${result.seed}`);
  nodes.push(h('p', { class: 'caption' }, `${facts.join(', ')}.`));
  return [...nodes, ...remarkList(result), ...notes(result)];
}

/** @param {ResultDocument} result */
function remarkList(result) {
  const said = remarks(result);
  return said.length > 0 ? [h('ul', { class: 'remarks' }, ...said.map((remark) => h('li', {}, remark)))] : [];
}

/** @param {Other} other @param {boolean} alone */
function otherVerdict({ name, result, words }, alone) {
  // What a file or a link says is a stranger's: it is told as that, and in smaller type.
  const lines = result.verdict.map(({ workload, why }) => h('p', { class: alone && words ? 'verdict' : 'verdict-other' }, h('span', { class: 'verdict-work' }, workload), ' ', why));
  return [
    // A recorded run that stands alone has said so above.
    h('p', { class: 'caption' }, ...(alone && words ? ['Measured on '] : [h('strong', {}, `From ${name}`), ': measured on ']), `${machine(result.environment)}.${alone ? '' : ' Hollow marks below.'}`),
    ...(words ? lines : [h('blockquote', {}, ...lines)]),
    ...remarkList(result),
    ...notes(result),
  ];
}

/**
 * @param {string} workload
 * @param {Entry[]} entries
 * @param {ResultDocument} main
 * @param {Scaling[]} scaling
 * @param {string} source
 * @param {(message: string) => void} onProblem
 */
function workloadSection(workload, entries, main, scaling, source, onProblem) {
  const good = entries.filter((entry) => sound(entry.run));
  const section = h('section', { class: 'workload' }, h('h3', {}, workload), ...aboutSize(workload, entries, main));
  if (good.length === 0) {
    section.append(h('p', {}, 'Nothing was measured that can be shown.'));
    return section;
  }
  const name = (/** @type {string} */ what) => `${baseName(main)}-${workload}-${what}`;
  const label = (/** @type {Entry} */ { run, other }) => `${cellLabel(run.method, run.workers)}${other ? ', other' : ''}`;
  // In a chart the other machine's row stands below this one's, and need not say everything again.
  const rowLabel = (/** @type {Entry} */ entry, /** @type {number} */ i) => {
    const above = good[i - 1];
    return entry.other && above && !above.other && above.run.method === entry.run.method && above.run.workers === entry.run.workers ? 'other' : label(entry);
  };

  section.append(
    figure({
      title: 'Time per method',
      fullTitle: `${workload}: time per method`,
      name: name('time'),
      source,
      onProblem,
      draw: (width) =>
        drawTimes({
          width,
          summary: `Time per method on ${workload}. ${good.map((entry) => `${label(entry)}: ${seconds(entry.run.seconds?.median)}`).join('; ')}.`,
          rows: good.map((entry, i) => ({
            label: rowLabel(entry, i),
            method: entry.run.method,
            other: entry.other,
            samples: entry.run.samples ?? [],
            seconds: /** @type {import('../page/types.js').Interval} */ (entry.run.seconds),
          })),
        }),
      caption: [`${dotWords(good)}The line is the median, the shade its 95% interval. Less is better.${dotsLeftOut(good)}`],
    }),
  );

  const pair = h('div', { class: 'figure-pair' });
  const fits = scaling.filter((fit) => fit.workload === workload);
  const speed = speedupSeries(good);
  if (speed.length > 0)
    pair.append(
      figure({
        title: 'Speed-up over workers',
        fullTitle: `${workload}: speed-up over workers`,
        name: name('speedup'),
        source,
        onProblem,
        draw: (width) =>
          drawSpeedup({
            series: speed,
            scaling: fits,
            cores: main.environment.measuredParallelism ?? null,
            width,
            summary: `Speed-up over workers on ${workload}. ${speed.map((one) => `${one.method}${one.other ? ', other' : ''}: ${one.points.map((point) => `${times(point.speedup.median)} with ${plural(point.workers, 'worker')}`).join(', ')}`).join('; ')}.`,
          }),
        caption: ['Against sequential, with 95% intervals. The dashed line is the ideal: n workers, n times as fast.'],
      }),
      ...fitTable(fits),
    );

  const costs = h('div', { class: 'costs' });
  /** @param {string} title @param {string} what @param {(run: Run) => number | null | undefined} value @param {(value: number | null | undefined) => string} text @param {string} caption */
  const cost = (title, what, value, text, caption) => {
    const bars = good.map((entry, i) => ({ label: rowLabel(entry, i), method: entry.run.method, other: entry.other, value: value(entry.run) ?? null, text: text(value(entry.run)) }));
    if (bars.every((bar) => bar.value === null)) return;
    const summary = `${title} on ${workload}. ${good.map((entry, i) => `${label(entry)}: ${bars[i]?.text}`).join('; ')}.`;
    costs.append(figure({ title, fullTitle: `${workload}: ${title.toLowerCase()}`, name: name(what), source, onProblem, draw: (width) => drawBars({ bars, width, summary }), caption: [caption] }));
  };
  cost('Start-up', 'startup', (run) => run.startupSeconds, seconds, 'Until all workers can take a task; not part of the time above.');
  cost('Memory', 'memory', (run) => run.memoryBytes, bytes, 'What the method itself takes beyond the program.');
  cost('Throughput', 'throughput', (run) => run.tasksPerSecond, rate, 'Tasks finished per second. More is better.');
  section.append(pair, costs);
  return section;
}

/** A size that is not what a reader would take for granted. @param {string} workload @param {Entry[]} entries @param {ResultDocument} main */
function aboutSize(workload, entries, main) {
  const sentences = [];
  const fitted = main.calibration?.find((one) => one.workload === workload);
  if (fitted && fitted.size < fitted.fullSize)
    sentences.push(`Its size is ${integer(fitted.size)} of the usual ${integer(fitted.fullSize)}${fitted.roundSeconds === null ? '' : `, for rounds of about ${seconds(fitted.roundSeconds)}`}.`);
  const [own, other] = [false, true].map((whose) => entries.find((entry) => entry.other === whose)?.run.size);
  if (own !== undefined && other !== undefined && own !== other)
    sentences.push(`The other result is of size ${integer(other)}, this one of ${integer(own)}: neither times nor speed-ups can be compared. Run it here with size ${integer(other)}.`);
  return sentences.length > 0 ? [h('p', { class: 'caption' }, sentences.join(' '))] : [];
}

/** @param {Entry[]} entries */
function dotWords(entries) {
  const without = entries.filter(({ run }) => run.samples === undefined).length;
  const words = without === 0 ? 'Each dot is one sample' : 'Each dot is one sample where they are known (a link may leave them out)';
  return without === entries.length ? 'The samples were left out of the link. ' : `${words}, from the first at the top of its strip to the last at the bottom. `;
}

/** What a chart of very many samples does not show. @param {Entry[]} entries */
function dotsLeftOut(entries) {
  const room = roomForDots(entries.length);
  const longest = most(entries.map(({ run }) => run.samples?.length ?? 0));
  return longest > room ? ` Of ${integer(longest)} samples ${integer(room)} are drawn in a strip, evenly spaced, and with the least and the greatest.` : '';
}

/** @param {Scaling[]} fits @returns {HTMLElement[]} */
function fitTable(fits) {
  if (fits.length === 0) return [];
  /** @param {number[]} residuals */
  const largest = (residuals) => (residuals.length > 0 ? `${short(most(residuals.map(Math.abs)))}×` : '–');
  /** @param {string} method @param {string} law @param {string} says @param {number | null} rSquared @param {number[]} residuals */
  const row = (method, law, says, rSquared, residuals) =>
    h(
      'tr',
      { class: methodClass(method) },
      h('th', { scope: 'row' }, h('span', { class: 'swatch' }), `${method}, ${law}`),
      h('td', {}, says),
      h('td', { class: 'number' }, rSquared === null ? '–' : rSquared.toFixed(3)),
      h('td', { class: 'number' }, largest(residuals)),
    );
  const rows = [];
  /** Why there is none, and for which methods. @type {Map<string, string[]>} */
  const reasons = new Map();
  for (const { method, amdahl, usl, reason } of fits) {
    if (amdahl) {
      const limit = amdahl.serialFraction > 0 ? `, so never above ${times(1 / amdahl.serialFraction)}` : '';
      rows.push(row(method, 'Amdahl', `${short(amdahl.serialFraction * 100)}% serial${limit}`, amdahl.rSquared, amdahl.residuals));
    }
    if (usl) {
      const peak = usl.peakWorkers === null ? '' : `, best at ${significant(usl.peakWorkers, 2)} workers`;
      rows.push(row(method, 'USL', `contention ${short(usl.sigma)}, coherency ${short(usl.kappa)}${peak}`, usl.rSquared, usl.residuals));
    }
    if (reason) reasons.set(reason, [...(reasons.get(reason) ?? []), method]);
  }
  const heads = ['Law', 'What it says', 'R²', 'Off by'];
  const table = h(
    'table',
    { class: 'fits' },
    h('caption', {}, 'The curves: fitted laws, and how far a point is off at most'),
    h('thead', {}, h('tr', {}, ...heads.map((text, i) => h('th', { scope: 'col', class: i > 1 ? 'number' : null }, text)))),
    h('tbody', {}, ...rows),
  );
  return [h('div', { class: 'fits-hold' }, ...(rows.length > 0 ? [table] : []), ...[...reasons].map(([reason, methods]) => h('p', { class: 'caption' }, `${methods.join(', ')}: ${reason}.`)))];
}

/** @param {Entry[]} entries */
function speedupSeries(entries) {
  /** @type {Map<string, import('./speedup.js').SpeedupSeries>} */
  const series = new Map();
  for (const { run, other } of entries) {
    if (run.method === 'sequential' || !run.speedup) continue;
    const key = `${run.method} ${other}`;
    let one = series.get(key);
    if (!one) series.set(key, (one = { method: run.method, other, points: [] }));
    one.points.push({ workers: run.workers, speedup: run.speedup });
  }
  return [...series.values()];
}
