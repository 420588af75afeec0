// What `lab gil` tells and its document, as shapes: core/exhibits/gil/schema.json is the authority on the document.

/** @import { Environment } from '../page/types.js' */

/**
 * `lab gil` about twice a second: what happened since the last event, in the phase under way. Null: nothing of
 * the kind happened, or (intervalUs) there is no GIL.
 * @typedef {{ p50: number, mean: number } | null} GilTimes  seconds
 * @typedef {{ type: 'gil', phase: 'gil' | 'no-gil', elapsedSeconds: number, totalSeconds: number, intervalUs: number | null,
 *             switchesPerSecond: number, forcedFraction: number | null, holdSeconds: GilTimes, waitSeconds: GilTimes,
 *             responseSeconds: GilTimes, cpuTasksPerSecond: number, ioPerSecond: number }} GilEvent
 */
/**
 * `lab gil`: a row of the lost update is done. `kind`: how the counter was protected; `lost` increments vanished.
 * `totalSeconds` is a guess.
 * @typedef {{ type: 'gil', phase: 'counter', elapsedSeconds: number, totalSeconds: number, row: number, rows: number, kind: 'unprotected' | 'lock' | 'atomic', gil: boolean,
 *             threads: number, expected: number, counted: number, lost: number, seconds: number }} GilCounterEvent
 */
/**
 * @typedef {{ p50: number | null, p90: number | null, p99: number | null, mean: number }} Distribution seconds
 * @typedef {{ threads: number, ioThreads: number, seconds: number, intervalUs: number | null, switches: number, forced: number,
 *             dropRequests: number, timeouts: number, switchesPerSecond: number, forcedFraction: number | null,
 *             holdSeconds: Distribution | null, waitSeconds: Distribution | null, responseSeconds: Distribution | null,
 *             cpuTasksPerSecond: number, ioPerSecond: number | null }} GilHalf
 * @typedef {{ kind: 'unprotected' | 'lock' | 'atomic', gil: boolean, threads: number, expected: number, counted: number,
 *             lost: number, seconds: number }} CounterRow
 * @typedef {{ schema: string, command: 'gil', seed: number, environment: Environment, stopped?: boolean, unfinished?: true, gil: GilHalf | null, noGil: GilHalf | null,
 *             counter: CounterRow[], observerNote?: string }} GilDocument
 */

export {};
