#!/usr/bin/env node
// The package's command, `lab`: the words go to the core as they are, its text comes out as it comes.
//
// Ctrl-C stops the run, which then prints what it has; a second one ends the process with 130 at once. So do SIGTERM and
// SIGHUP: a terminal that was closed takes no text any more, but the files that were asked for are written. Output is
// flushed to the end, and a reader that went away (`lab … | head`) is no reason for a message.

import { createLab } from './node-host.js';

const SAME_KEY_PRESS_MS = 250; // npm passes on the signal that the terminal has sent to this process already

/** @param {number} fd @param {string} text @returns {Promise<void>} */
const print = (fd, text) => new Promise(resolve => (fd === 1 ? process.stdout : process.stderr).write(text, () => resolve()));

/** A positive number that the environment says, in a unit; undefined: it says none. @param {string} name @param {number} unit */
function told(name, unit) {
  const number = Number(process.env[name]);
  return number > 0 ? Math.floor(number * unit) : undefined;
}

/** The conventional status of a process that a signal ended. */
const SIGNALLED = { SIGHUP: 129, SIGINT: 130, SIGPIPE: 141, SIGTERM: 143 };

async function main() {
  let lab;
  try {
    const peers = process.env.LAB_PEERS; // `npm run bench` names them, as for the native program
    lab = createLab({ peers: peers ? ['/bin/sh', '-c', peers] : null, cores: told('LAB_CORES', 1), memoryBytes: told('LAB_MEMORY_MIB', 2 ** 20) });
  } catch (error) {
    await print(2, `lab: ${/** @type {Error} */ (error).message}\n`);
    return 1;
  }
  let asked = 0;
  const onSignal = (/** @type {'SIGHUP' | 'SIGINT' | 'SIGTERM'} */ signal) => {
    const now = performance.now();
    if (asked && now - asked < SAME_KEY_PRESS_MS) return;
    if (asked) process.exit(SIGNALLED[signal]);
    asked = now;
    lab.stop();
  };
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(signal, onSignal);
  process.stdout.on('error', error => {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    if (code === 'EPIPE') process.exit(SIGNALLED.SIGPIPE);
    if (code === 'EIO') return; // the terminal is gone
    process.stderr.write(`lab: the result could not be written: ${error.message}\n`);
    process.exit(1);
  });
  process.stderr.on('error', () => {}); // nobody reads the progress: the result counts

  /** Text on its way out. */
  let printed = Promise.resolve();
  const { status } = await lab.run(process.argv.slice(2), {
    terminal: Boolean(process.stderr.isTTY) && process.env.TERM !== 'dumb',
    onText: (fd, text) => {
      const before = printed;
      const now = print(fd, text);
      printed = before.then(() => now);
    },
  });
  await Promise.all([printed, lab.close()]);
  return status;
}

process.exitCode = await main();
