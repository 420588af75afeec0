// The shapes that cross from the core into the page. Types only: core/lab/result.schema.json and core/exhibits/*/schema.json
// are the authority on the result document, worker/protocol.js on the messages.

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
 * @typedef {{ workload: string, size: number, fullSize: number, trialSize: number, trialSeconds: number | null }} Calibration
 *
 * @typedef {{ schema: string, command: string, seed: number, environment: Environment, rounds?: number, calibration?: Calibration[],
 *             seconds?: number, observerSeconds?: number, observerNote?: string, stopped?: boolean, unfinished?: true, runs: Run[],
 *             unavailable: { method: string, reason: string }[], verdict: Verdict[], scaling?: Scaling[] }} ResultDocument
 *
 * @typedef {{ name: string, family: Family, sentence: string, source: string, sizeUnit: string,
 *             defaultSize: number, minSize: number, maxSize: number, lacks?: string }} Workload
 *   `lacks`: why there are no pages here for it but those that a person names; the page finds out
 * @typedef {{ name: string, available: boolean, reason?: string, sentence: string }} Method
 * @typedef {{ p50: number | null, p90: number | null, p99: number | null, mean: number }} Distribution seconds
 * @typedef {{ threads: number, ioThreads: number, seconds: number, intervalUs: number | null, switches: number, forced: number,
 *             dropRequests: number, timeouts: number, switchesPerSecond: number, forcedFraction: number | null,
 *             holdSeconds: Distribution | null, waitSeconds: Distribution | null, responseSeconds: Distribution | null,
 *             cpuTasksPerSecond: number, ioPerSecond: number | null }} GilHalf
 * @typedef {{ kind: 'unprotected' | 'lock' | 'atomic', gil: boolean, threads: number, expected: number, counted: number,
 *             lost: number, seconds: number }} CounterRow
 * @typedef {{ schema: string, command: 'gil', seed: number, environment: Environment, stopped?: boolean, unfinished?: true, gil: GilHalf | null, noGil: GilHalf | null,
 *             counter: CounterRow[], observerNote?: string }} GilDocument
 *
 * @typedef {import('../../worker/protocol.js').SpinRun} SpinRun
 * @typedef {{ schema: string, command: 'spin', environment: Environment, stopped: boolean, unfinished?: true, seconds: number, together: boolean,
 *             slowSeconds: number, tests: number | null, runs: SpinRun[] }} SpinDocument
 *
 * @typedef {'pass' | 'fail' | 'n/a'} RuleStatus
 * @typedef {{ rule: number, case: string, title: string, meaning: string, source: string }} RuleCase
 * @typedef {{ rule: number, case: string, executor: string, status: RuleStatus, reason?: string, seconds?: number }} RuleResult
 * @typedef {{ worker: string, task: string, waitsFor: string, because: string }} Wait
 * @typedef {{ name: string, executor: string, detected: boolean, sentence: string, cycle: Wait[], seconds: number }} Deadlock
 * @typedef {{ schema: string, command: 'futures', seed?: number, environment: Environment, rules?: RuleResult[], cases?: RuleCase[],
 *             passed?: number, failed?: number, stopped?: boolean, unfinished?: true, deadlock?: Deadlock }} FuturesDocument
 * @typedef {{ type: 'futures-plan', executors: string[], cases: RuleCase[] }} FuturesPlan
 * @typedef {{ type: 'rule' } & RuleResult} RuleEvent
 *
 *
 * @typedef {import('../../worker/protocol.js').LatencyRow} LatencyRow
 * @typedef {import('../../worker/protocol.js').LadderPoint} LadderPoint
 * @typedef {import('../../worker/protocol.js').LatencyEvent} LatencyEvent
 * @typedef {{ points: LadderPoint[], levels: { name: 'l1' | 'l2' | 'l3' | 'memory', bytes: number | null, seconds: number }[] }} LatencyLadder
 * @typedef {{ schema: string, command: 'latency', seed: number, stopped: boolean, unfinished?: true, seconds: number, environment: Environment,
 *             observerNote?: string, cycleSeconds: number | null, rows: LatencyRow[], ladder: LatencyLadder | null }} LatencyDocument
 *
 * @typedef {{ environment?: Environment, workloads: Workload[], methods: Method[] }} Catalogue
 */

export {};
