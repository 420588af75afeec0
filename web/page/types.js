// The shapes that cross from the core into more than one page: what all documents have in common, the catalogue, and the
// document of `lab compare`, of which files are read and written. Those of one exhibit are in its room. Types only:
// core/lab/result.schema.json and core/exhibits/*/schema.json are the authority.

/**
 * `low` and `high` are null while there are fewer than five samples, which are too few for an interval.
 * @typedef {{ median: number, low: number | null, high: number | null }} Interval
 * @typedef {'cpu' | 'memory' | 'io' | 'mixed'} Family
 *
 * @typedef {{ runtime: string, engine?: string, platform: string, isolated: boolean, logicalCores: number, memoryBytes?: number,
 *             measuredParallelism?: number | null, timerResolutionNs?: number | null, build?: string,
 *             hiddenSeconds?: number, frozenSeconds?: number, note?: string }} Environment
 *
 * @typedef {{ workload: string, method: string, workers: number, tasks: number, family: Family, size: number,
 *             verified: boolean, checksum?: string, error?: string, rounds?: number, converged?: boolean,
 *             repeats?: number, samples?: number[], sampleCount?: number, seconds?: Interval | null, speedup?: Interval | null, autocorrelation?: number,
 *             startupSeconds?: number | null, firstStartupSeconds?: number | null, memoryBytes?: number | null, tasksPerSecond?: number | null,
 *             latency?: { p50: number | null, p90: number | null, p99: number | null, max: number | null } | null,
 *             gil?: { intervalUs: number, switches: number, forced: number, waitSeconds: number },
 *             trace?: { events: number, lost: number } }} Run
 *
 * @typedef {{ serialFraction: number, rSquared: number | null, residuals: number[] }} AmdahlFit
 * @typedef {{ sigma: number, kappa: number, lambda: number, rSquared: number | null, residuals: number[],
 *             peakWorkers: number | null }} UslFit
 * @typedef {{ workload: string, method: string, amdahl: AmdahlFit | null, usl: UslFit | null, reason?: string }} Scaling
 *
 * @typedef {{ workload: string, family: Family, best: string[], why: string }} Verdict
 *
 * @typedef {{ workload: string, size: number, fullSize: number, trialSize: number, trialSeconds: number | null,
 *             roundSeconds: number | null }} Calibration
 *
 * @typedef {{ schema: string, command: string, seed: number, environment: Environment, rounds?: number, calibration?: Calibration[],
 *             seconds?: number, observerSeconds?: number, observerNote?: string, stopped?: boolean, unfinished?: true, runs: Run[],
 *             unavailable: { method: string, reason: string }[], verdict: Verdict[], scaling?: Scaling[] }} ResultDocument
 *
 * @typedef {{ name: string, family: Family, sentence: string, source: string, sizeUnit: string,
 *             defaultSize: number, minSize: number, maxSize: number, lacks?: string }} Workload
 *   `lacks`: why there are no pages here for it but those that a person names; the page finds out
 * @typedef {{ name: string, available: boolean, reason?: string, sentence: string }} Method
 * @typedef {{ environment?: Environment, workloads: Workload[], methods: Method[] }} Catalogue
 */

export {};
