// What must agree between CPython and the lab: shapes, not seconds. Pure; `npm run fidelity` measures.
//
// - A figure is already free of the machine's speed: a speed-up, a response time in intervals, switches in one
//   interval's time, throughput relative to that at the longest interval.
// - A row compares CPython's medians with one of the lab's two sides. Its rule stands beside it, in words (`rule`)
//   and as code (`judge`), with the numbers that the words name.
// - Where a rule does not hold for a known reason, `explained` says how far and why; it excuses nothing else.

export const SIDES = /** @type {const} */ (['cpython', 'native', 'node']);
export const GROUPS = /** @type {const} */ (['speedups', 'convoy', 'switching']);
/** Intervals in µs. */
export const CONVOY = [1000, 5000, 20_000];
export const SWITCHING = [100, 1000, 5000, 20_000, 100_000];
/** Those whose switch rate is compared with 1/interval: at 100 µs the system's timer adds more than half as much. */
const RATED = [1000, 5000, 20_000];
const LONGEST = SWITCHING[SWITCHING.length - 1];

/** @typedef {typeof SIDES[number]} Side */
/** @typedef {typeof GROUPS[number]} Group */
/** Figures of one repetition, or their medians. @typedef {Record<string, number>} Figures */
/** unclear: what was measured cannot be, so the machine disturbed it. @typedef {{ agree: boolean, unclear?: boolean, why?: string }} Judgement */
/**
 * @typedef {object} Shape
 * @property {string} what
 * @property {Group} group
 * @property {string[]} keys      the figures it looks at, in order
 * @property {(value: number) => string} format
 * @property {string} rule
 * @property {(cpython: number[], lab: number[]) => Judgement} judge
 * @property {boolean} [gil]      only of an interpreter that has one
 * @property {boolean} [cores]    only where two processes at once get more done than one
 * @property {{ when: (cpython: number[], lab: number[]) => boolean, because: string }[]} [explained]
 */

/** @param {number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

const times = (/** @type {number} */ value) => `${value.toFixed(2)}×`;
const part = (/** @type {number} */ value) => value.toFixed(2);

/** Above 1.3, from 0.8 to 1.1, or below; null in between, where nothing is clear.
 * @param {number} speedup @returns {'gains' | 'stays' | 'loses' | null} */
export function gain(speedup) {
  return speedup > 1.3 ? 'gains' : speedup > 1.1 ? null : speedup >= 0.8 ? 'stays' : 'loses';
}

const CLOSE = 1.15;

/** @type {Shape['judge']} */
function judgeGain([cpython], [lab]) {
  const [theirs, ours] = [gain(cpython), gain(lab)];
  const say = (/** @type {ReturnType<typeof gain>} */ which) => which ?? 'is between gaining and not';
  if (theirs !== null && theirs === ours) return { agree: true };
  return { agree: Math.max(cpython, lab) / Math.min(cpython, lab) <= CLOSE, why: `CPython ${say(theirs)}, the lab ${say(ours)}` };
}

/** @type {Shape['judge']} */
function judgeResponse([cpython], [lab]) {
  const off = [cpython, lab].some(value => !(value >= 0.5 && value <= 2));
  if (off) return { agree: false, why: `a response is not within a factor of 2 of one interval` };
  const apart = Math.max(cpython, lab) / Math.min(cpython, lab);
  return { agree: apart <= 2, why: `the responses are a factor of ${apart.toFixed(1)} apart` };
}

/** @type {Shape['judge']} */
function judgeRate([cpython], [lab]) {
  const off = /** @type {const} */ ([[cpython, 'CPython'], [lab, 'the lab']]).filter(([rate]) => !(rate >= 0.7 && rate <= 1.3));
  return { agree: off.length === 0, why: `${off.map(([, who]) => who).join(' and ')} not within 30% of one switch an interval` };
}

const STEP = 0.05;

/**
 * What throughput does as the interval gets shorter; values from the shortest interval to the longest.
 * @param {number[]} values
 * @returns {'falls' | 'stays' | 'rises' | 'wavers'}
 */
export function direction(values) {
  const steps = values.slice(1).map((value, i) => values[i] / value - 1);
  const whole = values[0] / values[values.length - 1] - 1;
  const down = steps.some(step => step < -STEP) || whole < -STEP, up = steps.some(step => step > STEP) || whole > STEP;
  return down && up ? 'wavers' : down ? 'falls' : up ? 'rises' : 'stays';
}

/** @type {Shape['judge']} */
function judgeThroughput(cpython, lab) {
  const [theirs, ours] = [direction(cpython), direction(lab)];
  const possible = (/** @type {string} */ way) => way === 'falls' || way === 'stays';
  return {
    unclear: !possible(theirs), // CPython itself does more the more often it switches, or now more, now less
    agree: possible(ours) && (theirs === ours || Math.abs(cpython[0] - lab[0]) <= 2 * STEP),
    why: `as the interval gets shorter CPython's throughput ${theirs}, the lab's ${ours}`,
  };
}

/** @param {number} us */
const interval = us => (us < 1000 ? `${us} µs` : `${us / 1000} ms`);

/** @type {Shape[]} */
export const SHAPES = [
  ...['cpu', 'io'].flatMap(work =>
    [['threads', 'threads under a GIL'], ['processes', 'processes'], ['interpreters', 'interpreters'], ['async', 'async']].map(([method, name]) => ({
      what: `${work === 'cpu' ? 'CPU-bound' : 'I/O-bound'}, ${name}`,
      group: /** @type {const} */ ('speedups'), keys: [`${work}/${method}`], format: times, judge: judgeGain,
      cores: work === 'cpu' && (method === 'processes' || method === 'interpreters'),
      rule: 'speed-up over sequential, 2 workers: both gain (> 1.3), both stay (0.8–1.1), or both lose; or they are within 15%',
    }))),
  ...CONVOY.map(us => ({
    what: `convoy, interval ${interval(us)}`, group: /** @type {const} */ ('convoy'), keys: [`response/${us}`], format: part, judge: judgeResponse, gil: true,
    rule: 'median response of an I/O thread beside a CPU-bound one, in intervals: 0.5–2, and within a factor of 2 of each other',
  })),
  ...RATED.map(us => ({
    what: `switches, interval ${interval(us)}`, group: /** @type {const} */ ('switching'), keys: [`switches/${us}`], format: part, judge: judgeRate, gil: true,
    rule: 'switches of two CPU-bound threads in the time of one interval: 0.7–1.3',
    explained: [{
      when: (/** @type {number[]} */ [cpython], /** @type {number[]} */ [lab]) => cpython < 1 && lab < 1 && Math.max(cpython, lab) / Math.min(cpython, lab) <= 1.3,
      because: 'both switch less often, and alike (within 30%): this busy machine is late to give a thread that wakes its core',
    }],
  })),
  {
    what: `throughput, ${SWITCHING.map(interval).join(', ')}`, group: 'switching', keys: SWITCHING.map(us => `throughput/${us}`), format: part, judge: judgeThroughput, gil: true,
    rule: 'units of work of two CPU-bound threads, relative to the longest interval: both fall or both stay (steps over 5% count) as it gets shorter, or differ by at most 0.1 at the shortest',
  },
];

// ---- figures from what was measured ----

/** @typedef {{ python: string, implementation: string, gil: boolean }} About */

/** Of speedups.py. @param {{ seconds: Record<string, Record<string, number[]>> }} document @returns {Figures} */
export function pythonSpeedups({ seconds }) {
  /** @type {Figures} */
  const figures = {};
  for (const [work, methods] of Object.entries(seconds))
    for (const [method, samples] of Object.entries(methods))
      if (method !== 'sequential') figures[`${work}/${method}`] = median(methods.sequential) / median(samples);
  return figures;
}

/** Of `lab compare primes pages`. gil: whether CPython's threads have one, which says which of ours stand beside them.
 * @param {{ runs: { workload: string, method: string, speedup: { median: number } }[] }} document @param {boolean} gil @returns {Figures} */
export function labSpeedups({ runs }, gil) {
  const names = /** @type {Record<string, string>} */ ({ [gil ? 'threads-gil' : 'threads']: 'threads', interpreters: 'interpreters', processes: 'processes', async: 'async' });
  const figures = runs.filter(({ method }) => method in names)
    .map(({ workload, method, speedup }) => [`${workload === 'primes' ? 'cpu' : 'io'}/${names[method]}`, speedup.median]);
  return Object.fromEntries(figures);
}

/** @param {{ intervalUs: number, responseSeconds: number }[]} rows @returns {Figures} */
export function responses(rows) {
  return Object.fromEntries(rows.map(row => [`response/${row.intervalUs}`, row.responseSeconds * 1e6 / row.intervalUs]));
}

/** @param {{ intervalUs: number, unitsPerSecond: number, switchesPerSecond: number }[]} rows @returns {Figures} */
export function switching(rows) {
  const longest = rows.find(row => row.intervalUs === LONGEST);
  if (!longest) throw new Error(`no row for ${LONGEST} µs`);
  return Object.fromEntries(rows.flatMap(row => [
    [`switches/${row.intervalUs}`, row.switchesPerSecond * row.intervalUs / 1e6],
    [`throughput/${row.intervalUs}`, row.unitsPerSecond / longest.unitsPerSecond],
  ]));
}

// ---- verdicts ----

/** @typedef {'yes' | 'no' | 'explained' | 'unclear' | 'n/a'} Verdict */
/** @typedef {Record<Side, Figures[]>} Samples  figures of every repetition */

/** The medians of a row's figures on one side; null: it has none. @param {Shape} shape @param {Figures[]} repetitions */
export function medians(shape, repetitions) {
  const all = shape.keys.map(key => repetitions.map(figures => figures[key]).filter(value => value !== undefined));
  return all.every(values => values.length) ? all.map(median) : null;
}

/**
 * One row, one side of the lab.
 * @param {Shape} shape @param {Samples} samples @param {'native' | 'node'} side @param {About} about
 * @returns {{ verdict: Verdict, why?: string }}
 */
export function verdict(shape, samples, side, about) {
  const cpython = medians(shape, samples.cpython), lab = medians(shape, samples[side]);
  if (shape.gil && !about.gil) return { verdict: 'n/a', why: 'this CPython has no GIL' };
  if (!cpython) return { verdict: 'n/a', why: `CPython ${about.python} has no such executor` };
  if (!lab) return { verdict: 'n/a', why: 'the lab did not run it' };
  const busy = shape.cores && [cpython[0], lab[0]].some(value => gain(value) !== 'gains') && !spare(samples);
  const { agree, unclear, why } = shape.judge(cpython, lab);
  if (unclear) return { verdict: 'unclear', why };
  if (busy) return { verdict: 'unclear', why: 'two processes gained nothing, in CPython or in the lab: the machine has not two cores to spare' };
  if (agree) return { verdict: 'yes' };
  const excuse = shape.explained?.find(one => one.when(cpython, lab));
  return excuse ? { verdict: 'explained', why: excuse.because } : { verdict: 'no', why };
}

/** Whether anybody's two processes did more than one. @param {Samples} samples */
function spare(samples) {
  return SIDES.some(side => {
    const speedups = samples[side].map(figures => figures['cpu/processes']).filter(value => value !== undefined);
    return speedups.length > 0 && gain(median(speedups)) === 'gains';
  });
}
