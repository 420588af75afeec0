// One lane: turns its events, in their order, into spans and into the count of awaits in flight.
//
// Events can be missing: a full ring overwrites its oldest, and a run can be looked at from its middle.
// Nothing is invented. A span that cannot have lasted until the next event known of its lane is drawn as
// "not known"; an end without a beginning is counted in `unmatched` and otherwise ignored.
//
// Under a GIL the lane's own events say when it holds, wants and yields. That it is asked to drop comes from
// another lane (model.js), perhaps before the events that it falls between: such moments wait in `asks`.
// Between letting go and what follows (a block, a wait), and between the end of a block and the wait for the
// GIL, lie microseconds, or as long as the system keeps the thread from running: that counts to what follows.

import {
  ASKED, AWAIT, BLOCK, END, GIL_RELEASE, GIL_TAKE, GIL_WANT, GIL_YIELD, HOLDING, NO_TASK, OUTCOME_CANCELLED, OUTCOME_FINE,
  OUTCOME_NONE, RESUME, RUNNING, START, UNBLOCK, UNKNOWN, WANTING, YIELDING, blockedState, isBlocked, waitsForGil,
} from './events.js';
import { SpanTable } from './spans.js';
import { LESS, MORE, StepTable } from './steps.js';

/** @typedef {import('../../worker/protocol.js').Lane} LaneInfo */

/** What may lie between letting go of a GIL and what it was let go for: more than a time slice of the system. */
const LOOSE_NS = 20_000_000;

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
    /** Its name without that: lanes of a kind stand together. */
    this.kind = '';
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
    /** Between BLOCK and UNBLOCK, whatever the GIL does meanwhile. */
    this.inBlock = false;
    /** HOLDING, WANTING or YIELDING; 0 without a GIL. */
    this.gil = 0;
    this.holdSince = 0;
    this.isAsked = false;
    /** When others asked for the GIL that this lane has, in order. @type {number[]} */
    this.asks = [];
    /** Whether it ever had a GIL. */
    this.underGil = false;
    /** Since when it has been in a task without the GIL, until it is known what for; -1: it is. */
    this.looseSince = -1;
    this.looseTask = NO_TASK;
  }

  /** @param {LaneInfo} info */
  describe(info) {
    this.name = info.name;
    this.role = info.role;
    this.method = info.method;
    this.workers = info.workers;
    this.number = Number(/\d+$/.exec(info.name)?.[0] ?? 0);
    this.kind = info.name.replace(/ ?\d+$/, '');
  }

  /** Takes START … RESUME and GIL_WANT … GIL_YIELD. @param {number} kind @param {number} time @param {number} task @param {number} arg */
  accept(kind, time, task, arg) {
    const { spans } = this;
    if (this.asks.length > 0) this.#asked(time);
    if (this.looseSince >= 0) time = this.#tie(kind, time);
    switch (kind) {
      case START:
        this.#leave(time, NO_TASK);
        if (this.suspended.has(task)) this.#resume(time, task); // of an earlier sample: its end was lost
        this.#goOn(time, task);
        break;
      case END:
        this.#end(time, task, arg === 0 ? OUTCOME_FINE : Math.min(arg + 1, OUTCOME_CANCELLED));
        if (this.gil === HOLDING && !spans.isOpen) spans.open(time, this.#running(), NO_TASK);
        break;
      case BLOCK:
        this.blockedInTask = this.#wasInTask || (spans.isOpen && spans.task[spans.count] !== NO_TASK);
        this.#wasInTask = false;
        this.inBlock = true;
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
        this.#goOn(time, task);
        break;
      case GIL_WANT:
        this.#change(time, WANTING);
        break;
      case GIL_TAKE:
        this.underGil = true;
        this.holdSince = time;
        this.isAsked = false;
        this.#change(time, HOLDING);
        break;
      case GIL_YIELD:
        this.#change(time, YIELDING);
        break;
      case GIL_RELEASE:
        this.#letGo(time);
        break;
    }
  }

  /** Another lane asked for the GIL that this one has. @param {number} time */
  ask(time) {
    const { asks } = this;
    let i = asks.length;
    while (i > 0 && asks[i - 1] > time) i--;
    asks.splice(i, 0, time);
  }

  /** Shows what is known at the end of a batch: requests not yet seen, and that it runs on without a GIL. @param {number} now */
  catchUp(now) {
    if (this.asks.length > 0) this.#asked(now);
    if (this.looseSince >= 0 && now - this.looseSince > LOOSE_NS) this.#tie(START, now);
  }

  /** Computes, with the GIL or without. @param {number} time @param {number} task */
  #goOn(time, task) {
    if (this.underGil && this.gil !== HOLDING) {
      this.looseSince = time;
      this.looseTask = task;
    } else this.spans.open(time, this.#running(), task);
  }

  /** The state of a lane that computes. */
  #running() {
    if (this.gil !== HOLDING) return RUNNING;
    return this.isAsked ? ASKED : HOLDING;
  }

  /** The GIL's part changes, the task stays. @param {number} time @param {number} gil */
  #change(time, gil) {
    const { spans } = this;
    this.gil = gil;
    let task = this.#tied;
    this.#tied = NO_TASK;
    if (spans.isOpen) {
      const outside = isBlocked(spans.state(spans.count)) && !this.blockedInTask;
      task = outside ? NO_TASK : spans.task[spans.count];
    }
    if (spans.isOpen) this.#close(time);
    spans.open(time, gil, task);
  }
  /** The task in which the GIL was let go, for the span that follows. */
  #tied = NO_TASK;

  /** @param {number} time */
  #letGo(time) {
    const { spans } = this;
    if (this.gil !== HOLDING) this.unmatched++;
    this.gil = 0;
    this.isAsked = false;
    if (!spans.isOpen || isBlocked(spans.state(spans.count))) return;
    const task = spans.task[spans.count];
    this.#close(time);
    if (task === NO_TASK) return;
    this.looseSince = time;
    this.looseTask = task;
  }

  /**
   * Says what the lane did since it let go of the GIL, now that its next event is known. Returns when that
   * began, as it is shown.
   * @param {number} kind @param {number} time
   */
  #tie(kind, time) {
    const since = this.looseSince;
    this.looseSince = -1;
    const waits = kind === BLOCK || kind === GIL_WANT || kind === GIL_YIELD || kind === GIL_TAKE;
    if (waits && time - since <= LOOSE_NS) {
      if (kind === BLOCK) this.#wasInTask = true;
      else this.#tied = this.looseTask;
      return since;
    }
    this.spans.open(since, RUNNING, this.looseTask);
    return time;
  }
  #wasInTask = false;

  /** Divides the open span where its holder was asked to drop, if that was before `time`. @param {number} time */
  #asked(time) {
    const { asks, spans } = this;
    const i = spans.count;
    if (spans.isOpen && spans.state(i) === HOLDING) {
      const first = asks.find((ask) => ask >= this.holdSince);
      if (first !== undefined && first <= time) {
        const at = Math.max(first, spans.start[i]);
        const task = spans.task[i];
        if (at > spans.start[i]) spans.close(at);
        else spans.isOpen = false; // all of it was asked for
        spans.open(at, ASKED, task);
        this.isAsked = true;
      }
    }
    while (asks.length > 0 && asks[0] <= time) asks.shift();
  }

  /** Ends the open span, which leaves nothing if it is of no task and no length. @param {number} time */
  #close(time) {
    const { spans } = this;
    if (spans.start[spans.count] === time && spans.task[spans.count] === NO_TASK) spans.isOpen = false;
    else spans.close(time);
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
    const state = spans.state(i);
    if (spans.task[i] === task || spans.task[i] === NO_TASK || isBlocked(state) || waitsForGil(state)) this.#close(time);
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
      this.inBlock = false;
      if (this.blockedInTask) this.#goOn(time, task);
      else if (this.gil === HOLDING) spans.open(time, this.#running(), NO_TASK);
      return;
    }
    // The GIL was wanted and taken within the wait: the lane is shown as what that made of it.
    if (this.inBlock && this.gil !== 0) {
      this.inBlock = false;
      return;
    }
    this.inBlock = false;
    if (!spans.isOpen || spans.task[i] !== task) {
      this.#leave(time, NO_TASK);
      this.#goOn(time, task);
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
