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
export const GIL_WANT = 9;
export const GIL_TAKE = 10;
export const GIL_TIMEOUT = 11;
export const GIL_RELEASE = 12;
export const GIL_YIELD = 13;

/** What is waited for, by the number that BLOCK and AWAIT carry. */
export const REASONS = /** @type {const} */ (['none', 'fetch', 'sleep', 'lock', 'pipe', 'future', 'turn']);

export const IDLE = 0;
export const RUNNING = 1;
/** Blocked for a reason that this page does not know. */
export const WAITING = 8;
/** The lane did something, but the event that would tell what was lost. */
export const UNKNOWN = 9;
/** The lane has the GIL and runs. */
export const HOLDING = 10;
/** … and was asked to drop it, which it sees at its next checkpoint. */
export const ASKED = 11;
/** It wants the GIL, which another has. */
export const WANTING = 12;
/** It dropped the GIL on request, and waits until another has taken it. */
export const YIELDING = 13;
export const STATE_COUNT = 14;
/** The order in which the parts of a bar stand on each other. */
export const STACK = /** @type {const} */ ([RUNNING, HOLDING, ASKED, 2, 3, 4, 5, 6, 7, WAITING, WANTING, YIELDING, UNKNOWN]);
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

/** Whether the lane computes, with or without a GIL. @param {number} state */
export function isRunning(state) {
  return state === RUNNING || state === HOLDING || state === ASKED;
}

/** Whether the lane waits for a GIL. @param {number} state */
export function waitsForGil(state) {
  return state === WANTING || state === YIELDING;
}

/** A state in the fewest words, as they stand in a bar; a blocked state by its reason. */
export const STATE_WORDS = /** @type {const} */ ([
  'idle', 'running', 'fetch', 'sleep', 'lock', 'pipe', 'future', 'turn', 'something', 'not known',
  'holding', 'asked to drop', 'wants the GIL', 'forced to wait',
]);

/** A state as a legend and a sentence name it. @param {number} state */
export function statePhrase(state) {
  if (isBlocked(state)) return `blocked on ${STATE_WORDS[state]}`;
  if (state === HOLDING) return 'holding the GIL';
  if (state === ASKED) return 'holding, asked to drop';
  if (state === WANTING) return 'wanting the GIL';
  if (state === UNKNOWN) return 'not known, events were lost';
  return STATE_WORDS[state];
}

export const OUTCOME_NONE = 0; // the span did not end with END: the task goes on after it
export const OUTCOME_FINE = 1;
export const OUTCOME_FAILED = 2;
export const OUTCOME_CANCELLED = 3;

/** In the low half of a GIL event's task number, where a lane's number stands: nobody's. */
export const NOBODY = 0xffff;

/** Task number of a span that belongs to no task. */
export const NO_TASK = 0xffffffff;
