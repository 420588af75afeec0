// What is to be said of a result besides its numbers, in sentences. Pure.

import { list } from '../page/format.js';
import { cellLabel } from '../page/methods.js';

/** @import { ResultDocument, Run } from '../page/types.js' */

/** How many samples a run had; a link may tell no more of them. @param {Run} run */
export const sampleCount = (run) => run.samples?.length ?? run.sampleCount ?? 0;

/** Only a verified number is shown as a result. @param {Run} run */
export const sound = (run) => run.error === undefined && run.verified && Boolean(run.seconds) && sampleCount(run) > 0;

/** @param {ResultDocument} result */
export function remarks(result) {
  const remarks = [];
  if (result.stopped && !result.unfinished) remarks.push('Stopped before the end: the intervals are wider than they would have become.');
  else if (!result.stopped && result.runs.some((run) => run.converged === false && sound(run))) remarks.push('Time was up before every interval was within ±5%; more seconds would narrow them.');
  const unreached = result.stopped ? result.runs.filter((run) => run.error?.startsWith('stopped')) : [];
  if (unreached.length > 0) remarks.push(`Not measured before that: ${list(unreached.map((run) => `${cellLabel(run.method, run.workers)} on ${run.workload}`))}.`);
  for (const run of result.runs)
    if (unreached.includes(run)) continue;
    else if (run.error !== undefined) remarks.push(`${cellLabel(run.method, run.workers)} on ${run.workload} failed: ${run.error}`);
    else if (!run.verified) remarks.push(`${cellLabel(run.method, run.workers)} on ${run.workload} is left out: its result differs from the sequential one.`);
  const drifting = result.runs.filter((run) => sound(run) && (run.autocorrelation ?? 0) > 0);
  if (drifting.length > 0) remarks.push(`The rounds of ${list(drifting.map((run) => `${cellLabel(run.method, run.workers)} on ${run.workload}`))} depend on the ones before, as where something else kept the machine busy for longer than a round; their intervals are widened by that.`);
  for (const { method, reason } of result.unavailable) remarks.push(`${method} could not run: ${reason}`);
  return remarks;
}
