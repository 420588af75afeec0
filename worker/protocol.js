// The messages between a page (or the Node host's user) and the host that carries the core.
// Shapes only; the behaviour is in session.js (the run), browser-host.js, solo-host.js and node-host.js.
// Further down: the messages between such a host and its processes (processes.js, isolate.js).
//
// A run is one command line: the page sends the words that a person would type after `lab`, and
// gets back what the command printed. So the page, Node and the native binary cannot drift apart.

/**
 * To the host: run these words. `files` are the files that the words may name (`--urls`, `--numbers`).
 * Without `wants` a host sends events and what is live, and all text at the end. `wants.text`: text at once, as
 * WriteMessages. `terminal`: progress may redraw its line.
 * @typedef {{ events?: boolean, live?: boolean, text?: boolean, terminal?: boolean }} Wants
 * @typedef {{ type: 'run', run: number, argv: string[], files?: Record<string, string>, wants?: Wants }} RunMessage
 */
/**
 * To the host: stop the run as soon as it can; `done` follows, with what was measured until then.
 * @typedef {{ type: 'stop', run: number }} StopMessage
 */
/**
 * To the host: the switch interval of the GIL, in microseconds, for the run under way if it has one (`lab gil`).
 * @typedef {{ type: 'switch-interval', run: number, us: number }} SwitchIntervalMessage
 */
/**
 * To the host in a browser: the page is in sight or hidden from now on, and was frozen for so long since it was last said. Said when it
 * changes, during a run.
 * @typedef {{ type: 'absence', run: number, hidden: boolean, frozenMs: number }} AbsenceMessage
 */
/**
 * To the host: how many Workers are there below it? For tests.
 * @typedef {{ type: 'count' }} CountMessage
 */
/**
 * To the host in a browser: a Worker that the page made for it failed.
 * @typedef {{ type: 'worker-error', id: number, message: string }} WorkerErrorMessage
 */
/**
 * To the host: the answer to a look: what it shows has been drawn, and nothing more will be until the next. `busy`: when
 * the page's main thread was busy since the last one, pairs of begin and end in milliseconds since 1970.
 * @typedef {{ type: 'looked', run: number, busy: number[] }} LookedMessage
 */
/** @typedef {RunMessage | StopMessage | SwitchIntervalMessage | LookedMessage | CountMessage} ToHost */
/**
 * Somebody is about to run something: the Workers of its first pools are made ready, now and after each run.
 * @typedef {{ type: 'prepare', processes: boolean }} PrepareMessage  processes: such pools too, whose program is then loaded
 */
/**
 * To the host of an isolated page, once: the core's program, compiled. Null: it has to load it by itself.
 * @typedef {{ type: 'program', module: WebAssembly.Module | null }} ProgramMessage
 */
/** @typedef {ToHost | AbsenceMessage | PrepareMessage | ProgramMessage | WorkerErrorMessage} ToBrowserHost */

/**
 * From the host, once: it can take runs. `isolated` is false for the host without shared memory.
 * @typedef {{ type: 'ready', isolated: boolean, build?: string }} ReadyMessage
 */
/**
 * From the host, a few times a second: what happened since the last look. The core measures nothing until it is answered
 * (LookedMessage), but in `lab gil`. `live` is empty where it is not wanted.
 * @typedef {{ type: 'look', run: number, events: CoreEvent[], live: Live }} LookMessage
 */
/**
 * From the host: something the core reports at once, where nothing is measured that it could disturb (`lab spin`'s
 * frames, `lab futures`).
 * @typedef {{ type: 'event', run: number, event: CoreEvent }} EventMessage
 */
/**
 * New lanes, new trace events, finished picture tiles.
 * `events` holds 16-byte records, little-endian: u64 time (ns), u32 task, u8 kind, u8 argument, u16 lane
 * (core/trace/trace.h). Sorted by time within a lane only. `lost` counts events overwritten unread.
 * `tiles` holds records of u32 cell, u32 task, u16 lane, u16 x, u16 y, u16 width, u16 height, u16 limit,
 * then width × height u16 iteration counts (`limit` = inside the set), padded to 4 bytes.
 * @typedef {{ lanes: Lane[], events: ArrayBuffer, lost: number, tiles: ArrayBuffer }} Live
 */
/**
 * From the host, if the run wants it: text for fd 1 (stdout) or 2 (stderr).
 * @typedef {{ type: 'write', run: number, fd: number, text: string }} WriteMessage
 */
/**
 * From the host: what the run's result is so far, as the file that its words named ('-': stdout), in place of what was
 * told before; no name: none, because it is being delivered. Whoever finds the core dead delivers it. Told with a look,
 * where there are looks, or when the run is to stop or the core has died.
 * @typedef {{ type: 'kept', run: number, name: string, text: string }} KeptMessage
 */
/**
 * From the host, while a run that was to stop has not ended: something happened in it since the last time. Who waits for
 * its end need not lose patience.
 * @typedef {{ type: 'alive', run: number }} AliveMessage
 */
/**
 * From the host: the run ended. `status` is the exit status (0 done and verified, 1 failed, 2 wrong words),
 * `out` what went to stdout (the JSON document with `--json -`), `err` the lines for stderr; both are empty if
 * it was sent before. `files`: what the words had written (`--json FILE`, `--trace FILE`) where there are no
 * files, which is in browsers; absent if nothing was.
 * @typedef {{ type: 'done', run: number, status: number, out: string, err: string, stopped: boolean,
 *             files?: Record<string, string> }} DoneMessage
 */
/**
 * From the host: the core itself died (a trap in a thread, memory that ran out). The host is of no more
 * use and ends; make a new one.
 * @typedef {{ type: 'crashed', run: number | null, message: string }} CrashedMessage
 */
/**
 * From a host in a browser: make a Worker of that name out of worker/relay.js, and send it `{ url, port }`; end it.
 * Whoever ends the host ends its Workers.
 * @typedef {{ type: 'worker', id: number, url: string, name: string, port: MessagePort }} WorkerMessage
 * @typedef {{ type: 'end-worker', id: number }} EndWorkerMessage
 */
/** @typedef {ReadyMessage | EventMessage | LookMessage | KeptMessage | AliveMessage | DoneMessage | CrashedMessage} FromHost */
/** @typedef {WorkerMessage | EndWorkerMessage} AboutWorkers */
/** From the host: the answer to `count`. `heapBytes`: what its own JavaScript holds, if it can know (Node).
 * @typedef {{ type: 'workers', count: number, heapBytes?: number }} WorkersMessage */
/** What only those get who ask for it. @typedef {WriteMessage | WorkersMessage} FromHostOnRequest */

/**
 * @typedef {{ id: number, name: string, role: 'coordinator' | 'thread' | 'process' | 'loop', method: string, workers: number }} Lane
 */

/**
 * What the core reports, one JSON object each. Each command has types of its own: web/NAME/types.js.
 * @typedef {{ type: string, [member: string]: any }} CoreEvent
 */

export const TRACE_KINDS = /** @type {const} */ ([
  'none', 'submit', 'start', 'end', 'block', 'unblock', 'await', 'resume', 'sample',
  'gil-want', 'gil-take', 'gil-timeout', 'gil-release', 'gil-yield',
]);
export const WAIT_REASONS = /** @type {const} */ ([
  'none', 'fetch', 'sleep', 'lock', 'pipe', 'future', 'turn',
]);
export const TRACE_EVENT_BYTES = 16;

/**
 * Addresses in lab.wasm's memory, as struct lab_host_spawn gives them. `closed`: one word, 1 once they must not be
 * touched any more. `lock`: a name in navigator.locks to hold for life, before they are touched; '' where there are none.
 * @typedef {{ buffer: SharedArrayBuffer, input: number, output: number, bell: number, answer: number, grant: number,
 *             closed: Int32Array, lock: string }} SharedPipes
 */
/** To a process, first: its program; null pipes: bytes come and go as messages. @typedef {{ type: 'start', module: WebAssembly.Module, pipes: SharedPipes | null }} ChildStart */
/** To a process without pipes: bytes for its stdin. @typedef {{ type: 'input', bytes: Uint8Array }} ChildInput */
/** @typedef {ChildStart | ChildInput} ToChild */

/**
 * From a process. One of exit, trap and failed is its last: it touches no pipe any more.
 * `fetch`, `cancel`: only with pipes; the answer goes into the shared words, and `taken` says it was copied.
 * @typedef {{ type: 'started' }
 *   | { type: 'output', bytes: Uint8Array }
 *   | { type: 'text', fd: number, bytes: Uint8Array }
 *   | { type: 'fetch', request: number, order: { timeoutMs: number, maxBytes: number, url: string } }
 *   | { type: 'cancel', request: number }
 *   | { type: 'taken' }
 *   | { type: 'exit', code: number }
 *   | { type: 'trap', reason: string }
 *   | { type: 'failed', reason: string }} FromChild
 */
