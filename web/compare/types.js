// What `lab compare` tells, as shapes. Those of its document, which others read too, are in page/types.js.

/**
 * What is told while it runs: the cells, what is measured now, what each sample came to.
 * @typedef {{ type: 'plan', cells: { cell: number, workload: string, method: string, workers: number, tasks: number, size: number }[],
 *             unavailable: { method: string, reason: string }[], minRounds: number, maxSeconds: number }} PlanEvent
 * @typedef {{ type: 'phase', cell: number, phase: 'start-up' | 'warm-up' | 'sample', round: number }} PhaseEvent
 * @typedef {{ type: 'sample', cell: number, round: number, seconds: number, median: number, low: number | null,
 *             high: number | null, elapsedSeconds: number }} SampleEvent
 * @typedef {{ type: 'failure', cell: number, message: string }} FailureEvent
 * After so many rounds: the fastest first, then what does not differ from it; its speed-up, if there is a sequential time.
 * @typedef {{ type: 'verdict', workload: string, rounds: number, best: { method: string, workers: number }[],
 *             speedup: { median: number, low: number | null, high: number | null } | null }} VerdictEvent
 * @typedef {{ type: 'note', message: string }} NoteEvent
 * @typedef {PlanEvent | PhaseEvent | SampleEvent | FailureEvent | VerdictEvent | NoteEvent} CompareEvent
 */

export {};
