// The words of the trace, and what a lane can be doing. The numbers are those of core/trace/trace.h and
// worker/protocol.js (a test compares them); they are repeated here so that the timeline can be served
// from any folder.

export const EVENT_BYTES = 16;

export const SUBMIT = 1;
export const START = 2;
export const END = 3;
export const BLOCK = 4;
export const UNBLOCK = 5;
export const AWAIT = 6;
export const RESUME = 7;
export const SAMPLE = 8;

/** What is waited for, by the number that BLOCK and AWAIT carry. */
export const REASONS = /** @type {const} */ (['none', 'fetch', 'sleep', 'lock', 'pipe', 'future', 'turn']);

export const IDLE = 0;
export const RUNNING = 1;
/** Blocked for a reason that this page does not know. */
export const WAITING = 8;
/** The lane did something, but the event that would tell what was lost. */
export const UNKNOWN = 9;
export const STATE_COUNT = 10;
/** In an array by state, idle's place counts ended tasks: idle time is never stored. */
export const TASK_SLOT = IDLE;

/** The state of a lane blocked for a reason. @param {number} reason */
export function blockedState(reason) {
  return reason >= 1 && reason < REASONS.length ? RUNNING + reason : WAITING;
}

/** @param {number} state */
export function isBlocked(state) {
  return state > RUNNING && state <= WAITING;
}

/** How a state is called in a sentence; a blocked state by its reason. */
export const STATE_WORDS = /** @type {const} */ ([
  'idle', 'running', 'fetch', 'sleep', 'lock', 'pipe', 'future', 'turn', 'something', 'not known',
]);

export const OUTCOME_NONE = 0; // the span did not end with END: the task goes on after it
export const OUTCOME_FINE = 1;
export const OUTCOME_FAILED = 2;
export const OUTCOME_CANCELLED = 3;

/** Task number of a span that belongs to no task. */
export const NO_TASK = 0xffffffff;
