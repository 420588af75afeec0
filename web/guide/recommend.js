// From three answers and the visitor's numbers to a ranking of the methods, with reasons. Pure.
//
// How it follows, in this order:
//
//   1. The work is taken as JOBS says: so many tasks, each of which computes and waits for so long.
//   2. Each method's time for it is reckoned from the numbers: computing divided by the speed-up on computing; as many
//      waits, one behind the other, as it takes when so many wait at once as there are workers for (one for each task,
//      if they fit into MEMORY_BYTES); and for each task what it costs beside: what every page added to the waiting in
//      the run on pages, or where nothing waits what handing over costs. Where workers share nothing and common data
//      is changed, every task sends the change and gets the new state: two crossings more. Start-up is left out, being
//      paid once. Every time has an interval, out of those of the speed-up and of the run on pages.
//   3. Methods within ALIKE of the fastest are as good as it, and so are those that cannot be told from it: the interval
//      of the ratio of their times holds 1. Among those the order of PREFERENCE decides, which is a judgement: the
//      simplest that does what the sharing asks for comes first. All others follow by their times. Where tasks only
//      wait, threads are threads with or without a GIL; and what has room for all of them at once goes before what has
//      not.
//
// A number that was not measured is replaced by what the model does by its nature (EXPECTED) and named in `lacks`.

import { least, most } from '../page/extent.js';
import { bytes, list, range, seconds, significant, times } from '../page/format.js';
import { mayBeOne, ratioOf } from '../page/ratio.js';
import { PARALLEL, doubtOf, holdsOne } from './numbers.js';

/** @import { Answers } from './settings.js' */
/** @import { Column, MethodNumbers, Numbers } from './numbers.js' */
/** @import { Bounded } from '../page/ratio.js' */

/** @type {Record<Answers['tasks'], number>} */
export const COUNTS = { few: 10, hundreds: 500, thousands: 20_000 };

/** Seconds that one task computes and waits. @type {Record<Answers['waits'], Record<Answers['tasks'], { computes: number, waits: number }>>} */
export const JOBS = {
  computing: { few: { computes: 1, waits: 0 }, hundreds: { computes: 0.1, waits: 0 }, thousands: { computes: 0.01, waits: 0 } },
  waiting: { few: { computes: 0.0005, waits: 1 }, hundreds: { computes: 0.00001, waits: 0.1 }, thousands: { computes: 0.00001, waits: 0.1 } },
  both: { few: { computes: 0.5, waits: 0.5 }, hundreds: { computes: 0.02, waits: 0.1 }, thousands: { computes: 0.002, waits: 0.1 } },
};

export const ALIKE = 1.25;
const MEMORY_BYTES = 2 ** 30;

/** What models do by their nature: which share nothing, and what a waiting task holds in this lab at least. */
const EXPECTED = {
  apart: ['interpreters', 'processes'],
  holds: /** @type {Record<string, number>} */ ({ sequential: 0, threads: 262_144, 'threads-gil': 262_144, interpreters: 327_680, processes: 2_097_152, async: 1024 }),
};

/** @type {Record<Answers['waits'], Record<Answers['shares'], string[]>>} */
const PREFERENCE = {
  computing: {
    nothing: ['sequential', 'processes', 'interpreters', 'threads', 'async', 'threads-gil'],
    reads: ['sequential', 'threads', 'processes', 'interpreters', 'async', 'threads-gil'],
    changes: ['sequential', 'threads', 'interpreters', 'processes', 'async', 'threads-gil'],
  },
  waiting: {
    nothing: ['sequential', 'threads-gil', 'async', 'threads', 'interpreters', 'processes'],
    reads: ['sequential', 'threads-gil', 'async', 'threads', 'interpreters', 'processes'],
    changes: ['sequential', 'async', 'threads-gil', 'threads', 'interpreters', 'processes'],
  },
  both: {
    nothing: ['sequential', 'threads-gil', 'processes', 'interpreters', 'threads', 'async'],
    reads: ['sequential', 'threads-gil', 'threads', 'processes', 'interpreters', 'async'],
    changes: ['sequential', 'threads-gil', 'threads', 'async', 'interpreters', 'processes'],
  },
};

/** Tens of thousands that wait are what an event loop is for. @param {Answers} answers */
function preferenceOf({ waits, shares, tasks }) {
  const order = PREFERENCE[waits][shares];
  return waits === 'waiting' && tasks === 'thousands' ? ['async', ...order.filter((method) => method !== 'async')] : order;
}

/** What a person calls them. @type {Record<string, { title: string, python: string }>} */
export const NAMES = {
  sequential: { title: 'One after another', python: 'no concurrency' },
  threads: { title: 'Threads', python: 'threading, free-threaded build' },
  'threads-gil': { title: 'Threads under a GIL', python: 'ThreadPoolExecutor' },
  interpreters: { title: 'Interpreters', python: 'InterpreterPoolExecutor' },
  processes: { title: 'Processes', python: 'ProcessPoolExecutor' },
  async: { title: 'An event loop', python: 'asyncio' },
};

/**
 * @typedef {{ method: string, title: string, python: string, seconds: number, low: number, high: number, alike: boolean, reasons: string[], caveats: string[] }} Ranked
 *   `seconds`: reckoned for the job, `low`, `high`: its interval; `alike`: as good as the first
 * @typedef {{ ranked: Ranked[], headline: string, remarks: string[], lacks: string[], excluded: { method: string, reason: string }[] }} Recommendation
 */

/** @param {Answers} answers @param {Numbers} numbers @returns {Recommendation} */
export function recommend(answers, numbers) {
  const count = COUNTS[answers.tasks];
  const job = JOBS[answers.waits][answers.tasks];
  const order = preferenceOf(answers);
  const open = numbers.methods.filter(({ reason }) => reason === null);
  const reckoned = open.map((one) => ({ one, time: reckon(one, job, count, answers, numbers) })).sort((a, b) => a.time.value - b.time.value);
  const rank = (/** @type {string} */ method) => order.indexOf(method);
  const alike = asGood(reckoned, answers, count).sort((a, b) => rank(a.one.method) - rank(b.one.method));
  const ordered = [...alike, ...reckoned.filter((each) => !alike.includes(each))];
  const ranked = ordered.map(({ one, time }) => ({
    method: one.method,
    title: NAMES[one.method]?.title ?? one.method,
    python: NAMES[one.method]?.python ?? '',
    seconds: time.value,
    low: time.low,
    high: time.high,
    alike: alike.some((each) => each.one === one),
    reasons: reasonsFor(one, answers, count, job, numbers),
    caveats: caveatsOf(one, answers, numbers),
  }));
  return {
    ranked,
    headline: headline(ranked, answers, count, job),
    remarks: [...(answers.waits === 'waiting' && roomFirst(reckoned, ranked[0], count) ? [`It comes first because all ${count.toLocaleString('en')} have room to wait at once; where it was slower in the run on pages, a few were waiting.`] : []), ...remarksOn(numbers, answers, job)],
    lacks: lacking(open, answers),
    excluded: numbers.methods.flatMap(({ method, reason }) => (reason === null ? [] : [{ method, reason }])),
  };
}

// ---- the reckoning ----

/** @typedef {{ one: MethodNumbers, time: Bounded }} Reckoned  `time`: seconds */

/** @param {MethodNumbers} one @param {{ computes: number, waits: number }} job @param {number} count @param {Answers} answers @param {Numbers} numbers @returns {Bounded} */
function reckon(one, job, count, answers, numbers) {
  const { method, io } = one;
  const factor = cpuInterval(one, numbers);
  const waiting = Math.ceil(count / waitsAtOnce(one, count)) * job.waits;
  const crossing = answers.shares === 'changes' && EXPECTED.apart.includes(method) ? 2 * count * (one.cross?.value ?? 0.0001) : 0;
  const handing = one.management?.value ?? 0;
  const measured = answers.waits === 'computing' ? null : (io ?? likeOthers(method, numbers));
  const time = (/** @type {number} */ faster, /** @type {number} */ each) => {
    const computing = (count * job.computes) / faster;
    // One after another nothing overlaps; elsewhere some wait while others compute.
    return (method === 'sequential' ? computing + waiting : Math.max(computing, waiting)) + count * each + crossing;
  };
  return { value: time(factor.value, measured?.each ?? handing), low: time(factor.high, measured?.eachLow ?? handing), high: time(factor.low, measured?.eachHigh ?? handing) };
}

/**
 * What a page costs beside the waiting where it was not measured, but was with others: up to the most that it did, so
 * that what nobody measured is not faster than what somebody did.
 * @param {string} method @param {Numbers} numbers
 */
function likeOthers(method, { methods }) {
  const others = methods.flatMap((one) => (one.io && one.method !== 'sequential' ? [one.io] : []));
  if (method === 'sequential' || others.length === 0) return null;
  return { each: most(others.map(({ each }) => each)), eachLow: least(others.map(({ eachLow }) => eachLow)), eachHigh: most(others.map(({ eachHigh }) => eachHigh)) };
}

/**
 * Those as good as the fastest. One after another is it only by its time: an interval as wide as all of it says nothing
 * for waiting in turn.
 * @param {Reckoned[]} reckoned by their times @param {Answers} answers @param {number} count
 */
function asGood(reckoned, { waits }, count) {
  const holdsAll = (/** @type {Reckoned} */ { one }) => one.method !== 'sequential' && roomFor(one) >= count;
  const open = waits === 'waiting' && reckoned.some(holdsAll) ? reckoned.filter(holdsAll) : reckoned;
  const best = open[0];
  if (!best) return [];
  const alike = open.filter(({ one, time }) => time.value <= best.time.value * ALIKE || (one.method !== 'sequential' && best.one.method !== 'sequential' && mayBeOne(ratioOf(time, best.time))));
  const threads = (/** @type {Reckoned} */ { one }) => one.method === 'threads' || one.method === 'threads-gil';
  return waits === 'waiting' && alike.some(threads) ? open.filter((each) => alike.includes(each) || threads(each)) : alike;
}

/**
 * How many times as fast as one thread it computes. 1 when the number is in doubt: when its interval does not say that
 * it is faster or slower, or it is more than can be, whatever a busy machine made of the run.
 * @param {MethodNumbers} one
 * @param {Numbers} numbers
 */
export const cpuFactor = (one, numbers) => cpuInterval(one, numbers).value;

/** @param {MethodNumbers} one @param {Numbers} numbers @returns {Bounded} */
function cpuInterval(one, numbers) {
  const { method, cpu } = one;
  const exactly = (/** @type {number} */ value) => ({ value, low: value, high: value });
  if (method === 'sequential') return exactly(1);
  const parallel = PARALLEL.includes(method);
  if (!cpu) return exactly(parallel ? Math.max(1, Math.min(numbers.cores ?? 2, 4)) : 1);
  if (doubtOf(one) || holdsOne(cpu) || cpu.value <= 0) return exactly(1);
  const within = (/** @type {number} */ value) => Math.min(value, parallel ? cpu.workers : 1);
  return { value: within(cpu.value), low: within(cpu.low || cpu.value), high: within(cpu.high ?? cpu.value) };
}

/** Of so many tasks, how many can wait at once. @param {MethodNumbers} one @param {number} count */
function waitsAtOnce(one, count) {
  return one.method === 'sequential' ? 1 : Math.max(1, Math.min(count, roomFor(one)));
}

/** How many that wait fit into MEMORY_BYTES. @param {MethodNumbers} one */
function roomFor(one) {
  const each = holdsEach(one);
  return each > 0 ? Math.floor(MEMORY_BYTES / each) : Infinity;
}

/** Bytes for each task that waits. @param {MethodNumbers} one */
function holdsEach({ method, load, memory }) {
  if (load && load.atOnce > 0) return load.bytes / load.atOnce;
  return memory?.value ?? EXPECTED.holds[method] ?? 0;
}

// ---- the words ----

const NBSP = '\u00a0';
/** @param {number} count */
const tasksOf = (count) => `${count.toLocaleString('en')}${NBSP}tasks`;
/** @param {{ low: number | null, high: number | null }} interval */
const between = ({ low, high }) => (low !== null && high !== null ? ` (${range(low, high)})` : '');

/** @param {MethodNumbers} one @param {Answers} answers @param {number} count @param {{ computes: number, waits: number }} job @param {Numbers} numbers */
function reasonsFor(one, answers, count, job, numbers) {
  const { method, cpu, io, management, cross } = one;
  const reasons = [];
  if (job.computes > 0 && answers.waits !== 'waiting' && method !== 'sequential') {
    if (cpu) {
      const who = method === 'async' ? 'It' : `${cpu.workers} workers`;
      const doubt = doubtOf(one);
      const which = doubt === 'impossible' ? `, which is not sure: ${PARALLEL.includes(method) ? 'it is more than they can' : 'one at a time computes'}` : doubt === 'unsure' || holdsOne(cpu) ? ', which is no certain difference' : '';
      reasons.push(`${who} computed at ${times(cpu.value)} the pace of one thread${between(cpu)}${which}.`);
    } else
      reasons.push(PARALLEL.includes(method) ? 'Computes in parallel by its nature, as far as there are cores; not measured here yet.' : 'Computes one task at a time by its nature; not measured here yet.');
  }
  if (answers.waits !== 'computing') {
    if (method === 'sequential') reasons.push('Waits for one thing at a time.');
    else {
      if (io) reasons.push(`Read ${io.tasks} pages at ${times(io.value)} the sequential pace${between(io)}${method === 'async' ? ' on one thread' : ` with ${io.workers} workers`}; beside the waiting each cost ${seconds(io.each)}.`);
      else reasons.push('Waits for many things at once by its nature; not measured here yet.');
      const each = holdsEach(one);
      const measured = one.load ?? one.memory;
      const fit = roomFor(one);
      if (count >= COUNTS.hundreds && each > 0)
        reasons.push(`${count.toLocaleString('en')} that wait at once would hold ${bytes(each * count)}, ${bytes(each)} each${measured ? '' : ' as a rule'}${fit < count ? `; in 1${NBSP}GiB there is room for ${fit.toLocaleString('en')}` : ''}.`);
    }
  }
  if (answers.shares === 'changes' && EXPECTED.apart.includes(method))
    reasons.push(cross ? `Every change has to cross to the others: ${seconds(cross.value)} there and back, reckoned twice for each task.` : 'Every change has to cross to the others; what that costs is not measured here yet.');
  else if (management && (answers.waits === 'computing' || !io) && count >= COUNTS.hundreds && method !== 'sequential') reasons.push(`Handing over costs ${seconds(management.value)} a task, ${seconds(management.value * count)} for ${tasksOf(count)}.`);
  if (method === 'sequential' && answers.waits === 'computing')
    reasons.push(numbers.methods.some((other) => other.cpu && cpuFactor(other, numbers) > 1) ? 'Nothing to set up, share or go wrong; but one core at a time.' : 'Nothing to set up, share or go wrong.');
  return reasons;
}

/** @param {MethodNumbers} one @param {Answers} answers @param {Numbers} numbers */
function caveatsOf({ method, startup, freeze, cpu }, answers, { gil, methods }) {
  const caveats = [];
  if (method === 'threads') {
    const under = methods.find((other) => other.method === 'threads-gil')?.cpu;
    caveats.push(`In Python this needs a free-threaded build, which is new, and so are its libraries; under the usual GIL${under ? ` threads computed at ${times(under.value)}` : ' threads do not compute in parallel'}.`);
  }
  if ((method === 'threads' || method === 'threads-gil') && answers.shares === 'changes')
    caveats.push(method === 'threads' ? 'Whatever is changed together needs a lock.' : 'The GIL keeps the interpreter sound, not your data: a change in several steps needs a lock.');
  if (method === 'threads-gil') {
    if (answers.waits !== 'waiting') caveats.push('Only the thread that has the GIL computes.');
    if (answers.waits === 'both' && gil) caveats.push(`Beside a thread that computes, one that came back from I/O waited ${seconds(gil.response)} for the GIL in your run${gil.free === null ? '' : `, ${seconds(gil.free)} without one`}.`);
    caveats.push('Mature, and the least work to change to.');
  }
  if (method === 'interpreters') {
    caveats.push('New in Python: the executor came with 3.14, and many extension modules do not run in it yet.');
    if (answers.shares !== 'nothing') caveats.push('Data crosses by copy; there is nothing to share it in.');
  }
  if (method === 'processes') {
    caveats.push(`Starting one takes ${startup ? `${startup.below ? 'less than ' : ''}${seconds(startup.value)}` : 'long'}, so keep them; functions and data must be sendable as bytes.`);
    if (answers.shares === 'reads') caveats.push('Each needs a copy of the common data, or a file that all map.');
    if (answers.shares === 'changes') caveats.push('They share nothing: one must own the data and the others ask it.');
    else caveats.push('The best isolated: a crash ends one worker, not the program.');
  }
  if (method === 'async') {
    caveats.push('The code has to be written for it, libraries too; it is younger than threading and harder to get right.');
    if (answers.waits !== 'waiting') caveats.push(`While one task computes, all others stand still${freeze ? `: the spinner froze for ${seconds(freeze.value)} in your run` : ''}.`);
    if (answers.waits !== 'waiting' && !cpu) caveats.push('It cannot compute in parallel.');
    if (answers.shares === 'changes') caveats.push('Between two awaits nobody else runs, so what is changed there needs no lock.');
  }
  return caveats;
}

/** @param {Ranked[]} ranked @param {Answers} answers @param {number} count @param {{ computes: number, waits: number }} job */
function headline(ranked, answers, count, job) {
  const first = ranked[0];
  if (!first) return 'No method can run here.';
  const others = ranked.filter((one) => one.alike && one !== first).map((one) => one.title.toLowerCase().replace('gil', 'GIL'));
  const each = [job.computes >= 0.001 ? `${seconds(job.computes)} of computing` : '', job.waits > 0 ? `${seconds(job.waits)} of waiting` : ''].filter(Boolean);
  const same = others.length > 0 ? ` ${capital(list(others))} would take about as long.` : '';
  const share = answers.shares === 'nothing' ? 'sharing nothing' : answers.shares === 'reads' ? 'reading common data' : 'changing common data';
  return `${tasksOf(count)} with ${list(each)} each, ${share}: about ${duration(first.seconds)}.${same}`;
}

/** Others are faster and yet behind: they have not room for all. @param {Reckoned[]} reckoned @param {Ranked | undefined} first @param {number} count */
const roomFirst = (reckoned, first, count) => first !== undefined && reckoned.some(({ one, time }) => time.value < first.seconds && roomFor(one) < count);

/** What holds for all of them. @param {Numbers} numbers @param {Answers} answers @param {{ computes: number, waits: number }} job */
function remarksOn(numbers, answers, job) {
  const remarks = [];
  const parallel = numbers.methods.filter(({ method, cpu, reason }) => reason === null && cpu && PARALLEL.includes(method));
  const impossible = parallel.filter((one) => doubtOf(one) === 'impossible');
  if (answers.waits !== 'waiting' && impossible.length > 0)
    remarks.push(`More than can be: ${list(impossible.map(({ method, cpu }) => `${method} computed at ${times(cpu?.value)}`))}. The machine was busy: measure again. Until then this counts as no gain.`);
  else if (answers.waits !== 'waiting' && parallel.length > 0 && parallel.every((one) => cpuFactor(one, numbers) <= 1)) {
    const best = parallel.reduce((a, b) => ((a.cpu?.value ?? 0) >= (b.cpu?.value ?? 0) ? a : b));
    const why = numbers.cores === 1 ? 'it has one core' : numbers.parallelism !== null && numbers.parallelism < 1.2 ? `its ${numbers.cores ?? ''} cores together did ${significant(numbers.parallelism)} times the work of one` : 'its cores may be busy';
    remarks.push(`Nothing computed in parallel on this machine (${best.method} ${times(best.cpu?.value)}${between(best.cpu ?? { low: null, high: null })}): ${why.replace('  ', ' ')}. More workers would only take turns here.`);
  }
  if (answers.waits === 'both' && answers.tasks !== 'few' && job.computes > 0) remarks.push('Both can be had together: an event loop for the waiting, and a pool of processes or interpreters that it hands the computing to.');
  return remarks;
}

/** @type {Record<string, string>} */
const LACK = { cpu: 'the speed-up on computing', io: 'the pace of reading pages', load: 'what waiting tasks hold', management: 'the cost of handing tasks over', cross: 'the cost of crossing' };

/** Which numbers this answer would follow from and are not there. @param {MethodNumbers[]} open @param {Answers} answers */
function lacking(open, answers) {
  /** @type {(keyof typeof LACK)[]} */
  const wanted = [];
  if (answers.waits !== 'waiting') wanted.push('cpu');
  if (answers.waits !== 'computing') wanted.push('io', 'load');
  if (answers.tasks !== 'few') wanted.push('management');
  if (answers.shares === 'changes') wanted.push('cross');
  return wanted.flatMap((column) => {
    const without = open.filter((one) => one.method !== 'sequential' && one[/** @type {Column | 'io'} */ (column)] === null && (column !== 'cross' || EXPECTED.apart.includes(one.method)));
    return without.length === 0 ? [] : [`${LACK[column]} (${list(without.map(({ method }) => method))})`];
  });
}

/** @param {number} value seconds */
export function duration(value) {
  return value >= 120 ? `${significant(value / 60, 2)}${NBSP}minutes` : `${significant(value, 2)}${NBSP}s`;
}

/** @param {string} text */
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
