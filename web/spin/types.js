// What `lab spin` tells and its document, as shapes: core/exhibits/spin/schema.json is the authority on the document.

/** @import { Environment } from '../page/types.js' */

/**
 * `lab spin`: a method's spinner and slow function begin; a frame is drawn, at that moment; the slow function is done.
 * `frame` counts from 0; `seconds` since that method's start. `run`, at the end: as in the document.
 * @typedef {{ method: string, slow: 'sleep' | 'prime', answer: string, correct: boolean, seconds: number, frames: number,
 *             longestFreezeSeconds: number, jitterSeconds: { p50: number, p90: number, max: number, step?: number } | null,
 *             reason: string | null, verdict: string }} SpinRun
 * @typedef {{ type: 'spin', method: string, state: 'start' | 'frame' | 'end', frame: number, glyph: '|' | '/' | '-' | '\\',
 *             seconds: number, run: SpinRun | null }} SpinEvent
 */
/**
 * @typedef {{ schema: string, command: 'spin', environment: Environment, stopped: boolean, unfinished?: true, seconds: number, together: boolean,
 *             slowSeconds: number, tests: number | null, runs: SpinRun[] }} SpinDocument
 */

export {};
