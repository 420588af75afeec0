// WebKitGTK, by its WebDriver (W3C), with as much of puppeteer's Browser and Page as tests use of it that run in all
// browsers. What Debian's driver does not offer and is made up for here:
//
// - No script before the page's own: so what the tests want there is in the server's answers (page-site.js, PRELUDE).
//   It keeps what the console and errors say, and said() reads that.
// - One session of a driver at a time, and its window is wider than a phone: a narrow page is in a frame.
// - It wants a display: an Xvfb of its own. Both end with this process, however that ends.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';

const COMMAND_MS = 240_000; // one command of the driver's: only what fails takes so long
const SCREENSHOT_MS = 10_000; // it was seen to hang
const START_TRIES = 5;
const POLL_MS = 100;
/** What a window of MiniBrowser is at least, for its buttons. */
const LEAST_WIDTH = 460;
const TOOLBAR = 38;
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';

/** The driver and its display. @typedef {{ driver: string, xvfb: string }} WebKitPaths */

/** Where they are, if they are. @returns {WebKitPaths | null} */
export function webkitPaths() {
  const [driver, xvfb] = [process.env.WEBKIT_DRIVER_PATH || '/usr/bin/WebKitWebDriver', process.env.XVFB_PATH || '/usr/bin/Xvfb'];
  return existsSync(driver) && existsSync(xvfb) ? { driver, xvfb } : null;
}

/** An error of the driver's: W3C's word for it, and a sentence. */
class DriverError extends Error {
  /** @param {string} kind @param {string} message */
  constructor(kind, message) {
    super(message);
    this.kind = kind;
  }
}

/**
 * A program that ends when this process does.
 * @param {string} command @param {string[]} args @param {NodeJS.ProcessEnv} env
 */
function tied(command, args, env) {
  const child = spawn('sh', ['-c', '"$@" <&- 4<&- & pid=$!; trap "kill $pid" TERM; { cat <&4 >/dev/null; kill $pid; } 2>/dev/null & wait $pid', 'sh', command, ...args],
    { env, stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
  const ended = /** @type {Promise<void>} */ (new Promise((resolve) => child.once('exit', () => resolve()).once('error', () => resolve())));
  return {
    ended,
    /** What it writes first to its descriptor 3. @returns {Promise<string>} */
    word: () => new Promise((resolve, reject) => {
      /** @type {import('node:stream').Readable} */ (child.stdio[3]).once('data', (data) => resolve(String(data).trim()));
      void ended.then(() => reject(new Error(`${command} ended by itself`)));
    }),
    end: () => {
      /** @type {import('node:stream').Writable} */ (child.stdio[4]).destroy();
      return ended;
    },
  };
}

/** @returns {Promise<number>} a port that is free now */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
      server.close(() => resolve(port));
    });
  });
}

/**
 * @param {object} [options]
 * @param {WebKitPaths | null} [options.paths]
 * @param {boolean} [options.sharedMemory] false: a page with the headers is isolated and has no SharedArrayBuffer all the same
 */
export async function launchWebKit({ paths = webkitPaths(), sharedMemory = true } = {}) {
  if (!paths) throw new Error('there is no WebKitWebDriver or no Xvfb here');
  const display = tied(paths.xvfb, ['-displayfd', '3', '-screen', '0', '1600x1200x24', '-nolisten', 'tcp'], process.env);
  const env = { ...process.env, DISPLAY: `:${await display.word()}`, WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1', WEBKIT_DISABLE_COMPOSITING_MODE: '1' };
  for (const name of Object.keys(env)) if (/_proxy$/i.test(name) || name === 'JSC_useSharedArrayBuffer') Reflect.deleteProperty(env, name);
  if (sharedMemory) Object.assign(env, { JSC_useSharedArrayBuffer: '1' });
  for (let tries = 1; ; tries++) {
    const port = await freePort();
    const driver = tied(paths.driver, [`--port=${port}`, '--host=127.0.0.1'], env);
    const browser = new WebKitBrowser(port, [driver, display]);
    if (await browser.started(driver.ended)) return browser;
    await driver.end(); // somebody else took the port meanwhile
    if (tries < START_TRIES) continue;
    await display.end();
    throw new Error(`${paths.driver} did not start`);
  }
}

export class WebKitBrowser {
  #base;
  #programs;
  /** @type {Promise<unknown>} */
  #last = Promise.resolve();
  /** @type {WebKitPage | null} */
  #page = null;

  /** @param {number} port @param {ReturnType<typeof tied>[]} programs in the order in which they are to end */
  constructor(port, programs) {
    this.#base = `http://127.0.0.1:${port}`;
    this.#programs = programs;
  }

  /** @param {Promise<void>} ended @returns {Promise<boolean>} */
  async started(ended) {
    let over = false;
    void ended.then(() => (over = true));
    for (const end = Date.now() + COMMAND_MS; !over && Date.now() < end; await pause()) {
      const answer = await this.command('GET', '/status').catch(() => null);
      if (answer) return !over;
    }
    return false;
  }

  /**
   * @param {'GET' | 'POST' | 'DELETE'} method @param {string} path @param {object} [body] @param {number} [patience] ms
   * @returns {Promise<any>}
   */
  command(method, path, body, patience = COMMAND_MS) {
    const ask = async () => {
      const answer = await fetch(this.#base + path, {
        method, signal: AbortSignal.timeout(patience), headers: { 'content-type': 'application/json' }, ...(method === 'POST' && { body: JSON.stringify(body ?? {}) }),
      });
      const { value } = /** @type {{ value: any }} */ (await answer.json());
      if (value?.error) throw new DriverError(value.error, value.message);
      return value;
    };
    const mine = this.#last.then(ask, ask); // it takes one at a time
    this.#last = mine;
    return mine;
  }

  /** A page in a session of its own: without what another one stored. */
  async newPage() {
    await this.#page?.close();
    const { sessionId } = await this.command('POST', '/session', { capabilities: { alwaysMatch: { unhandledPromptBehavior: 'accept' } } });
    const page = new WebKitPage(this, `/session/${sessionId}`);
    this.#page = page;
    await page.command('POST', '/timeouts', { script: COMMAND_MS, pageLoad: COMMAND_MS });
    return page;
  }

  async close() {
    await this.#page?.close();
    for (const program of this.#programs) await program.end();
  }
}

export class WebKitPage {
  #browser;
  #session;
  #patience = COMMAND_MS;
  /** In a frame of this size. @type {{ width: number, height: number } | null} */
  #frame = null;
  /** What the documents before this one said. @type {string[]} */
  #said = [];

  /** @param {WebKitBrowser} browser @param {string} session */
  constructor(browser, session) {
    this.#browser = browser;
    this.#session = session;
  }

  /** @param {'GET' | 'POST' | 'DELETE'} method @param {string} path @param {object} [body] @param {number} [patience] */
  command(method, path, body, patience) {
    return this.#browser.command(method, this.#session + path, body, patience);
  }

  browser() {
    return this.#browser;
  }

  /** @param {number} ms */
  setDefaultTimeout(ms) {
    this.#patience = ms;
  }

  /** @param {{ width: number, height: number }} size */
  async setViewport({ width, height }) {
    this.#frame = width < LEAST_WIDTH ? { width, height } : null;
    await this.command('POST', '/window/rect', { width: Math.max(width, LEAST_WIDTH), height: height + TOOLBAR });
  }

  /** @param {string} address */
  async goto(address) {
    this.#said = await this.said();
    await this.command('POST', '/frame', { id: null });
    if (!this.#frame) return void (await this.command('POST', '/url', { url: address }));
    // Any text of the site's server will do around the frame, as long as it comes with the headers and without a policy.
    await this.command('POST', '/url', { url: new URL('/around-a-frame', address).href });
    const frame = await this.command('POST', '/execute/sync', {
      script: `document.body.innerHTML = ''; document.body.style.margin = 0;
const frame = document.body.appendChild(document.createElement('iframe'));
frame.style.cssText = 'border: 0; width: ${this.#frame.width}px; height: ${this.#frame.height}px';
return new Promise((resolve) => { frame.onload = () => resolve(frame); frame.src = arguments[0]; });`,
      args: [address],
    });
    await this.command('POST', '/frame', { id: frame });
  }

  /** What this page's console said, and its errors, so far. @returns {Promise<string[]>} */
  async said() {
    return [...this.#said, ...(await this.evaluate(() => /** @type {any} */ (window).said ?? []).catch(() => []))];
  }

  /**
   * @template {unknown[]} A @template R
   * @param {((...args: A) => R) | string} work @param {A} args
   * @returns {Promise<Awaited<R>>}
   */
  async evaluate(work, ...args) {
    const source = typeof work === 'string' ? `() => (${work})` : String(work);
    const outcome = await this.command('POST', '/execute/async', {
      script: `const [args, done] = arguments;
Promise.resolve().then(() => (${source})(...args)).then((value) => done({ value }), (error) => done({ error: String(error) }));`,
      args: [args],
    });
    if ('error' in outcome) throw new Error(outcome.error);
    return outcome.value;
  }

  /**
   * Settles when the page says so, over navigations too.
   * @template {unknown[]} A
   * @param {((...args: A) => unknown) | string} work @param {{ timeout?: number, polling?: number }} [options]  ms
   * @param {A} args
   */
  async waitForFunction(work, { timeout = this.#patience, polling = POLL_MS } = {}, ...args) {
    /** @type {unknown} */
    let last;
    for (const end = Date.now() + timeout; Date.now() < end; await pause(polling))
      try {
        if (await this.evaluate(/** @type {(...args: unknown[]) => unknown} */ (work), ...args)) return;
      } catch (error) {
        last = error;
      }
    throw new Error(`waited for ${timeout} ms: ${String(work).slice(0, 300)}${last ? ` (${last})` : ''}; the page: ${await this.evaluate(() => document.body.innerText.slice(0, 2000)).catch(String)}`);
  }

  /** @param {string} selector @param {{ timeout?: number }} [options] */
  async waitForSelector(selector, options) {
    await this.waitForFunction((it) => Boolean(document.querySelector(it)), options, selector);
  }

  /** @template R @template {unknown[]} A @param {string} selector @param {(element: Element, ...args: A) => R} work @param {A} args @returns {Promise<Awaited<R>>} */
  $eval(selector, work, ...args) {
    return /** @type {any} */ (this.evaluate(`(() => {
      const element = document.querySelector(${JSON.stringify(selector)});
      if (!element) throw new Error(${JSON.stringify(`no element matches ${selector}`)});
      return (${work})(element, ...${JSON.stringify(args)});
    })()`));
  }

  /** @template R @template {unknown[]} A @param {string} selector @param {(elements: Element[], ...args: A) => R} work @param {A} args @returns {Promise<Awaited<R>>} */
  $$eval(selector, work, ...args) {
    return /** @type {any} */ (this.evaluate(`(${work})([...document.querySelectorAll(${JSON.stringify(selector)})], ...${JSON.stringify(args)})`));
  }

  /** Clicks it, as soon as it can be. @param {string} selector */
  locator(selector) {
    let patience = this.#patience;
    const it = {
      setTimeout: (/** @type {number} */ ms) => {
        patience = ms;
        return it;
      },
      click: async () => {
        for (const end = Date.now() + patience; ; await pause())
          try {
            const element = await this.command('POST', '/element', { using: 'css selector', value: selector });
            return void (await this.command('POST', `/element/${element[ELEMENT]}/click`));
          } catch (error) {
            if (!(error instanceof DriverError) || Date.now() > end) throw error;
          }
      },
    };
    return it;
  }

  /** @param {string} selector */
  focus(selector) {
    return this.$eval(selector, (element) => /** @type {HTMLElement} */ (element).focus());
  }

  /** A PNG. */
  async screenshot() {
    for (let tries = 1; ; tries++)
      try {
        return Buffer.from(await this.command('GET', '/screenshot', undefined, SCREENSHOT_MS), 'base64');
      } catch (error) {
        if (tries === 3) throw error;
      }
  }

  async close() {
    await this.command('DELETE', '').catch(() => {}); // its browser may have gone
  }
}

function pause(ms = POLL_MS) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
