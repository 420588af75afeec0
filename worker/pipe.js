// The JavaScript twin of struct lab_pipe (core/platform/host.h): a ring of bytes in shared memory with one
// writer and one reader.
//
//   u32 head      the reader's: next byte to read. The writer waits on it when the ring is full
//   u32 tail      the writer's: next byte to write. The reader waits on it when the ring is empty
//   u32 capacity  a power of two, immutable
//   bytes[capacity]
//
// head and tail only grow, modulo 2^32; tail - head is what is in the ring. Happens-before: the writer copies,
// then stores tail; the reader loads tail, then copies. And the same backwards through head. (Atomics are
// sequentially consistent, which is more than the release and acquire that this needs.)
//
// The doorbell is a counter that the other side, which has many pipes, waits on instead. `closed` is a word that
// the host sets to 1, and then wakes whoever waits here: a Closed is thrown, and the pipe is not touched again.

const HEAD = 0;
const TAIL = 1;
const CAPACITY = 2;
const HEADER_BYTES = 12;

export class Closed {}

/** @param {Int32Array | undefined} closed */
export function checkOpen(closed) {
  if (closed && Atomics.load(closed, 0)) throw new Closed();
}

class Pipe {
  /**
   * @param {SharedArrayBuffer} buffer
   * @param {number} address  of the pipe in it
   * @param {number} [doorbell]  address of a u32
   * @param {Int32Array} [closed]
   */
  constructor(buffer, address, doorbell, closed) {
    this.words = new Int32Array(buffer, address, 3);
    this.capacity = this.words[CAPACITY] >>> 0;
    this.bytes = new Uint8Array(buffer, address + HEADER_BYTES, this.capacity);
    this.closed = closed;
    this.doorbell = doorbell === undefined ? null : new Int32Array(buffer, doorbell, 1);
  }

  ring() {
    if (!this.doorbell) return;
    Atomics.add(this.doorbell, 0, 1);
    Atomics.notify(this.doorbell, 0);
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
    let tail;
    checkOpen(this.closed);
    while ((tail = Atomics.load(this.words, TAIL)) === head) {
      Atomics.wait(this.words, TAIL, tail);
      checkOpen(this.closed);
    }
    const n = Math.min((tail - head) >>> 0, target.length);
    const at = head & (this.capacity - 1);
    const first = Math.min(n, this.capacity - at);
    target.set(this.bytes.subarray(at, at + first));
    if (first < n) target.set(this.bytes.subarray(0, n - first), first);
    Atomics.store(this.words, HEAD, (head + n) | 0);
    Atomics.notify(this.words, HEAD);
    this.ring();
    return n;
  }
}

export class PipeWriter extends Pipe {
  /** Writes all of it; waits for room as often as need be. @param {Uint8Array} source */
  write(source) {
    for (let done = 0; done < source.length; ) {
      const tail = Atomics.load(this.words, TAIL);
      let head;
      checkOpen(this.closed);
      while (((tail - (head = Atomics.load(this.words, HEAD))) >>> 0) === this.capacity) {
        Atomics.wait(this.words, HEAD, head);
        checkOpen(this.closed);
      }
      const n = Math.min(this.capacity - ((tail - head) >>> 0), source.length - done);
      const at = tail & (this.capacity - 1);
      const first = Math.min(n, this.capacity - at);
      this.bytes.set(source.subarray(done, done + first), at);
      if (first < n) this.bytes.set(source.subarray(done + first, done + n));
      Atomics.store(this.words, TAIL, (tail + n) | 0);
      Atomics.notify(this.words, TAIL);
      this.ring();
      done += n;
    }
  }
}
