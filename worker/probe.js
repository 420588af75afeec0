// Probes (core/platform/probe.h): does an operation of this host so many times, and is done. It measures nothing;
// the core takes the time from its order to the answer.
//
// - What it can do is in probes/, a file for each kind of thing; probes/operation.js says what a probe is.
// - There is one probe at a time, of a kind and a size. The first order for it makes what it needs (a Worker, a file),
//   and an order of no operations waits until nothing of the last one is under way any more.
// - What a probe made is removed when it is closed: by the core, by another kind's order, by the end of the host. What
//   is under way ends first, because everything in it that waits is told by an AbortSignal.
// - A host that is ended by force removes nothing more. What it left is found by its name and removed by the next.

import { PROBES } from './abi.js';
import { Failure } from './failure.js';
import { threads } from './node-threads.js';
import { FetchTimes } from './probes/fetches.js';
import { PrivateFile, TemporaryFile } from './probes/files.js';
import { Clones, Messages } from './probes/messages.js';
import { orStopped, unavailable } from './probes/operation.js';
import { ColdStarts, Instances } from './probes/starts.js';

/** @import { Probe, Surroundings } from './probes/operation.js' */

const MOST_TIMES = 1_000_000;
const MOST_BYTES = 16 << 20;

/** @param {number} kind @param {number} bytes @param {Surroundings} around @returns {Probe} */
function make(kind, bytes, { program, site }) {
  const File = threads ? TemporaryFile : PrivateFile;
  switch (kind) {
    case PROBES.MESSAGE:
      return new Messages(bytes, false);
    case PROBES.TRANSFER:
      return new Messages(bytes, true);
    case PROBES.CLONE:
      return new Clones(bytes);
    case PROBES.INSTANTIATE:
      return new Instances(program);
    case PROBES.START_COLD:
      return new ColdStarts(program);
    case PROBES.FETCH_CACHE:
      return new FetchTimes(site, true);
    case PROBES.FETCH_NETWORK:
      return new FetchTimes(site, false);
    case PROBES.WRITE:
      return new File(bytes, true);
    case PROBES.READ:
      return new File(bytes, false);
    case PROBES.FORK:
      throw unavailable('a process of this host cannot be forked');
  }
  throw new Failure('LAB_E_INVALID', `there is no probe ${kind}; there are 1 to ${Object.keys(PROBES).length}`);
}

/** The probe of a host. */
export class Probes {
  #around;
  /** busy: what is under way, or was; it never fails.
   * @type {{ kind: number, bytes: number, probe: Probe, opened: Promise<void>, controller: AbortController, busy: Promise<void> } | null} */
  #current = null;
  #working = false;

  /** @param {Surroundings} around */
  constructor(around) {
    this.#around = around;
  }

  /**
   * Resolves when the operation has been done count times. Rejects with a Failure: LAB_E_STOPPED if it was closed
   * meanwhile, LAB_E_UNAVAILABLE if it cannot be done here.
   * @param {number} kind  of PROBES @param {number} count  0: makes ready @param {number} bytes
   */
  async run(kind, count, bytes) {
    if (this.#working) throw new Failure('LAB_E_STATE', 'a probe is under way already');
    if (count > MOST_TIMES) throw new Failure('LAB_E_TOO_LARGE', `a probe is done at most ${MOST_TIMES} times at once, not ${count}`);
    if (bytes > MOST_BYTES) throw new Failure('LAB_E_TOO_LARGE', `a probe has at most ${MOST_BYTES} bytes, not ${bytes}`);
    this.#working = true;
    try {
      const current = await this.#open(kind, bytes);
      const { probe, controller: { signal } } = current;
      const work = (async () => {
        if (count) await probe.go(count, signal);
        else await probe.settle?.();
      })();
      current.busy = work.catch(() => {});
      await orStopped(signal, work);
    } finally {
      this.#working = false;
    }
  }

  /** @param {number} kind @param {number} bytes */
  async #open(kind, bytes) {
    let current = this.#current;
    if (current && (current.kind !== kind || current.bytes !== bytes)) {
      await this.close();
      current = null;
    }
    if (!current) {
      const probe = make(kind, bytes, this.#around);
      const controller = new AbortController();
      const opened = (async () => probe.open(controller.signal))();
      current = this.#current = { kind, bytes, probe, opened, controller, busy: opened.catch(() => {}) };
    }
    try {
      await orStopped(current.controller.signal, current.opened);
    } catch (error) {
      if (this.#current === current) await this.close();
      throw error;
    }
    return current;
  }

  /** Ends what is under way, and removes what was made. */
  async close() {
    const current = this.#current;
    if (!current) return;
    this.#current = null;
    current.controller.abort();
    await current.busy;
    await current.probe.close();
  }
}
