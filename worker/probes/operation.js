// What a probe is, and what all of them need.

import { Failure } from '../failure.js';

/** @import { Adapter } from '../host.js' */
/** @import { ProgramLoader } from '../programs.js' */

/**
 * @typedef {object} Probe
 * @property {(signal: AbortSignal) => void | Promise<void>} open  makes what it needs
 * @property {() => void | Promise<unknown>} [settle]  waits for what an order may leave under way
 * @property {(count: number, signal: AbortSignal) => void | Promise<void>} go  the operation, count times
 * @property {() => void | Promise<unknown>} close  removes what it made, a failed open()'s too. Nothing is under way then
 *
 * @typedef {{ program: ProgramLoader, site: Pick<Adapter, 'openSite' | 'closeSite' | 'web'> }} Surroundings
 */

/** It cannot be done here, and why. @param {string} sentence */
export const unavailable = sentence => new Failure('LAB_E_UNAVAILABLE', sentence);

/** What becomes of work, or LAB_E_STOPPED as soon as the signal says so.
 * @template T @param {AbortSignal} signal @param {Promise<T>} work @returns {Promise<T>} */
export function orStopped(signal, work) {
  return new Promise((resolve, reject) => {
    const stop = () => reject(new Failure('LAB_E_STOPPED', 'stopped'));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop);
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
