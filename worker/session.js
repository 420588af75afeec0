// Runs, one at a time, on one core: the part of protocol.js that all hosts have in common. A host gives it the
// core's side (Program) and what differs between hosts (Place), and passes messages on.

import { ERRORS } from './abi.js';
import { send } from './scope.js';

/** @import { Adapter } from './host.js' */
/** @import { AbsenceMessage, FromHost, FromHostOnRequest, KeptMessage, LookedMessage, RunMessage, StopMessage, SwitchIntervalMessage, Wants } from './protocol.js' */
/** @import { View } from './view.js' */

const ALIVE_MS = 250;
const utf8 = new TextDecoder();

/**
 * The core as a session drives it.
 * @typedef {object} Program
 * @property {(block: Uint8Array) => number} command  0, or a code
 * @property {() => void} stop
 * @property {() => number} progress  a number that changes while something happens in it
 * @property {(us: number) => void} [switchInterval]  of the GIL; not where there is none
 * @property {(hidden: boolean, frozenMs: number) => void} [absent]  of the page around it
 * @property {() => void} [rest]  a run is over
 */
/**
 * What the place gives to a run: settings (core/platform/command.h), files, web pages.
 * @typedef {object} Place
 * @property {() => Record<string, string | number>} settings
 * @property {(argv: string[]) => Promise<void>} [prepare]  done before a command: what the core will want at once
 * @property {Pick<Adapter, 'openSite' | 'closeSite'>} site
 * @property {{ read: (name: string) => Uint8Array, write: (name: string, bytes: Uint8Array, append: boolean) => void, check: (name: string) => void,
 *   checkOther: (name: string, other: string) => void } | null} files
 *   null: only those that came with the run, and what is written goes back with `done`
 */

/**
 * @typedef {object} Current
 * @property {number} run
 * @property {Wants} wants
 * @property {Record<string, string>} files
 * @property {Record<string, string> | undefined} written
 * @property {string[][]} text  by fd
 * @property {TextDecoder[]} decoders  by fd: a character may come in two writes
 * @property {boolean} begun  the core has the command
 * @property {boolean} stopping
 * @property {((answer: Uint8Array) => void) | null} looked  they are looking: takes their answer
 * @property {boolean} looks  they have been shown something, and will be again
 * @property {KeptMessage | null} kept  the result so far, which they have not been told
 * @property {boolean} hidden  the page, before the core had the command; it was frozen until then for frozenMs
 * @property {number} frozenMs
 */

/** @type {(message: FromHost | FromHostOnRequest, transfer?: Transferable[]) => void} */
const tell = send;

/** Between two looks nobody may be told anything. @param {Current} current */
const watched = ({ wants }) => Boolean(wants.events || wants.terminal);

export class Session {
  /** @type {Current | null} */
  #current = null;
  /** @type {Program | null} */
  #program = null;
  #place;

  /** @param {Place} place */
  constructor(place) {
    this.#place = place;
  }

  /** The core is there and can take runs. @param {Program} program @param {boolean} isolated */
  begin(program, isolated) {
    this.#program = program;
    tell({ type: 'ready', isolated, build: '__BUILD_VERSION__' });
  }

  /** @param {RunMessage} message */
  run({ run, argv, files = {}, wants = { events: true, live: true } }) {
    const refuse = (/** @type {number} */ status, /** @type {string} */ why) => tell({ type: 'done', run, status, out: '', err: `lab: ${why}\n`, stopped: false });
    if (this.#current) return refuse(2, 'a run is under way already; stop it or wait for its end');
    if (!this.#program) return refuse(1, 'the core is not there yet');
    if (argv.some(word => word.includes('\0'))) return refuse(2, 'a word must not contain a zero byte');
    /** @type {Current} */
    const current = {
      run, wants, files, written: undefined, begun: false, stopping: false, hidden: false, frozenMs: 0, text: [[], [], []],
      decoders: [new TextDecoder(), new TextDecoder(), new TextDecoder()],
      looked: null, looks: false, kept: null,
    };
    this.#current = current;
    const program = this.#program;
    const begin = () => {
      if (this.#current !== current) return;
      if (current.stopping) return this.#done(1, true);
      const code = program.command(this.#command(argv, wants));
      current.begun = code === 0;
      if (current.begun && (current.hidden || current.frozenMs > 0)) program.absent?.(current.hidden, current.frozenMs);
      if (code === 0) return;
      this.#over();
      refuse(1, code === ERRORS.LAB_E_NOMEM ? 'out of memory for the command line' : `the core does not take commands (${code})`);
    };
    const { prepare } = this.#place;
    if (prepare) prepare(argv).then(begin);
    else begin();
  }

  /** Settings, an empty string, words, each with its zero: what lab_command() takes. @param {string[]} argv @param {Wants} wants */
  #command(argv, wants) {
    const settings = { ...this.#place.settings(), events: Number(wants.events ?? false), live: Number(wants.live ?? false), terminal: Number(wants.terminal ?? false) };
    const lines = Object.entries(settings).map(([name, value]) => `${name}=${String(value).replaceAll('\0', '')}`);
    return new TextEncoder().encode([...lines, '', ...argv].map(word => `${word}\0`).join(''));
  }

  /** @param {StopMessage} message */
  stop({ run }) {
    const current = this.#current;
    if (current?.run !== run) return; // it has ended meanwhile
    current.stopping = true;
    if (!current.begun) return;
    this.#tellKept(current);
    this.#program?.stop();
    this.#watch(current);
  }

  /** @param {Current} current */
  #tellKept(current) {
    if (current.kept) tell(current.kept);
    current.kept = null;
  }

  /** Says that a run which is to stop is on its way, as long as anything happens in it. @param {Current} current */
  #watch(current) {
    let before = -1;
    const look = () => {
      if (this.#current !== current) return clearInterval(timer);
      const now = this.#program?.progress() ?? 0;
      if (now !== before) tell({ type: 'alive', run: current.run });
      before = now;
    };
    const timer = setInterval(look, ALIVE_MS);
  }

  /** @param {SwitchIntervalMessage} message */
  switchInterval({ run, us }) {
    const current = this.#current;
    if (current?.run !== run || !current.begun) return;
    this.#program?.switchInterval?.(us);
  }

  /** @param {AbsenceMessage} message */
  absence({ run, hidden, frozenMs }) {
    const current = this.#current;
    if (current?.run !== run) return;
    if (current.begun) this.#program?.absent?.(hidden, frozenMs);
    else Object.assign(current, { hidden, frozenMs: current.frozenMs + frozenMs });
  }

  /** @param {LookedMessage} message */
  looked({ run, busy }) {
    if (this.#current?.run === run) this.#looked(this.#current, new Uint8Array(Float64Array.from(busy).buffer));
  }

  /** @param {Current} current @param {Uint8Array} answer */
  #looked(current, answer) {
    const { looked } = current;
    current.looked = null;
    looked?.(answer);
  }

  /** The core died: nothing will be sent after this. @param {string} message */
  crash(message) {
    const current = this.#over();
    if (current) this.#tellKept(current);
    tell({ type: 'crashed', run: current?.run ?? null, message });
  }

  /** @returns {Adapter} what the host (host.js) does for the core */
  adapter() {
    const { site, files } = this.#place;
    return {
      ...site,
      write: (fd, bytes) => this.write(fd, bytes),
      event: json => {
        const current = this.#current;
        if (current?.wants.events) tell({ type: 'event', run: current.run, event: JSON.parse(utf8.decode(json)) });
      },
      show: view => this.#show(view),
      keep: (name, text) => {
        const current = this.#current;
        if (!current) return;
        current.kept = { type: 'kept', run: current.run, name, text };
        // Not in the middle of what is measured: with the next look, of a run that has looks.
        if (!name || current.stopping || !watched(current) || !current.looks) this.#tellKept(current);
      },
      done: (status, stopped) => this.#done(status, stopped),
      readFile: name => {
        const given = this.#current?.files;
        if (given && Object.hasOwn(given, name)) return new TextEncoder().encode(given[name]);
        if (files) return files.read(name);
        throw new Error(`${name}: no such file was given to this run`);
      },
      checkFile: name => files?.check(name),
      checkOther: (name, other) => files?.checkOther(name, other),
      // A file in pieces is cut between characters.
      writeFile: (name, bytes, append) => {
        if (files) return files.write(name, bytes, append);
        if (!this.#current) return;
        const written = (this.#current.written ??= {});
        written[name] = (append ? (written[name] ?? '') : '') + utf8.decode(bytes);
      },
    };
  }

  /** Text for people or programs. @param {number} fd @param {Uint8Array} bytes */
  write(fd, bytes) {
    const current = this.#current;
    if (!current || (fd !== 1 && fd !== 2)) return;
    this.#text(current, fd, current.decoders[fd].decode(bytes, { stream: true }));
  }

  /** @param {Current} current @param {number} fd @param {string} text */
  #text(current, fd, text) {
    if (!text) return;
    if (current.wants.text) tell({ type: 'write', run: current.run, fd, text });
    else current.text[fd].push(text);
  }

  /** @param {number} status @param {boolean} stopped */
  #done(status, stopped) {
    const current = this.#over();
    if (!current) return;
    this.#program?.rest?.();
    for (const fd of [1, 2]) this.#text(current, fd, current.decoders[fd].decode());
    const [, out, err] = current.text.map(parts => parts.join(''));
    tell({ type: 'done', run: current.run, status, out, err, stopped, ...(current.written && { files: current.written }) });
  }

  #over() {
    const current = this.#current;
    this.#current = null;
    if (current) this.#looked(current, new Uint8Array(0));
    return current;
  }

  /** @param {View} view @returns {Promise<Uint8Array>} */
  #show({ events, live }) {
    const current = this.#current;
    if (!current) return Promise.resolve(new Uint8Array(0));
    return new Promise(resolve => {
      current.looked = resolve;
      current.looks = true;
      this.#tellKept(current);
      tell({ type: 'look', run: current.run, events, live }, [live.events, live.tiles]);
    });
  }
}
