// What every exhibit's page begins with: see what the browser has, isolate the page, make its host, show the exhibit, keep
// the site.

import { byId, h, setText } from './dom.js';
import { noThreads, whyNoThreads, whyNothing } from './features.js';
import { Host, HostError, sentence } from './host.js';
import { dropBegun } from './host-worker.js';
import { activated, isolate, register, tell } from './isolation.js';

/** @import { Isolation } from './isolation.js' */

const KEEP_AFTER_MS = 20_000;
const DEFINE_AFTER_MS = 3_000;

/**
 * Begins a page; what goes wrong is said on it.
 * @param {(world: { host: Host, isolated: boolean, latency: Promise<string | null> }) => void | Promise<void>} show makes the exhibit;
 *   `isolated`: with threads; `latency`: once it is known, why nobody adds any to this site's pages; null: somebody does
 * @param {{ processes?: boolean }} [options] processes: false where none is to be made ready ahead
 */
export function start(show, options = {}) {
  begin(show, options).catch((error) => {
    const message = error instanceof HostError ? error.message : sentence(String(error));
    const summary = document.getElementById('summary');
    if (summary) setText(summary, 'The core did not start.');
    byId('trouble').replaceChildren(`${message} `, again());
    byId('trouble').hidden = false;
  });
}

/** @param {Parameters<typeof start>[0]} show @param {{ processes?: boolean }} options */
async function begin(show, { processes }) {
  const runs = document.documentElement.dataset.core !== undefined;
  const nothing = runs ? whyNothing() : null;
  if (nothing) {
    dropBegun();
    throw new HostError(nothing);
  }
  const isolation = await isolate();
  const reason = isolation.reason ?? (runs ? whyNoThreads() : null);
  if (reason) note(reason);
  const isolated = isolation.isolated && !reason;
  if (!isolated) dropBegun();
  const host = new Host({ isolated, processes, onNoThreads: (why) => note(noThreads(`the core did not start with it (${why.replace(/\.$/, '')})`)) });
  /** @type {(served: boolean) => void} */
  let onServed = () => {};
  const latency = new Promise((/** @type {typeof onServed} */ resolve) => (onServed = resolve)).then((served) => (served ? null : noLatency()));
  await show({ host, isolated, latency });
  document.body.classList.add('ready');
  const seen = attention();
  void seen.then(() => host.prepare());
  void seen.then(() => import('../terms/define.js')).then(({ defineTerms }) => defineTerms()).catch(() => {});
  await keepSite(isolation, () => host.restart(), onServed);
}

/** Without a service worker the server may do it, as the development server does. @returns {Promise<string | null>} */
async function noLatency() {
  const answer = await fetch('delay/0/favicon.svg', { cache: 'no-store' }).catch(() => null);
  if (answer?.ok) return null;
  const why = !window.isSecureContext ? 'this page came over plain HTTP' : 'this window has none (private windows, and those that refuse cookies)';
  return `The service worker that adds the latency to this site’s pages is not to be had: ${why}.`;
}

/** @param {string} reason why there are no threads */
function note(reason) {
  byId('isolation-note').textContent = reason;
  byId('isolation-note').hidden = false;
}

/**
 * Once the page is up: the service worker, the site in its cache, and word of a newer build.
 * @param {Isolation} isolation
 * @param {() => void} onControl when the first worker has taken over this page: a core started before it must
 *   start anew, or its requests would not pass the worker
 * @param {(served: boolean) => void} onServed whether the page's requests pass a worker now
 */
async function keepSite(isolation, onControl, onServed) {
  if (!('serviceWorker' in navigator) || !window.isSecureContext) return onServed(false);
  try {
    const container = navigator.serviceWorker;
    let controlled = container.controller !== null;
    container.addEventListener('controllerchange', () => {
      // A second one is of another build, which was taken in another tab: this page and its core are of the old one.
      if (controlled) byId('update').hidden = false;
      else onControl();
      controlled = true;
    });
    const registration = isolation.registration ?? (await register());
    byId('update-now').addEventListener('click', () => {
      const { waiting } = registration;
      if (!waiting) return location.reload();
      container.addEventListener('controllerchange', () => location.reload(), { once: true });
      waiting.postMessage({ type: 'take-over' });
    });
    offerUpdate(registration);
    registration.addEventListener('updatefound', () => offerUpdate(registration));
    if (!(await activated(registration))) return onServed(false);
    await tell(registration, { type: 'claim' });
    onServed(true);
    await calm();
    await tell(registration, { type: 'keep' });
  } catch {
    // Without a service worker the page works as long as there is a network.
    onServed(false);
  }
}

/**
 * When the rest of the site may be fetched without holding up what the person came for: after the first run,
 * after a while, or when they leave.
 */
function calm() {
  return new Promise((/** @type {(reason: unknown) => void} */ resolve) => {
    document.addEventListener('lab:ran', resolve, { once: true });
    document.addEventListener('visibilitychange', resolve, { once: true });
    setTimeout(resolve, KEEP_AFTER_MS);
  });
}

/**
 * When the definitions of terms may be fetched: somebody moves on the page, or reads it for a while. Not when they are
 * about to leave by a link: a download that the next page cuts off is an error on Firefox' console.
 */
function attention() {
  return new Promise((/** @type {(reason: unknown) => void} */ resolve) => {
    const done = new AbortController();
    const options = { passive: true, capture: true, signal: done.signal };
    const timer = setTimeout(() => attend(null), DEFINE_AFTER_MS);
    const attend = (/** @type {unknown} */ reason) => {
      clearTimeout(timer);
      done.abort();
      resolve(reason);
    };
    const onLink = (/** @type {Event} */ event) => event.target instanceof Element && event.target.closest('a[href]');
    for (const sign of ['pointermove', 'pointerdown', 'keydown', 'scroll']) addEventListener(sign, (event) => onLink(event) || attend(event), options);
    addEventListener('click', (event) => onLink(event) && clearTimeout(timer), options);
  });
}

/** @param {ServiceWorkerRegistration} registration */
function offerUpdate(registration) {
  const offer = () => {
    if (registration.waiting && navigator.serviceWorker.controller) byId('update').hidden = false;
  };
  registration.installing?.addEventListener('statechange', offer);
  offer();
}

function again() {
  const button = h('button', { type: 'button', class: 'quiet' }, 'Try again');
  button.addEventListener('click', () => location.reload());
  return button;
}
