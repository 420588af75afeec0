// What Perfetto's importer makes of a trace in Chrome's JSON format, by the rules in its sources (google/perfetto,
// src/trace_processor/importers: json/json_trace_parser_impl.cc, common/slice_tracker.cc, common/flow_tracker.cc). Its own
// trace_processor comes in no Debian of today's and no npm package.
//
// - Microseconds become nanoseconds; events are taken in order of time, equal ones in the order of the file.
// - A tid of 0 is the process's. A thread's name is found by its tid alone.
// - "E" ends the topmost open slice of its category and name; "b" and "e" likewise, on a track for each category and id.
// - "X" that only partly overlaps an open slice is dropped. "i" is a slice without length.
// - "s" and "f" take a number, or a string of base 16, once; each binds to the slice that is topmost then.

/** @typedef {{ ph: string, name: string, cat?: string, ts?: number, dur?: number, pid: number, tid: number, id?: string | number, bp?: string, s?: string, args?: Record<string, any> }} Event */
/** @typedef {{ track: string, ts: number, dur: number, name: string, cat?: string, args?: Record<string, any> }} Slice */
/** @typedef {{ from: Slice, to: Slice }} Arrow */

const DEEPEST = 512;

/** A track's slices that are not known to be over. */
class Stack {
  /** @type {Slice[]} */
  open = [];

  /** Takes what is over off; false: a slice from ts of this length would only partly lie in what is open. @param {number} ts @param {number} dur */
  settle(ts, dur) {
    for (let i = this.open.length - 1; i >= 0; i--) {
      const one = this.open[i];
      if (one.dur < 0) continue;
      const end = one.ts + one.dur;
      if (end < ts || (end === ts && !(one.dur === 0 && dur === 0))) this.open.length = i;
      else if (dur >= 0 && ts < end && ts + dur > end) return false;
    }
    return true;
  }

  /** @param {Event} event @param {number} ts */
  end(event, ts) {
    this.settle(ts, -1);
    for (let i = this.open.length - 1; i >= 0; i--) {
      const one = this.open[i];
      if (one.dur >= 0 || one.cat !== event.cat || one.name !== event.name) continue;
      one.dur = ts - one.ts;
      Object.assign((one.args ??= {}), event.args);
      if (i < this.open.length - 1) return 'ends under an open slice';
      this.open.pop();
      return null;
    }
    return 'ends what never began';
  }
}

/**
 * @param {{ traceEvents: Event[] }} trace
 * @returns {{ slices: Slice[], awaits: Slice[], arrows: Arrow[], counters: Map<string, [number, number][]>, threads: Map<string, string>, wrong: string[] }}
 *   track: pid and tid, or category and id. counters: times and values by name. threads: names by track. wrong: what the
 *   importer would lose or misread, in words
 */
export function imported(trace) {
  /** @type {Map<string, Stack>} */
  const stacks = new Map();
  const stackOf = (/** @type {string} */ track) => {
    let stack = stacks.get(track);
    if (!stack) stacks.set(track, (stack = new Stack()));
    return stack;
  };
  /** @type {Slice[]} */
  const slices = [];
  /** @type {Slice[]} */
  const awaits = [];
  /** @type {Map<string, { from: Slice, to: Slice | null }>} */
  const flows = new Map();
  /** @type {Map<string, [number, number][]>} */
  const counters = new Map();
  /** @type {Map<string, string>} */
  const threads = new Map();
  /** @type {Map<number, number>} */
  const processOf = new Map();
  /** @type {string[]} */
  const wrong = [];
  const say = (/** @type {string} */ what, /** @type {Event} */ event) => wrong.push(`${what}: ${JSON.stringify(event)}`);

  const events = trace.traceEvents.map((event, i) => ({ event, i, ts: Math.round((event.ts ?? 0) * 1000) }));
  events.sort((a, b) => a.ts - b.ts || a.i - b.i);
  for (const { event, ts } of events) {
    const { ph, name, cat, pid, tid, args } = event;
    if (!Number.isInteger(pid) || !Number.isInteger(tid) || tid <= 0) say('has no thread of its own', event);
    if ((processOf.get(tid) ?? pid) !== pid) say('has the tid of another process', event);
    processOf.set(tid, pid);
    if (ts < 0) say('lies before the beginning', event);
    const track = `${pid}.${tid}`;
    const stack = stackOf(track);
    /** @param {Stack} on @param {Slice[]} list @param {string} where @param {number} dur */
    const begin = (on, list, where, dur) => {
      if (!on.settle(ts, dur)) return say('overlaps', event);
      if (on.open.length >= DEEPEST) return say('lies too deep', event);
      const slice = { track: where, ts, dur, name, cat, args: args && { ...args } };
      on.open.push(slice);
      list.push(slice);
    };
    if (ph === 'B') begin(stack, slices, track, -1);
    else if (ph === 'X') begin(stack, slices, track, Math.round((event.dur ?? -1) * 1000));
    else if (ph === 'i') begin(stack, slices, track, 0);
    else if (ph === 'E') {
      const why = stack.end(event, ts);
      if (why) say(why, event);
    } else if (ph === 'b') begin(stackOf(`${cat} ${event.id}`), awaits, `${cat} ${event.id}`, -1);
    else if (ph === 'e') {
      const why = stackOf(`${cat} ${event.id}`).end(event, ts);
      if (why) say(why, event);
    } else if (ph === 's' || ph === 'f') {
      const slice = stack.open.at(-1);
      const id = typeof event.id === 'number' ? event.id : /^(0x)?[0-9a-f]+$/i.test(event.id ?? '') ? Number.parseInt(event.id ?? '', 16) : NaN;
      const key = `${cat} ${name} ${id}`;
      const flow = flows.get(key);
      if (!Number.isSafeInteger(id)) say('is an arrow without a number', event);
      else if (!slice) say('is an arrow outside of all slices', event);
      else if (ph === 's' && flow) say('is an arrow with the number of another', event);
      else if (ph === 's') flows.set(key, { from: slice, to: null });
      else if (!flow || flow.to || event.bp !== 'e') say('is the end of no arrow', event);
      else flow.to = slice;
    } else if (ph === 'C') {
      for (const [series, value] of Object.entries(args ?? {})) {
        if (!Number.isFinite(value) || value < 0) say('counts nothing', event);
        const key = `${name} ${series}`;
        const points = counters.get(key) ?? [];
        points.push([ts, value]);
        counters.set(key, points);
      }
    } else if (ph === 'M') {
      if (name === 'thread_name') threads.set(track, args?.name);
    } else say('is of a kind that nobody reads', event);
    if (ph !== 'M' && ph !== 'C' && !threads.has(track)) say('is on a thread without a name', event);
  }
  for (const { open } of stacks.values()) for (const slice of open) if (slice.dur < 0) wrong.push(`never ends: ${JSON.stringify(slice)}`);
  /** @type {Arrow[]} */
  const arrows = [];
  for (const { from, to } of flows.values()) {
    if (to) arrows.push({ from, to });
    else wrong.push(`an arrow leads nowhere from ${JSON.stringify(from)}`);
  }
  return { slices, awaits, arrows, counters, threads, wrong };
}
