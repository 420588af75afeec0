// A result of another machine, out of a file or a link: read, and believed only as far as it agrees with itself. Pure, but for
// the File it may be given.
//
// The schema (.ci/schema.mjs) says what a document looks like; here is what it must mean: a
// median lies among its samples and inside its interval. A file that fails either way gets one sentence
// that names the place.

import { extent } from '../page/extent.js';
import { quote } from '../page/input.js';
import { PackError, unpack } from '../page/pack.js';

/** @import { Interval, ResultDocument, Run } from '../page/types.js' */

const LARGEST_BYTES = 8 << 20;
/** Numbers went through text and back. */
const SLACK = 1e-6;
/** And may have been rounded. */
const ROUNDED = 0.01;
/** Of fewer samples there is no interval. */
const INTERVAL_LEAST = 5;

/** @typedef {{ (data: unknown): boolean, errors: { instancePath: string, keyword?: string, message?: string, params?: any }[] | null }} Validate */

export class ImportError extends Error {
  name = 'ImportError';
}

/** @param {File} file @param {Validate} validate @returns {Promise<ResultDocument>} */
export async function readResultFile(file, validate) {
  if (file.size > LARGEST_BYTES)
    throw new ImportError(`${quote(file.name)} is ${(file.size / (1 << 20)).toFixed(1)} MiB; a result file has at most ${LARGEST_BYTES >> 20}.`);
  let text;
  try {
    text = await file.text();
  } catch {
    throw new ImportError(`${quote(file.name)} could not be read.`);
  }
  return readResult(text, validate, quote(file.name));
}

/** @param {string} packed what a link holds @param {Validate} validate @returns {Promise<ResultDocument>} */
export async function readResultLink(packed, validate) {
  const name = 'What the link holds';
  let text;
  try {
    text = await unpack(packed, LARGEST_BYTES);
  } catch (error) {
    throw error instanceof PackError ? new ImportError(`${name} ${error.message}.`) : error;
  }
  return readResult(text, validate, name);
}

/** @param {string} text @param {Validate} validate @param {string} [name] @returns {ResultDocument} */
export function readResult(text, validate, name = 'This file') {
  /** @type {any} */
  let result;
  try {
    result = JSON.parse(text.replace(/^\ufeff/, '')); // a byte order mark: Windows' editors begin files with one
  } catch {
    throw new ImportError(text.trim() === '' ? `${name} is empty.` : `${name} is not JSON.`);
  }
  if (typeof result !== 'object' || result === null || Array.isArray(result)) throw new ImportError(`${name} is no result of Concurrency Lab.`);
  if (result.schema !== 'concurrency-lab/1')
    throw new ImportError(
      typeof result.schema === 'string' && result.schema.startsWith('concurrency-lab/')
        ? `${name} is of the format ${quote(result.schema)}; this page reads concurrency-lab/1.`
        : `${name} is no result of Concurrency Lab: it has no schema “concurrency-lab/1”.`,
    );
  if (result.command !== 'compare') throw new ImportError(`${name} is a result of ${quote(String(result.command))}; here only those of “compare” can be shown.`);
  if (!validate(result)) throw new ImportError(`${name} cannot be used: ${complaint(validate.errors ?? [])}.`);
  const { runs, calibration = [], environment } = /** @type {ResultDocument} */ (result);
  for (const [i, run] of runs.entries()) {
    const wrong = inconsistency(run, (environment.timerResolutionNs ?? 0) / 1e9) ?? pace(run, runs);
    if (wrong) throw new ImportError(`${name} cannot be used: in run ${i + 1} (${run.method} × ${run.workers} on ${run.workload}) ${wrong}.`);
  }
  for (const { workload, size } of calibration)
    if (runs.some((run) => run.workload === workload && run.size !== size)) throw new ImportError(`${name} cannot be used: ${workload} was to be of size ${size}, and its runs are not.`);
  return result;
}

/** @param {NonNullable<Validate['errors']>} errors */
function complaint(errors) {
  const error = errors.find((one) => !['oneOf', 'anyOf', 'if', 'then', 'else'].includes(one.keyword ?? '')) ?? errors[0];
  if (!error) return 'it does not follow the format';
  const place = error.instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((path, part) => (/^\d+$/.test(part) ? `${path}[${part}]` : path ? `${path}.${part}` : part), '');
  const params = error.params ?? {};
  if (error.keyword === 'required') return `${place || 'it'} has no ${quote(String(params.missingProperty))}`;
  if (error.keyword === 'additionalProperties') return `${place || 'it'} has an unknown ${quote(String(params.additionalProperty))}`;
  if (error.keyword === 'enum') return `${place || 'it'} must be one of ${(params.allowedValues ?? []).join(', ')}`;
  if (error.keyword === 'pattern') return `${place || 'it'} has characters that do not belong there`;
  return `${place || 'it'} ${error.message ?? 'does not follow the format'}`;
}

/** What a run says that cannot all be true; null when nothing. @param {Run} run @param {number} step of the clock, by which intervals are wider @returns {string | null} */
function inconsistency(run, step) {
  if (run.error !== undefined) return run.samples?.length ? 'there is an error and yet there are samples' : null;
  if (!run.verified && run.seconds) return 'the result was not verified and yet there are times';
  const { samples, sampleCount, seconds: time, speedup } = run;
  const summary = sampleCount !== undefined; // of samples that are left out
  if (summary && samples) return 'there are samples and yet they are said to be left out';
  if (!summary && !samples?.length) return time ? 'there is a median but no sample' : null;
  if (!time) return 'there are samples but no median';
  const disorder = ordered(time, 'seconds') ?? (speedup ? ordered(speedup, 'speedup') : null);
  if (disorder) return disorder;
  if (run.method === 'sequential' && speedup && Math.abs(speedup.median - 1) > SLACK) return 'sequential is said to be faster than itself';
  if (summary && sampleCount < INTERVAL_LEAST && time.low !== null) return `samples that are left out, ${sampleCount}, are too few for an interval`;
  if (!samples) return null;
  if (!isMedian(time.median, samples)) return `the median ${time.median} s is not that of its samples`;
  const { least, most } = extent(samples);
  if ((time.low ?? least) < least * (1 - SLACK) - step || (time.high ?? most) > most * (1 + SLACK) + step) return 'the interval reaches beyond the samples';
  return null;
}

/** How a run's speed-up differs from what the medians say; null: it does not. @param {Run} run @param {Run[]} runs */
function pace({ workload, seconds, speedup }, runs) {
  const baseline = runs.find((one) => one.workload === workload && one.method === 'sequential')?.seconds;
  if (!speedup || !seconds || !baseline || Math.abs((speedup.median * seconds.median) / baseline.median - 1) <= ROUNDED) return null;
  return `the speed-up ${speedup.median} is not that of its medians`;
}

/** Without sorting them, of which there may be very many. @param {number} median @param {number[]} samples */
function isMedian(median, samples) {
  let [upTo, below] = [0, 0];
  for (const value of samples) {
    if (value * (1 - SLACK) <= median) upTo++;
    if (value * (1 + SLACK) < median) below++;
  }
  const half = (samples.length - 1) / 2;
  return upTo > Math.floor(half) && below <= Math.ceil(half);
}

/** @param {Interval} interval @param {string} what */
function ordered({ low, median, high }, what) {
  if (low === null || high === null) return null;
  return low <= median * (1 + SLACK) && median <= high * (1 + SLACK) ? null : `${what}.median ${median} is outside its interval ${low} to ${high}`;
}
