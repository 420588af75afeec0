// A made-up run for the timeline's tests and benchmark: the shape of a real one (cells round-robin, a
// coordinator, a thread pool, processes, an event loop), with as many events as asked for. Seeded: the
// same numbers every time.

const KIND = { submit: 1, start: 2, end: 3, block: 4, unblock: 5, await: 6, resume: 7, sample: 8,
  'gil-want': 9, 'gil-take': 10, 'gil-timeout': 11, 'gil-release': 12, 'gil-yield': 13 };
const REASON = { fetch: 1, sleep: 2, lock: 3, pipe: 4, future: 5 };

/** Numbers in [0, 1) from a seed (mulberry32). @param {number} seed */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Collects events per lane, and packs them as the host does. */
export class EventWriter {
  constructor() {
    /** @type {number[][]} */
    this.lanes = [];
    this.count = 0;
  }

  /** @param {number} lane @param {number} time @param {keyof typeof KIND} kind @param {number} task @param {number} [arg] */
  add(lane, time, kind, task, arg = 0) {
    (this.lanes[lane] ??= []).push(Math.round(time), task, KIND[kind] | (arg << 8) | (lane << 16));
    this.count++;
  }

  /** All events, one lane after the other. @param {bigint} [origin] nanoseconds added to every time */
  pack(origin = 0n) {
    const words = new Uint32Array(this.count * 4);
    let at = 0;
    const originLow = Number(origin & 0xffffffffn);
    const originHigh = Number(origin >> 32n);
    for (const list of this.lanes) {
      for (let i = 0; i < (list?.length ?? 0); i += 3) {
        const low = (list[i] % 4294967296) + originLow;
        words[at++] = low;
        words[at++] = originHigh + Math.floor(list[i] / 4294967296) + (low >= 4294967296 ? 1 : 0);
        words[at++] = list[i + 1];
        words[at++] = list[i + 2];
      }
    }
    return words.buffer;
  }
}

/**
 * The packed events cut into batches by time, as a live run sends them.
 * @param {ArrayBuffer} events @param {number} nanoseconds
 */
export function batches(events, nanoseconds) {
  const words = new Uint32Array(events);
  /** @type {Map<number, number[]>} */
  const slots = new Map();
  for (let at = 0; at < words.length; at += 4) {
    const slot = Math.floor((words[at + 1] * 4294967296 + words[at]) / nanoseconds);
    let list = slots.get(slot);
    if (!list) slots.set(slot, (list = []));
    list.push(words[at], words[at + 1], words[at + 2], words[at + 3]);
  }
  return [...slots.entries()].sort((a, b) => a[0] - b[0]).map(([, list]) => new Uint32Array(list).buffer);
}

export const CELLS = [
  { cell: 0, workload: 'pages', method: 'sequential', workers: 1, tasks: 20 },
  { cell: 1, workload: 'pages', method: 'threads', workers: 4, tasks: 20 },
  { cell: 2, workload: 'pages', method: 'processes', workers: 2, tasks: 20 },
  { cell: 3, workload: 'pages', method: 'async', workers: 1, tasks: 20 },
  { cell: 4, workload: 'primes', method: 'sequential', workers: 1, tasks: 20 },
  { cell: 5, workload: 'primes', method: 'threads', workers: 4, tasks: 20 },
  { cell: 6, workload: 'primes', method: 'processes', workers: 2, tasks: 20 },
  { cell: 7, workload: 'primes', method: 'async', workers: 1, tasks: 20 },
];

/** @type {import('../../worker/protocol.js').Lane[]} */
export const LANES = [
  { id: 0, name: 'coordinator', role: 'coordinator', method: '', workers: 0 },
  { id: 1, name: 'thread 1', role: 'thread', method: 'threads', workers: 4 },
  { id: 2, name: 'thread 2', role: 'thread', method: 'threads', workers: 4 },
  { id: 3, name: 'thread 3', role: 'thread', method: 'threads', workers: 4 },
  { id: 4, name: 'thread 4', role: 'thread', method: 'threads', workers: 4 },
  { id: 5, name: 'process 1', role: 'process', method: 'processes', workers: 2 },
  { id: 6, name: 'process 2', role: 'process', method: 'processes', workers: 2 },
  { id: 7, name: 'event loop', role: 'loop', method: 'async', workers: 1 },
];

/**
 * At least `events` events of rounds over all cells. `pieces` divides every task's time into that many
 * stretches, each with a short wait after it: more events in the same time.
 * @param {{ events: number, seed?: number, tasks?: number, pieces?: number }} options
 */
export function synthetic({ events, seed = 1, tasks = 20, pieces = 1 }) {
  const writer = new EventWriter();
  const dice = random(seed);
  let now = 0;
  while (writer.count < events) {
    for (const cell of CELLS) {
      writer.add(0, now, 'sample', cell.cell, 1);
      const end = sample(writer, cell, now + 20e3, dice, tasks, pieces);
      writer.add(0, end + 30e3, 'sample', cell.cell, 0);
      now = end + 30e3 + 2e6;
    }
  }
  return { lanes: LANES, cells: CELLS, writer, end: now };
}

/**
 * @param {EventWriter} writer @param {typeof CELLS[number]} cell @param {number} begin
 * @param {() => number} dice @param {number} tasks @param {number} pieces
 */
function sample(writer, cell, begin, dice, tasks, pieces) {
  const io = cell.workload === 'pages';
  const costs = Array.from({ length: tasks }, () => (io ? 0.4e6 : dice() ** 3 * 24e6 + 0.2e6));
  const wait = () => (io ? 8e6 + dice() * 6e6 : 0);
  for (let task = 0; task < tasks; task++) writer.add(0, begin + task * 800, 'submit', task);
  const ready = begin + tasks * 800;
  const lanes = LANES.filter((lane) => lane.method === cell.method).map((lane) => lane.id);
  if (cell.method === 'async') return loop(writer, lanes[0], ready, costs, wait, pieces);
  const pool = lanes.length > 0 ? lanes : [0];
  const free = pool.map(() => ready);
  for (let task = 0; task < tasks; task++) {
    const who = free.indexOf(Math.min(...free));
    const lane = pool[who];
    let time = free[who] + 4e3;
    writer.add(lane, time, 'start', task);
    if (io) {
      writer.add(lane, time + 40e3, 'block', task, cell.method === 'processes' ? REASON.pipe : REASON.fetch);
      time += 40e3 + wait();
      writer.add(lane, time, 'unblock', task, REASON.fetch);
    }
    for (let piece = 1; piece < pieces; piece++) {
      time += costs[task] / pieces;
      writer.add(lane, time, 'block', task, piece % 3 === 0 ? REASON.sleep : REASON.lock);
      time += 3e3 + dice() * (costs[task] / pieces) * 0.4;
      writer.add(lane, time, 'unblock', task, REASON.lock);
    }
    time += costs[task] / pieces;
    writer.add(lane, time, 'end', task, task === 13 && cell.method === 'threads' && io ? 1 : 0);
    free[who] = time + 10e3;
  }
  return Math.max(...free);
}

/** @param {EventWriter} writer @param {number} lane @param {number} now @param {number[]} costs @param {() => number} wait @param {number} pieces */
function loop(writer, lane, now, costs, wait, pieces) {
  /** @type {{ task: number, at: number, left: number }[]} */
  const timers = [];
  /** @param {number} task @param {number} left */
  const stretch = (task, left) => {
    now += costs[task] / (pieces + 1);
    if (left === 0) writer.add(lane, now, 'end', task);
    else {
      const pause = wait();
      writer.add(lane, now, 'await', task, pause > 0 ? REASON.fetch : 6);
      timers.push({ task, at: now + pause, left: left - 1 });
    }
    now += 5e3;
  };
  for (let task = 0; task < costs.length; task++) {
    writer.add(lane, now, 'start', task);
    stretch(task, pieces);
  }
  while (timers.length > 0) {
    let next = 0;
    for (let i = 1; i < timers.length; i++) if (timers[i].at < timers[next].at) next = i;
    const [timer] = timers.splice(next, 1);
    now = Math.max(now, timer.at);
    writer.add(lane, now, 'resume', timer.task, REASON.fetch);
    stretch(timer.task, timer.left);
  }
  return now;
}
