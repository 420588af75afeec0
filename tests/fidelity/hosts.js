// Do the hosts agree on what a method gains? What they measured, and the judging of it. Pure.
//
// A repetition is one run of the same experiment in each host, in turns: so its speed-ups met about the same machine, and
// a host is compared with the reference repetition by repetition. What is judged is the median of those ratios, by the
// interval that the order of the repetitions gives it: of six, from the least to the largest, it is 97%.

export const WORKLOADS = ['primes', 'mandelbrot', 'sha256'];
export const METHODS = ['threads', 'interpreters', 'processes'];
export const WORKERS = 2;
/** So far may two hosts be apart. */
export const APART = 0.05;
/** Fewer say too little. */
export const LEAST = 6;

/** @typedef {{ workload: string, method: string, workers: number, verified: boolean, speedup: { median: number } | null }} Run */
/** By cell ("primes, threads"): the speed-up. @typedef {Record<string, number>} Figures */
/** @typedef {{ median: number, low: number, high: number }} Interval */
/** `verdict`: null where the host did not measure the cell, or it is the reference.
 * @typedef {{ cell: string, host: string, speedup: Interval | null, ratio: Interval | null, verdict: 'yes' | 'no' | 'unclear' | null }} Judged */

export const CELLS = WORKLOADS.flatMap(workload => METHODS.map(method => `${workload}, ${method}`));

/** @param {{ runs: Run[] }} document @returns {Figures} */
export function figures({ runs }) {
  return Object.fromEntries(runs.flatMap(({ workload, method, workers, verified, speedup }) =>
    (verified && speedup && workers === WORKERS && METHODS.includes(method) ? [[`${workload}, ${method}`, speedup.median]] : [])));
}

/** The median and what its place in the order says of it; below LEAST values, no interval. @param {number[]} values @returns {Interval | null} */
export function spread(values) {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const n = sorted.length;
  const median = (sorted[Math.floor((n - 1) / 2)] + sorted[Math.ceil((n - 1) / 2)]) / 2;
  if (n < LEAST) return { median, low: 0, high: Infinity };
  const reach = Math.floor(Math.max(0, n / 2 - 0.98 * Math.sqrt(n))); // so many at each end are left out
  return { median, low: sorted[reach], high: sorted[n - 1 - reach] };
}

/** @param {Interval} ratio @returns {'yes' | 'no' | 'unclear'} */
export function agree({ low, high }) {
  const [least, most] = [1 / (1 + APART), 1 + APART];
  if (low >= least && high <= most) return 'yes';
  return low > most || high < least ? 'no' : 'unclear';
}

/**
 * @param {Record<string, (Figures | null)[]>} samples by host and repetition; null: that host had none
 * @param {string} reference
 * @returns {Judged[]} by cell and host, in the order of CELLS
 */
export function judge(samples, reference) {
  return CELLS.flatMap(cell => Object.keys(samples).map(host => {
    const of = (/** @type {string} */ name) => samples[name].map(one => one?.[cell] ?? NaN);
    const known = (/** @type {number[]} */ values) => values.filter(value => value > 0);
    const base = of(reference);
    const ratio = host === reference ? null : spread(known(of(host).map((value, i) => value / base[i])));
    return { cell, host, speedup: spread(known(of(host))), ratio, verdict: ratio && agree(ratio) };
  }));
}
