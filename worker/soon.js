// Later, but as soon as whatever has already happened is dealt with.

import { threads } from './node-threads.js';

/** setTimeout(0) would be 4 ms in a browser, once it is nested. @type {(task: () => void) => void} */
export const soon = threads ? setImmediate : (() => {
  /** @type {(() => void)[]} */
  const tasks = [];
  const channel = new MessageChannel();
  channel.port1.onmessage = () => tasks.shift()?.();
  return (/** @type {() => void} */ task) => {
    tasks.push(task);
    channel.port2.postMessage(0);
  };
})();
