// What `lab latency` tells and its document, as shapes: core/exhibits/latency/schema.json is the authority on the document.

/** @import { Environment } from '../page/types.js' */

/**
 * `lab latency`: once when it begins, then after each point of the ladder and each row. `done` and `total` count both;
 * `name`: the row that is measured next, null at the end. `row`, `point`: what was just finished, as in the document; a
 * point comes again, more exactly, each time the ladder is climbed.
 * @typedef {{ name: string, title: string, about: string, group: 'memory' | 'sync' | 'tasks' | 'outside',
 *             seconds: number | null, low: number | null, high: number | null, classicSeconds: number | null,
 *             cycles: number | null, reason: string | null }} LatencyRow
 * @typedef {{ bytes: number, seconds: number, low: number | null, high: number | null }} LadderPoint
 * @typedef {{ type: 'latency', done: number, total: number, elapsedSeconds: number, totalSeconds: number,
 *             name: string | null, row: LatencyRow | null, point: LadderPoint | null }} LatencyEvent
 */
/**
 * @typedef {{ points: LadderPoint[], levels: { name: 'l1' | 'l2' | 'l3' | 'memory', bytes: number | null, seconds: number }[] }} LatencyLadder
 * @typedef {{ schema: string, command: 'latency', seed: number, stopped: boolean, unfinished?: true, seconds: number, environment: Environment,
 *             observerNote?: string, cycleSeconds: number | null, rows: LatencyRow[], ladder: LatencyLadder | null }} LatencyDocument
 */

export {};
