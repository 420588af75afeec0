// What is known of the suite: cases × executors, and what that makes of each rule. Pure.

import { RULES } from './rules.js';

/** @import { FuturesDocument, FuturesPlan, RuleCase, RuleResult } from './types.js' */
/** @typedef {'waiting' | 'pass' | 'fail' | 'n/a'} State of a rule on an executor: 'waiting' until its last case is done, unless one failed */
/** @typedef {{ state: State, done: number, total: number, reasons: string[] }} Cell */

export class Board {
  /** @type {string[]} */
  executors;
  /** @type {RuleCase[]} */
  cases = [];
  /** By case and executor. @type {Map<string, RuleResult>} */
  #results = new Map();

  /** @param {string[]} executors shown before a plan says which there are */
  constructor(executors) {
    this.executors = executors;
  }

  /** @param {Pick<FuturesPlan, 'executors' | 'cases'>} plan */
  begin({ executors, cases }) {
    this.executors = executors;
    this.cases = cases;
    this.#results.clear();
  }

  /** @param {RuleResult} result */
  take(result) {
    this.#results.set(`${result.case} ${result.executor}`, result);
  }

  /** The document is the last word. @param {FuturesDocument} document */
  end({ rules = [], cases }) {
    if (cases && cases.length > 0) this.cases = cases;
    for (const one of rules) this.take(one);
  }

  /** @param {string} name @param {string} executor */
  result(name, executor) {
    return this.#results.get(`${name} ${executor}`) ?? null;
  }

  /** @param {number} rule */
  casesOf(rule) {
    return this.cases.filter((one) => one.rule === rule);
  }

  /** @param {number} rule @param {string} executor @returns {Cell} */
  cell(rule, executor) {
    const cases = this.casesOf(rule);
    const results = cases.flatMap((one) => this.result(one.case, executor) ?? []);
    const of = (/** @type {string} */ status) => results.filter((one) => one.status === status);
    const failed = of('fail');
    const passed = of('pass');
    const done = results.length;
    const total = cases.length;
    const reasons = [...new Set((failed.length > 0 ? failed : passed.length > 0 ? [] : of('n/a')).map((one) => one.reason ?? '').filter(Boolean))];
    const state = failed.length > 0 ? 'fail' : done < total || total === 0 ? 'waiting' : passed.length > 0 ? 'pass' : 'n/a';
    return { state, done, total, reasons };
  }

  /** Rules with a failure, in their order. */
  failing() {
    return RULES.map(({ rule }) => rule).filter((rule) => this.executors.some((executor) => this.cell(rule, executor).state === 'fail'));
  }

  /** Of the single cases: how many of each, and how many there will be. */
  get counts() {
    const counts = { pass: 0, fail: 0, 'n/a': 0, done: 0, total: this.cases.length * this.executors.length };
    for (const { status } of this.#results.values()) {
      counts[status]++;
      counts.done++;
    }
    return counts;
  }
}
