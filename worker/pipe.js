// The JavaScript twin of core/platform/pipe.h, which says how it works: a ring of bytes in shared memory with one writer
// and one reader, for an instance that cannot reach that memory itself. Here are the child's ends: the reader of what
// its parent writes, the writer of what its parent reads, and its leave to run tasks.
//
// Words of struct lab_pipe, u32 each:
//   0 head      the reader's: next byte to read
//   1           the reader's note, on which it sleeps: 1, or is about to
//  16 tail      the writer's: next byte to write
//  17           the writer's note, on which it sleeps, or which says that it waits for room in another way
//  18 capacity  a power of two, immutable
//  32 …         the bytes
//
// Atomics are sequentially consistent, which is what going to sleep needs and more than the rest does.
//
// `closed` is a word that the host sets to 1, and then wakes whoever waits here: a Closed is thrown, and the pipe is
// not touched again.

const HEAD = 0;
export const READER_SLEEPS = 1;
const TAIL = 16;
export const WRITER_SLEEPS = 17;
const CAPACITY = 18;
export const HEADER_BYTES = 128;

const CLOSED_MS = 1000; // between two looks at `closed`: it may be set just before somebody falls asleep
const LOOKS = 64; // at the ring between two at the clock
const PIECE = 32 << 10; // bytes that are copied before they are published: LAB_PIPE_PIECE
const SMALL = 512; // bytes that are copied word by word: a view costs more

export class Closed {}

/** @param {Int32Array | undefined} closed */
export function checkOpen(closed) {
  if (closed && Atomics.load(closed, 0)) throw new Closed();
}

/** Wakes whoever sleeps by this note. @param {Int32Array} words @param {number} note */
function wake(words, note) {
  if (Atomics.load(words, note) && Atomics.exchange(words, note, 0)) Atomics.notify(words, note);
}

/** What wakes the parent: struct lab_bell. */
export class Bell {
  #words;
  /** Something was published that it has not been woken for. */
  owed = false;

  /** @param {SharedArrayBuffer} buffer @param {number} address */
  constructor(buffer, address) {
    this.#words = new Int32Array(buffer, address, 2);
  }

  ring() {
    const SLEEPS = 1;
    this.owed = false;
    wake(this.#words, SLEEPS);
  }
}

/** What a child may do: struct lab_grant. */
export class Grant {
  #words;

  /** @param {SharedArrayBuffer} buffer @param {number} address */
  constructor(buffer, address) {
    this.#words = new Int32Array(buffer, address, 2);
  }

  /** Whether the next task may be run; false: it was taken back. */
  claim() {
    for (let word = Atomics.load(this.#words, 0); ; ) {
      const claimed = word & 0xffff;
      if (word >>> 16 === claimed) return false;
      const seen = Atomics.compareExchange(this.#words, 0, word, (word & ~0xffff) | ((claimed + 1) & 0xffff));
      if (seen === word) return true;
      word = seen;
    }
  }

  /** Milliseconds for which it may look for input before it sleeps. */
  get lookMs() {
    return Atomics.load(this.#words, 1) / 1e6;
  }
}

class Pipe {
  /**
   * @param {SharedArrayBuffer} buffer
   * @param {number} address  of the pipe in it
   * @param {{ bell?: Bell, grant?: Grant, closed?: Int32Array }} [ways]
   */
  constructor(buffer, address, { bell, grant, closed } = {}) {
    this.words = new Int32Array(buffer, address, HEADER_BYTES / 4);
    this.capacity = this.words[CAPACITY] >>> 0;
    this.bytes = new Uint8Array(buffer, address + HEADER_BYTES, this.capacity);
    this.bell = bell;
    this.grant = grant;
    this.closed = closed;
  }

  /**
   * Until a word is another than `seen`: looks for a while if it may, then sleeps. Returns the word.
   * @param {number} word @param {number} seen @param {number} note
   */
  await(word, seen, note) {
    const { words, closed } = this;
    const lookMs = this.grant?.lookMs ?? 0;
    let now;
    if (lookMs > 0) {
      const end = performance.now() + lookMs;
      do {
        for (let i = 0; i < LOOKS; i++) if ((now = Atomics.load(words, word)) !== seen) return now;
        checkOpen(closed);
      } while (performance.now() < end);
    }
    Atomics.store(words, note, 1);
    while ((now = Atomics.load(words, word)) === seen) {
      checkOpen(closed);
      if (this.bell?.owed) this.bell.ring();
      Atomics.wait(words, note, 1, CLOSED_MS);
      checkOpen(closed);
      Atomics.store(words, note, 1); // whoever woke us has taken it away
    }
    Atomics.store(words, note, 0);
    return now;
  }
}

export class PipeReader extends Pipe {
  /**
   * Reads what is there, at most target's length; waits for the first byte.
   * @param {Uint8Array} target
   * @returns {number}
   */
  read(target) {
    if (target.length === 0) return 0;
    const head = Atomics.load(this.words, HEAD);
    checkOpen(this.closed);
    let tail = Atomics.load(this.words, TAIL);
    if (tail === head) tail = this.await(TAIL, head, READER_SLEEPS);
    const n = Math.min((tail - head) >>> 0, target.length);
    for (let done = 0; done < n; ) {
      const at = (head + done) & (this.capacity - 1);
      const size = Math.min(n - done, this.capacity - at, PIECE);
      target.set(this.bytes.subarray(at, at + size), done);
      done += size;
      Atomics.store(this.words, HEAD, (head + done) | 0);
      // The writer is a parent, which sleeps on its bell.
      if (Atomics.load(this.words, WRITER_SLEEPS) && Atomics.exchange(this.words, WRITER_SLEEPS, 0)) {
        if (this.bell) this.bell.ring();
        else Atomics.notify(this.words, WRITER_SLEEPS);
      }
    }
    return n;
  }
}

export class PipeWriter extends Pipe {
  /**
   * Writes all of it; waits for room as often as need be.
   * @param {Uint8Array} source
   * @param {boolean} [urgent]  the reader is woken; otherwise it looks when it likes
   */
  write(source, urgent = true) {
    for (let done = 0; done < source.length; ) {
      const { tail, head } = this.#room();
      const at = tail & (this.capacity - 1);
      const n = Math.min(this.capacity - ((tail - head) >>> 0), source.length - done, this.capacity - at, PIECE);
      this.bytes.set(source.subarray(done, done + n), at);
      this.#publish(tail + n, urgent);
      done += n;
    }
  }

  /**
   * The same, of a few words: they go in one after another, without a view of them.
   * @param {Int32Array} source @param {number} from  in it @param {number} count @param {boolean} urgent
   */
  writeWords(source, from, count, urgent) {
    const { tail, head } = this.#room();
    const at = tail & (this.capacity - 1);
    const size = 4 * count;
    if (at % 4 || at + size > this.capacity || size > this.capacity - ((tail - head) >>> 0))
      return this.write(new Uint8Array(source.buffer, source.byteOffset + 4 * from, size), urgent);
    const target = (this.#ring ??= new Int32Array(this.bytes.buffer, this.bytes.byteOffset, this.capacity >> 2));
    for (let i = 0, to = at >> 2; i < count; i++) target[to + i] = source[from + i];
    this.#publish(tail + size, urgent);
  }

  /** Bytes of the instance's memory. @param {{ bytes: Uint8Array, words: Int32Array }} memory @param {number} at @param {number} size @param {boolean} urgent */
  writeFrom(memory, at, size, urgent) {
    if (size <= SMALL && (at | size) % 4 === 0) this.writeWords(memory.words, at >> 2, size >> 2, urgent);
    else this.write(memory.bytes.subarray(at, at + size), urgent);
  }

  /** @type {Int32Array | null} */
  #ring = null;

  /** Both ends, when there is room for a byte. */
  #room() {
    const tail = Atomics.load(this.words, TAIL);
    let head = Atomics.load(this.words, HEAD);
    checkOpen(this.closed);
    if (((tail - head) >>> 0) === this.capacity) head = this.await(HEAD, head, WRITER_SLEEPS);
    return { tail, head };
  }

  /** @param {number} tail @param {boolean} urgent */
  #publish(tail, urgent) {
    Atomics.store(this.words, TAIL, tail | 0);
    if (this.bell) {
      if (urgent) this.bell.ring();
      else this.bell.owed = true;
    } else {
      wake(this.words, READER_SLEEPS);
    }
  }
}
