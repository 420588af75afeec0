// The benchmark's peers in Node (core/platform/peer.h): a program of their own, so that neither their heap nor their
// threads are the host's. It reads orders, a line each, and answers each with a line.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { Failure, messageOf } from './failure.js';

const PATIENCE_MS = 120_000;

/** @typedef {{ resolve: (answer: string[]) => void, reject: (error: Failure) => void }} Order */

export class Peers {
  #command;
  /** @type {import('node:child_process').ChildProcess | null} */
  #child = null;
  /** What is under way. @type {Order | null} */
  #order = null;

  /** @param {string[]} command  the program and its words */
  constructor(command) {
    this.#command = command;
  }

  /** Resolves to the line that is the answer. @param {string} order @returns {Promise<string[]>} */
  ask(order) {
    if (this.#order) throw new Failure('LAB_E_STATE', 'an order is under way already');
    const patience = setTimeout(() => this.#end('the peer did not answer within two minutes'), PATIENCE_MS);
    const answer = new Promise((/** @type {(answer: string[]) => void} */ resolve, reject) => { this.#order = { resolve, reject }; });
    this.#child ??= this.#start();
    this.#child.stdin?.write(`${order}\n`);
    return answer.finally(() => clearTimeout(patience));
  }

  #start() {
    const [program, ...words] = this.#command;
    const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'inherit'] });
    child.on('error', error => this.#child === child && this.#end(`the peers' program: ${messageOf(error)}`));
    child.on('exit', () => this.#child === child && this.#end("the peers' program ended"));
    child.stdin.on('error', () => {}); // it ended, which says more
    createInterface(child.stdout).on('line', line => this.#child === child && this.#settle(order => order.resolve([line])));
    return child;
  }

  /** The next order finds another. @param {string} why */
  #end(why) {
    const child = this.#child;
    this.#child = null;
    child?.kill('SIGKILL');
    this.#settle(order => order.reject(new Failure('LAB_E_TASK', why)));
  }

  /** @param {(order: Order) => void} how */
  #settle(how) {
    const order = this.#order;
    this.#order = null;
    if (order) how(order);
  }
}
