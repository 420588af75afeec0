// What `lab futures` tells and its document, as shapes: core/exhibits/futures/schema.json is the authority on the document.

/** @import { Environment } from '../page/types.js' */

/**
 * @typedef {'pass' | 'fail' | 'n/a'} RuleStatus
 * @typedef {{ rule: number, case: string, title: string, meaning: string, source: string }} RuleCase
 * @typedef {{ rule: number, case: string, executor: string, status: RuleStatus, reason?: string, seconds?: number }} RuleResult
 * @typedef {{ worker: string, task: string, waitsFor: string, because: string }} Wait
 * @typedef {{ name: string, executor: string, detected: boolean, sentence: string, cycle: Wait[], seconds: number }} Deadlock
 * @typedef {{ schema: string, command: 'futures', seed?: number, environment: Environment, rules?: RuleResult[], cases?: RuleCase[],
 *             passed?: number, failed?: number, stopped?: boolean, unfinished?: true, deadlock?: Deadlock }} FuturesDocument
 * @typedef {{ type: 'futures-plan', executors: string[], cases: RuleCase[] }} FuturesPlan
 * @typedef {{ type: 'rule' } & RuleResult} RuleEvent
 */

export {};
