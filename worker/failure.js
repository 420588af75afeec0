// Errors in words. A Failure is a code of error.h with the one sentence a person reads.

import { ERRORS } from './abi.js';

export class Failure extends Error {
  name = 'Failure';

  /** @param {keyof typeof ERRORS} symbol @param {string} sentence  it names the thing that failed */
  constructor(symbol, sentence) {
    super(sentence);
    this.code = ERRORS[symbol];
  }
}

/** What was thrown, as a Failure. @param {unknown} error @returns {Failure} */
export function asFailure(error) {
  return error instanceof Failure ? error : new Failure('LAB_E_IO', firstLine(messageOf(error)));
}

/** @param {unknown} error @returns {string} */
export function messageOf(error) {
  if (typeof error === 'object' && error !== null && 'message' in error && error.message) return String(error.message);
  return error === undefined || error === null ? 'unknown error' : String(error);
}

/** @param {string} text */
export function firstLine(text) {
  return text.split('\n', 1)[0].trim();
}

/**
 * Why WebAssembly code stopped, in the same few words whatever the engine: V8 says "unreachable", Gecko
 * "unreachable executed", JavaScriptCore "Unreachable code should not be executed (evaluating …)".
 * @param {unknown} error  what was thrown, or an ErrorEvent about it
 */
export function trapReason(error) {
  const text = firstLine(messageOf(error)).replace(/^Uncaught /, '').replace(/^[A-Za-z]*Error: /, '');
  if (/unreachable/i.test(text)) return 'unreachable';
  if (/call stack|too much recursion/i.test(text)) return 'stack overflow';
  if (/out of bounds/i.test(text)) return 'memory access out of bounds';
  return text.replace(/ \(evaluating .*\)$/, '') || 'unknown error';
}
