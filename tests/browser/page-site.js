// The page's tests' site: web/ as it is in dist/, with a host Worker that makes its numbers up
// (fixtures/fake-host.js), served here; and the browsers: puppeteer's two, and WebKit (webkit.js).

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import puppeteer from 'puppeteer-core';
import { generateSchemaCheck, webFiles } from '../../.ci/build.mjs';
import { oneFile } from '../../.ci/bundle.mjs';
import { createServer, listen } from '../../.ci/serve.mjs';
import { Holds } from './page-holds.js';
import { WebKitBrowser, launchWebKit, webkitPaths } from './webkit.js';

/** How long a test waits for what must come: a busy machine takes its time, and only a failure waits to the end. */
export const PATIENCE_MS = 120_000;
/** One command of a driver's: waiting for something in the page is one, however long. */
const PROTOCOL_MS = 900_000;
/** Of fonts that are wider than most (.ci/setup.mjs); '': there are none. */
export const FONTS = process.env.LAB_FONTS ?? '';
const CHROMIUM_ARGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
  '--disable-sync', '--force-prefers-reduced-motion'];
/**
 * What halves the time that a page takes which has no use for it: a process of its own, a service worker (here none in
 * Firefox, and in Chromium asked for nothing: newPage()), and that the driver is told of everything that is fetched.
 */
const LIGHT = {
  chromiumArgs: ['--renderer-process-limit=1'],
  firefoxPrefs: { 'dom.serviceWorkers.enabled': false, 'dom.ipc.processPrelaunch.enabled': false, 'dom.ipc.processCount': 1, 'dom.ipc.keepProcessesAlive.webCOOP+COEP': 1 },
};
const FIREFOX_PREFS = { 'ui.prefersReducedMotion': 1, 'dom.navigation.navigationRateLimit.count': 200, 'dom.navigation.navigationRateLimit.timespan': 10 };

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Makes the site in a folder of its own. @param {{ version?: string }} [options] */
export async function makeSite({ version = 'test-1' } = {}) {
  await generateSchemaCheck();
  const folder = mkdtempSync(join(tmpdir(), 'lab-page-'));
  const put = (/** @type {string} */ path, /** @type {string | Uint8Array} */ content) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  };
  const web = await webFiles();
  for (const [path, content] of web) put(path, content);
  const fake = await oneFile('tests/browser/fixtures/fake-host.js');
  for (const name of ['browser-host.js', 'solo-host.js']) put(`worker/${name}`, fake);
  put('worker/relay.js', await oneFile('worker/relay.js'));
  // What the page begins ahead for a host, which does without it here: an empty program.
  for (const name of ['lab', 'lab-compare']) {
    put(`${name}.mjs`, '');
    put(`${name}.wasm`, new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]));
  }
  cpSync(join(root, 'core/workloads'), join(folder, 'source'), { recursive: true });
  cpSync(join(root, 'tests/browser/fixtures/rules_fake.c'), join(folder, 'source/rules_fake.c'));
  const restamp = (/** @type {string} */ next) => stamp(folder, web, next);
  restamp(version);
  /** The file of a module that is imported later. @param {string} module its path in web/ */
  const nameOf = (module) => [...web.keys()].find((path) => path.replace(/-[^-]*(?=\.js$)/, '') === module) ?? assert.fail(`there is no ${module}`);
  return { folder, restamp, nameOf, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** What the build does last: each module gets its version, and the site its list of files.
 * @param {string} folder @param {Awaited<ReturnType<typeof webFiles>>} web  as it is before that @param {string} version */
function stamp(folder, web, version) {
  const files = [];
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const file = join(folder, path);
    if (path === 'files.json' || !statSync(file).isFile()) continue;
    if (/\.(js|html)$/.test(path)) writeFileSync(file, String(web.get(path) ?? readFileSync(file)).replaceAll('__BUILD_VERSION__', version));
    const content = readFileSync(file);
    files.push({ path, size: content.length, version: createHash('sha256').update(content).digest('hex').slice(0, 16) });
  }
  writeFileSync(join(folder, 'files.json'), JSON.stringify({ version, files }));
}

/**
 * What a page has before all else in WebKit, whose driver can give it nothing (newPage() does it in the others): it counts
 * its runs and keeps what goes wrong. As a file of the server's, which a page's policy lets in.
 */
const PRELUDE = `window.ran = 0;
document.addEventListener('lab:ran', () => window.ran++);
window.said = [];
for (const type of ['debug', 'log', 'info', 'warn', 'error']) {
  const say = console[type];
  console[type] = (...words) => {
    window.said.push(type + ': ' + words.map(String).join(' '));
    say.apply(console, words);
  };
}
addEventListener('error', (event) => window.said.push('error: ' + (event.message ?? event.target?.src ?? event.target?.href ?? event.target)), true);
addEventListener('unhandledrejection', (event) => window.said.push('error: ' + event.reason));
addEventListener('securitypolicyviolation', (event) => window.said.push('error: ' + event.violatedDirective + ' forbids ' + event.blockedURI));
`;

/**
 * A server for a site.
 * @param {string} folder
 * @param {{ isolation?: boolean, base?: string, port?: number, prelude?: string | null, latency?: boolean, compressed?: boolean }} [options]
 *   compressed: browsers get what a site's server sends; else as it is, for to compress it takes longer than most tests.
 *   prelude: a script that its pages have before all else; null: they are as they are. latency: false where it is a host like
 *   any other, which knows nothing of delay/
 */
export async function serve(folder, { isolation = true, base = '/', port = 0, prelude = null, latency = true, compressed = false } = {}) {
  const server = createServer({ root: folder, isolation, base });
  /** What was asked for, by pages, Workers and service workers. @type {Set<string>} */
  const paths = new Set();
  const holds = new Holds();
  const [answer] = server.listeners('request');
  server.removeAllListeners('request');
  /** By path: how many bytes of a body went out last. @type {Map<string, number>} */
  const sent = new Map();
  server.on('request', (request, response) => {
    paths.add(request.url ?? '');
    if (!compressed) Reflect.deleteProperty(request.headers, 'accept-encoding');
    response.once('finish', () => sent.set(request.url ?? '', Number(response.getHeader('content-length') ?? 0)));
    if (holds.take(request, response)) return;
    if (prelude !== null && precede(prelude, request, response)) return;
    if (!latency && request.url?.includes('/delay/')) return void response.writeHead(404).end();
    answer?.call(server, request, response);
  });
  const address = await listen(server, { port, base });
  return {
    address,
    paths,
    sent,
    /** Holds the runs that begin from now on where they come to this point (fixtures/). @param {string} point */
    hold: (point) => holds.hold(point),
    /** For the next test. */
    letGo: () => holds.letGo(),
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}

/**
 * Answers with the script, or sees to it that a document has it.
 * @param {string} script @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response
 */
function precede(script, request, response) {
  const path = new URL(request.url ?? '/', 'http://site').pathname;
  if (path.endsWith('/prelude.js')) {
    response.writeHead(200, { 'content-type': 'text/javascript', 'cross-origin-resource-policy': 'same-origin' });
    response.end(script);
    return true;
  }
  if (!/(\/|\.html)$/.test(path)) return false;
  for (const name of ['accept-encoding', 'if-none-match']) Reflect.deleteProperty(request.headers, name);
  const { writeHead, end } = response;
  response.writeHead = /** @type {any} */ ((/** @type {number} */ status, /** @type {Record<string, string>} */ { 'Content-Length': _, ETag, ...headers }) => writeHead.call(response, status, headers));
  response.end = /** @type {any} */ ((/** @type {Buffer | string | undefined} */ body) => end.call(response, body && String(body).replace('<head>', '<head><script src="prelude.js"></script>'), 'utf8'));
  return false;
}

/** Those of puppeteer's. @type {{ name: 'chrome' | 'firefox', path: string }[]} */
export const BROWSERS = [
  { name: /** @type {const} */ ('chrome'), path: process.env.CHROMIUM_PATH || '/usr/bin/chromium' },
  { name: /** @type {const} */ ('firefox'), path: process.env.FIREFOX_PATH || '/usr/bin/firefox-esr' },
].filter(({ path }) => existsSync(path));

/** @typedef {typeof BROWSERS[number] | { name: 'webkit', sharedMemory: boolean }} Engine */
/**
 * All there are. Their pages have goto, evaluate, $eval, $$eval, waitForFunction, waitForSelector, locator, focus,
 * setViewport and screenshot in common.
 * @type {Engine[]}
 */
export const ENGINES = [...BROWSERS, ...(webkitPaths() ? [{ name: /** @type {const} */ ('webkit'), sharedMemory: true }] : [])];

/**
 * A browser, whose pages do not scroll smoothly: what is clicked meanwhile is not where it was. Firefox counts what a page
 * writes into its history, as everybody's does and its driver would keep it from.
 * @param {Engine} which
 * @param {{ args?: string[], prefs?: Record<string, unknown>, fonts?: string, light?: boolean }} [options]
 *   prefs: Firefox'. fonts: a configuration of fontconfig's, not WebKit's; by default that of the wider fonts which set-up
 *   installs for the tests, and '' is this machine's own. light: see LIGHT; not WebKit's
 * @returns {Promise<import('puppeteer-core').Browser>} of WebKit, what webkit.js has of it
 */
export function launch(which, { args = [], prefs = {}, fonts = FONTS, light = false } = {}) {
  if (which.name === 'webkit') return /** @type {Promise<any>} */ (launchWebKit(which));
  const { name, path } = which;
  return puppeteer.launch({
    browser: name, executablePath: path, headless: true, protocolTimeout: PROTOCOL_MS,
    networkEnabled: !light || name === 'chrome', // there newPage() needs it
    env: { ...process.env, ...(fonts ? { FONTCONFIG_FILE: fonts } : {}) },
    args: [...(name === 'chrome' ? CHROMIUM_ARGS : []), ...(name === 'chrome' && light ? LIGHT.chromiumArgs : []), ...args],
    // Its pages read files in the usual places of fonts only.
    extraPrefsFirefox: { ...FIREFOX_PREFS, ...(light ? LIGHT.firefoxPrefs : {}), ...(fonts ? { 'security.sandbox.content.read_path_whitelist': `${dirname(fonts)}/` } : {}), ...prefs },
  });
}

/**
 * A page, and everything it ever said on the console.
 * @param {import('puppeteer-core').Browser} browser
 * @param {{ width?: number, height?: number, light?: boolean }} [options]  light: as its browser was launched
 * @returns {Promise<{ page: import('puppeteer-core').Page, said: string[], heard: () => Promise<string[]> }>}
 *   heard: the same of every browser; WebKit has to be asked, and its page must be of a server with a prelude
 */
export async function newPage(browser, { width = 1280, height = 900, light = false } = {}) {
  const page = await browser.newPage();
  await page.setViewport({ width, height });
  page.setDefaultTimeout(PATIENCE_MS);
  if (/** @type {unknown} */ (browser) instanceof WebKitBrowser) return { page, said: [], heard: () => /** @type {any} */ (page).said() };
  if (light && /chrome/i.test(await browser.version())) await page.setBypassServiceWorker(true);
  await page.evaluateOnNewDocument(() => {
    /** How many runs are over on this page. */
    const counter = /** @type {{ ran: number }} */ (/** @type {unknown} */ (window));
    counter.ran = 0;
    document.addEventListener('lab:ran', () => counter.ran++);
  });
  /** @type {string[]} */
  const said = [];
  page.on('console', (message) => said.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => said.push(`error: ${error instanceof Error ? error.message : error}`));
  return { page, said, heard: async () => said };
}

/**
 * A server whose pages newPage() serves in this browser.
 * @param {Engine} which @param {string} folder @param {Parameters<typeof serve>[1]} [options]
 */
export function serveTo(which, folder, options = {}) {
  return serve(folder, { ...options, prelude: which.name === 'webkit' ? PRELUDE : null });
}

/** Opens the page and waits until it can run. @param {import('puppeteer-core').Page} page @param {string} address */
export async function open(page, address) {
  await page.goto(address);
  await ready(page);
}

/** @param {import('puppeteer-core').Page} page */
export async function ready(page) {
  await page.waitForFunction(() => document.body?.classList.contains('ready'), { timeout: PATIENCE_MS });
}

/**
 * Reloads as a person does. (Chromium's own command may bring back the document from before the service
 * worker isolated the page, out of its back/forward cache.)
 * @param {import('puppeteer-core').Page} page
 */
export async function reload(page) {
  await Promise.all([page.waitForNavigation(), page.evaluate(() => location.reload())]);
  await ready(page);
}

/** Clicks what stands still, as soon as it does. @param {import('puppeteer-core').Page} page @param {string} selector */
export function press(page, selector) {
  return page.locator(selector).setTimeout(PATIENCE_MS).click();
}

/** Presses Run and waits for the report. @param {import('puppeteer-core').Page} page */
export async function runToEnd(page) {
  const before = await page.evaluate(() => /** @type {any} */ (window).ran);
  await press(page, '#run');
  await ended(page, before + 1);
}

/**
 * So many runs of this page are over, none goes on, and what came of it is drawn: a chart is drawn when the browser has
 * laid out its place, which on a busy machine is a while after the run.
 * @param {import('puppeteer-core').Page} page
 * @param {number} [runs]
 * @param {number} [patience] ms
 */
export async function ended(page, runs = 1, patience = PATIENCE_MS) {
  await page.waitForFunction(
    (count) => /** @type {any} */ (window).ran >= count && !document.body.classList.contains('running') && [...document.querySelectorAll('.chart-hold')].every((hold) => hold.clientWidth === 0 || hold.childElementCount > 0),
    { timeout: patience },
    runs,
  );
}

/** The bar says this. @param {import('puppeteer-core').Page} page @param {RegExp} words */
export async function says(page, words) {
  await page.waitForFunction((source) => new RegExp(source).test((document.querySelector('#summary')?.textContent ?? '').replaceAll('\u00a0', ' ')), { timeout: PATIENCE_MS }, words.source);
}

/** What a run left is there to be read. @param {import('puppeteer-core').Page} page */
export async function reported(page) {
  await page.waitForFunction(() => !(/** @type {HTMLElement} */ (document.querySelector('#report')).hidden), { timeout: PATIENCE_MS });
}

/** How much wider the document is than the window. @param {import('puppeteer-core').Page} page */
export function overflow(page) {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

/** What is written in the charts and runs out of them. @param {import('puppeteer-core').Page} page @param {string} [charts] */
export function outside(page, charts = 'svg.chart') {
  return page.$$eval(charts, (all) => /** @type {SVGSVGElement[]} */ (/** @type {unknown} */ (all)).flatMap((chart) => {
    const frame = chart.getBoundingClientRect();
    return [...chart.querySelectorAll('text')].filter((text) => {
      // From the first letter's beginning to the last one's end. A box would have the paper's colour around them in it, and
      // in Firefox as much as it thinks that a slanted letter may lean over.
      const letters = text.getNumberOfChars(), place = text.getScreenCTM();
      if (!place || letters === 0) return false;
      const ends = [text.getStartPositionOfChar(0).x, text.getEndPositionOfChar(letters - 1).x].map((x) => place.e + place.a * x);
      return Math.max(...ends) > frame.right + 2 || Math.min(...ends) < frame.left - 2;
    }).map((text) => text.textContent);
  }));
}

/**
 * Sees what jumps on the pages that are opened from now on, while their run goes on and its report is not there yet.
 * Gives the list of it; Chromium only.
 * @param {import('puppeteer-core').Page} page
 * @param {string} [laidOut] what is there once the run has its place; when that is, after a click, is the machine's affair
 */
export async function watchShifts(page, laidOut = 'body') {
  await page.evaluateOnNewDocument((selector) => {
    /** @type {any[]} */
    const entries = [];
    const observer = new PerformanceObserver((list) => void entries.push(...list.getEntries()));
    observer.observe({ type: 'layout-shift' });
    const run = { from: Infinity, to: Infinity };
    let begun = false;
    addEventListener('DOMContentLoaded', () => {
      const report = document.querySelector('#report-body');
      const look = new MutationObserver(() => {
        const goesOn = document.body.classList.contains('running') && !report?.childElementCount && document.querySelector(selector);
        if (goesOn && !begun) requestAnimationFrame(() => requestAnimationFrame((now) => (run.from = now)));
        // The frame's own time, which is what a shift in it is told with: the report may come in the middle of a long one.
        if (!goesOn && begun && run.to === Infinity) run.to = Number(document.timeline.currentTime);
        begun ||= Boolean(goesOn);
      });
      look.observe(document.body, { attributeFilter: ['class'], childList: true, subtree: true });
    });
    /** @type {any} */ (window).shifts = () => {
      entries.push(...observer.takeRecords());
      return entries
        .filter((entry) => !entry.hadRecentInput && entry.value > 0.001 && entry.startTime > run.from && entry.startTime < run.to)
        .map((entry) => [entry.value, ...entry.sources.map((/** @type {any} */ source) => source.node?.id || source.node?.className || source.node?.nodeName)]);
    };
  }, laidOut);
  return () => page.evaluate(() => /** @type {any} */ (window).shifts());
}

/** With plain spaces, where the page has those that do not break. @param {import('puppeteer-core').Page} page @param {string} selector */
export function textOf(page, selector) {
  return page.$eval(selector, (element) => (element.textContent ?? '').replaceAll('\u00a0', ' '));
}

/** @param {import('puppeteer-core').Page} page @param {string} selector @param {string} text */
export async function retype(page, selector, text) {
  await page.focus(selector);
  await page.keyboard.down('Control');
  await page.keyboard.press('a');
  await page.keyboard.up('Control');
  await page.keyboard.type(text);
}

/**
 * Presses a button that saves a file, and gives the file.
 * @param {import('puppeteer-core').Page} page
 * @param {string} label
 * @returns {Promise<{ text: string, type: string, size: number }>}
 */
export async function capture(page, label) {
  return page.evaluate(async (text) => {
    const button = [...document.querySelectorAll('button')].find((one) => one.textContent === text);
    const create = URL.createObjectURL;
    const click = HTMLAnchorElement.prototype.click;
    /** @type {Promise<Blob>} */
    const saved = new Promise((resolve) => {
      /** @type {Map<string, Blob>} */
      const blobs = new Map();
      URL.createObjectURL = (blob) => {
        const url = create.call(URL, blob);
        blobs.set(url, /** @type {Blob} */ (blob));
        return url;
      };
      HTMLAnchorElement.prototype.click = function () {
        const blob = blobs.get(this.href);
        if (blob && this.download) resolve(blob);
      };
    });
    button?.click();
    const blob = await saved;
    URL.createObjectURL = create;
    HTMLAnchorElement.prototype.click = click;
    return { text: await blob.text(), type: blob.type, size: blob.size };
  }, label);
}

/** The link that the page makes of its result, as it is shown where it cannot be copied. @param {import('puppeteer-core').Page} page @returns {Promise<string>} */
export async function linkByHand(page) {
  await page.evaluate(() => {
    Object.defineProperty(navigator, 'clipboard', { value: undefined, configurable: true });
    [...document.querySelectorAll('button')].find((one) => one.textContent === 'Copy a link')?.click();
  });
  await page.waitForSelector('.by-hand');
  return page.$eval('.by-hand', (box) => /** @type {HTMLTextAreaElement} */ (box).value);
}

/** @param {string} hex */
function parts(hex) {
  return [1, 3, 5].map((i) => Number.parseInt(hex.slice(i, i + 2), 16));
}
/** @param {string} hex */
export function rgb(hex) {
  return `rgb(${parts(hex).join(', ')})`;
}
/** WCAG 2. @param {string} a @param {string} b */
export function contrast(a, b) {
  const luminance = (/** @type {string} */ hex) => {
    const [r = 0, g = 0, blue = 0] = parts(hex).map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * blue;
  };
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

/**
 * A test that is tried once more when it fails: browsers and their drivers stumble on a busy machine. `npm test` counts
 * those apart, as flaky, with what went wrong: each is a fault to look for, here or in the page.
 * @param {string} name
 * @param {() => Promise<void>} body  begins with a page of its own
 * @param {import('node:test').TestOptions} [options]
 */
export function patient(name, body, options = {}) {
  return test(name, options, async (t) => {
    try {
      await body();
    } catch (error) {
      const lines = String(error instanceof Error ? error.stack : error).split('\n').filter((line) => line.trim() && !line.includes('node:internal'));
      t.diagnostic(`flaky: ${name}: ${lines.slice(0, 12).map((line) => line.trim()).join(' | ')}`);
      await body();
    }
  });
}

/**
 * Within a describe(): the site, its server and a browser for its tests, and onPage(), a test with a page of its own
 * that must leave the console empty.
 * @param {typeof BROWSERS[number]} which @param {Parameters<typeof launch>[1]} [options] the browser's
 */
export function stage(which, options = {}) {
  /** @type {{ site: Awaited<ReturnType<typeof makeSite>>, server: Awaited<ReturnType<typeof serve>>, browser: Awaited<ReturnType<typeof launch>> }} */
  const it = /** @type {any} */ ({});
  before(async () => {
    it.site = await makeSite();
    it.server = await serve(it.site.folder);
    it.browser = await launch(which, { light: true, ...options });
  });
  after(async () => {
    await it.browser?.close();
    await it.server?.close();
    it.site?.remove();
  });
  /** @param {string} name @param {(page: import('puppeteer-core').Page) => Promise<void>} body @param {{ width?: number, height?: number }} [viewport] */
  const onPage = (name, body, viewport) =>
    patient(name, async () => {
      const { page, said } = await newPage(it.browser, { light: true, ...viewport });
      try {
        await body(page);
        assert.deepEqual(said, [], 'the console stays empty');
      } finally {
        it.server.letGo();
        await page.close();
      }
    });
  return {
    onPage,
    /** Holds the runs that begin from now on at a point; see Holds. @param {string} point */
    hold: (point) => it.server.hold(point),
    /** Opens a page of the site. @param {import('puppeteer-core').Page} page @param {string} path */
    go: (page, path) => open(page, it.server.address + path),
    it,
  };
}
