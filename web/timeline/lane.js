// One lane: turns its events, in their order, into spans and into the count of awaits in flight.
//
// Events can be missing: a full ring overwrites its oldest, and a run can be looked at from its middle.
// Nothing is invented. A span that cannot have lasted until the next event known of its lane is drawn as
// "not known"; an end without a beginning is counted in `unmatched` and otherwise ignored.

import {
  AWAIT, BLOCK, END, NO_TASK, OUTCOME_CANCELLED, OUTCOME_FINE, OUTCOME_NONE, RESUME, RUNNING, START,
  UNBLOCK, UNKNOWN, blockedState, isBlocked,
} from './events.js';
import { SpanTable } from './spans.js';
import { LESS, MORE, StepTable } from './steps.js';

/** @typedef {import('../../worker/protocol.js').Lane} LaneInfo */

export class Lane {
  /** @param {number} id */
  constructor(id) {
    this.id = id;
    this.name = `lane ${id}`;
    /** @type {LaneInfo['role']} */
    this.role = 'thread';
    this.method = '';
    this.workers = 0;
    /** The number that ends its name: lanes are not opened in that order. */
    this.number = 0;
    this.spans = new SpanTable();
    /** Awaits in flight; null on a lane that never awaits. @type {StepTable | null} */
    this.awaits = null;
    /** Tasks in an await, with its reason. @type {Map<number, number>} */
    this.suspended = new Map();
    /** The last event's time: a clock that steps back is held there. */
    this.last = -Infinity;
    this.unmatched = 0;
    /** Whether the open blocked span interrupts a task. */
    this.blockedInTask = false;
  }

  /** @param {LaneInfo} info */
  describe(info) {
    this.name = info.name;
    this.role = info.role;
    this.method = info.method;
    this.workers = info.workers;
    this.number = Number(/\d+$/.exec(info.name)?.[0] ?? 0);
  }

  /** Takes START … RESUME. @param {number} kind @param {number} time @param {number} task @param {number} arg */
  accept(kind, time, task, arg) {
    const { spans } = this;
    switch (kind) {
      case START:
        this.#leave(time, NO_TASK);
        if (this.suspended.has(task)) this.#resume(time, task); // of an earlier sample: its end was lost
        spans.open(time, RUNNING, task);
        break;
      case END:
        this.#end(time, task, arg === 0 ? OUTCOME_FINE : Math.min(arg + 1, OUTCOME_CANCELLED));
        break;
      case BLOCK:
        this.blockedInTask = spans.isOpen;
        this.#leave(time, task);
        spans.open(time, blockedState(arg), task);
        break;
      case UNBLOCK:
        this.#unblock(time, task);
        break;
      case AWAIT:
        this.#leave(time, task);
        this.#suspend(time, task, arg);
        break;
      case RESUME:
        if (this.suspended.has(task)) this.#resume(time, task);
        else this.unmatched++;
        this.#leave(time, NO_TASK);
        spans.open(time, RUNNING, task);
        break;
    }
  }

  /**
   * Ends the open span, if any, because `task` goes on to something else. A span that ran another task
   * went on until an event that was lost.
   * @param {number} time @param {number} task
   */
  #leave(time, task) {
    const { spans } = this;
    if (!spans.isOpen) return;
    const i = spans.count;
    if (spans.task[i] === task || isBlocked(spans.state(i))) spans.close(time);
    else {
      this.unmatched++;
      spans.close(time, OUTCOME_NONE, UNKNOWN);
    }
  }

  /** @param {number} time @param {number} task @param {number} outcome */
  #end(time, task, outcome) {
    const { spans } = this;
    const wasSuspended = this.suspended.has(task);
    if (wasSuspended) this.#resume(time, task);
    if (spans.isOpen && spans.task[spans.count] === task) spans.close(time, outcome);
    else {
      this.#leave(time, NO_TASK);
      if (wasSuspended) {
        // Cancelled in its await: it ran no more, and is a task all the same.
        spans.open(time, RUNNING, task);
        spans.close(time, outcome);
      } else this.unmatched++;
    }
  }

  /** @param {number} time @param {number} task */
  #unblock(time, task) {
    const { spans } = this;
    const i = spans.count;
    if (spans.isOpen && isBlocked(spans.state(i))) {
      spans.close(time);
      if (this.blockedInTask) spans.open(time, RUNNING, task);
      return;
    }
    if (!spans.isOpen || spans.task[i] !== task) {
      this.#leave(time, NO_TASK);
      spans.open(time, RUNNING, task);
    }
    this.unmatched++;
  }

  /** @param {number} time @param {number} task @param {number} reason */
  #suspend(time, task, reason) {
    if (this.suspended.has(task)) {
      this.unmatched++;
      this.#resume(time, task);
    }
    this.awaits ??= new StepTable();
    this.awaits.push(time, MORE, task, reason, this.id);
    this.suspended.set(task, reason);
  }

  /** @param {number} time @param {number} task */
  #resume(time, task) {
    this.awaits?.push(time, LESS, task, this.suspended.get(task) ?? 0, this.id);
    this.suspended.delete(task);
  }
}
