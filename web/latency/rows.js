// The rows of `lab latency` in their order, and the numbers that everybody knows. Pure.
//
// The page shows the classic numbers before anything was measured; what a row really is here, and its number,
// come from the core. A test holds the two against each other.

/**
 * @typedef {'memory' | 'sync' | 'tasks' | 'outside'} Group
 * @typedef {{ name: string, label: string, group: Group, classicSeconds: number | null }} Known
 */

/** @type {readonly { name: Group, title: string }[]} */
export const GROUPS = [
  { name: 'memory', title: 'Memory' },
  { name: 'sync', title: 'Synchronising' },
  { name: 'tasks', title: 'An empty task, from submit to result' },
  { name: 'outside', title: 'Outside the program' },
];

/** What the ladder of caches draws, and only these. */
export const LADDER = ['l1-cache', 'l2-cache', 'l3-cache', 'main-memory'];

/** Nanoseconds: what the table of latency numbers says. */
const CLASSIC = /** @type {Record<string, number>} */ ({
  'l1-cache': 0.5, 'l2-cache': 7, 'main-memory': 100, 'read-1mb': 250_000, 'read-64mb': 16_000_000, 'branch-mispredict': 5, mutex: 25,
  'storage-read-1mb': 1_000_000, 'send-2kb-network': 20_000,
  'ssd-random-read': 150_000, 'datacenter-round-trip': 500_000, 'disk-seek': 10_000_000, 'read-1mb-disk': 20_000_000,
  'packet-around-the-world': 150_000_000,
});

/** @type {Record<Group, [name: string, label: string][]>} */
const LABELS = {
  memory: [
    ['l1-cache', 'L1 cache'], ['l2-cache', 'L2 cache'], ['l3-cache', 'L3 cache'], ['main-memory', 'Main memory'],
    ['read-1mb', 'Read 1 MB in order'], ['read-64mb', 'Read 64 MB in order'],
    ['branch-mispredict', 'Branch mispredicted'], ['divide-64', '64-bit division'],
    ['atomic-add', 'Atomic add'], ['atomic-add-contended', 'Atomic add, contended'],
    ['false-sharing', 'False sharing'], ['padded-counters', 'Padded counters'],
  ],
  sync: [
    ['mutex', 'Mutex'], ['mutex-contended', 'Mutex, contended'],
    ['futex-parked', 'Hand-over, parked'], ['futex-spinning', 'Hand-over, spinning'], ['gil-hand-over', 'GIL hand-over'], ['queue-hop', 'Queue hop'],
    ['thread-start', 'Start a thread'], ['process-start-cold', 'Start a process, cold'], ['process-start-warm', 'Start a process, warm'],
    ['wasm-instantiate', 'WebAssembly instance'], ['pipe-round-trip', 'Pipe, there and back'],
    ['message-0b', 'Message, empty'], ['message-1kb', 'Message, 1 KB'], ['message-1mb', 'Message, 1 MB copied'],
    ['message-1mb-transfer', 'Message, 1 MB moved'], ['clone-1mb', 'Structured clone, 1 MB'],
    ['coroutine-switch', 'Coroutine switch'], ['async-turn', 'Turn of the loop'],
  ],
  tasks: [
    ['task-sequential', 'sequential'], ['task-threads', 'threads'], ['task-threads-gil', 'threads-gil'],
    ['task-interpreters', 'interpreters'], ['task-processes', 'processes'], ['task-async', 'async'],
  ],
  outside: [
    ['fetch-cache', 'Fetch from the cache'], ['fetch-network', 'Fetch from the server'],
    ['storage-write-4kb', 'Store 4 KB'], ['storage-read-4kb', 'Read 4 KB back'], ['storage-write-1mb', 'Store 1 MB'], ['storage-read-1mb', 'Read 1 MB back'],
    ['send-2kb-network', 'Send 2 KB, 1 Gbit/s'], ['ssd-random-read', 'SSD random read'], ['datacenter-round-trip', 'Datacentre round trip'],
    ['disk-seek', 'Disk seek'], ['read-1mb-disk', 'Read 1 MB from disk'], ['packet-around-the-world', 'California–Europe–back'],
  ],
};

/** @type {readonly Known[]} */
export const ROWS = GROUPS.flatMap(({ name: group }) =>
  LABELS[group].map(([name, label]) => {
    const ns = CLASSIC[name];
    return { name, label, group, classicSeconds: ns === undefined ? null : ns / 1e9 };
  }),
);

/** @param {string} name */
export function known(name) {
  return ROWS.find((row) => row.name === name) ?? null;
}

/** The rows that a list of rows and groups names, in the page's order; all without one. @param {readonly string[]} only */
export function chosen(only) {
  return only.length === 0 ? [...ROWS] : ROWS.filter((row) => only.includes(row.name) || only.includes(row.group));
}

/** The method whose task a row is: it has that method's colour. @param {string} name */
export function methodOf(name) {
  return name.startsWith('task-') ? name.slice('task-'.length) : null;
}
