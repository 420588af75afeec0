// Shared memory needs a cross-origin isolated page, and that needs two headers. Where the server does not
// send them the service worker adds them, which takes effect from the next load on: so the page reloads
// itself, at most twice (once for each of the two policies that the worker can send), and says why when even
// that does not help.
//
// - The policies that were tried stand in the address, behind its #, as long as that goes on: the one thing that a
//   document surely hands on to what follows it. When a page becomes isolated, Chromium gives it a copy of its
//   sessionStorage, so that what is cleared there is still set in the next one that is not, and drops history.state;
//   and some browsers have no storage.
// - A reload by hand that bypasses the worker (Shift-reload) is answered by one that does not. What comes out of
//   that and has not passed the worker either is left alone: so nothing goes round in circles.

import { noThreads } from './features.js';

const NOTE = /^#isolating:([a-z,-]*)/;
const VAIN = 'lab.isolation';
const WORKER_PATIENCE_MS = 10_000;

/**
 * @typedef {{ isolated: boolean, reason: string | null, registration: ServiceWorkerRegistration | null }} Isolation
 *   `reason`: one sentence, when the page is not isolated.
 */

/**
 * Isolates the page, or finds out why it cannot be. When it has to reload the promise never settles.
 * @returns {Promise<Isolation>}
 */
export async function isolate() {
  // Only now: once the page is up it asks to be taken over.
  const passed = navigator.serviceWorker?.controller != null;
  const tried = readNote();
  // Not awaited: the worker keeps the site for offline use and serves delay/, neither is needed yet.
  if (window.crossOriginIsolated) return { isolated: true, reason: null, registration: null };
  const obstacle = firstObstacle();
  if (obstacle) return refused(obstacle);

  let registration;
  try {
    registration = await register();
    if (!(await activated(registration)))
      return refused('the service worker that would isolate this page did not start', registration);
  } catch (error) {
    return refused(`this browser refused the service worker that would isolate this page (${text(error)})`);
  }

  if (tried.length > 0 && !passed)
    return refused('this page did not pass its service worker, which adds the headers, when it was loaded anew (developer tools can bypass it)', registration);
  const answer = passed && inVain() ? { mode: null } : /** @type {{ mode: string | null } | null} */ (await tell(registration, { type: 'isolate', tried }));
  if (!answer) return refused('the service worker that would isolate this page did not answer', registration);
  const { mode } = answer;
  if (mode === null || tried.includes(mode)) {
    inVain(true);
    return refused('the browser did not isolate this page although it was sent with the headers for it', registration);
  }
  // The note comes first: a reload that cannot be counted must not happen.
  if (!writeNote([...tried, mode]))
    return refused('this browser lets the page take no note, so it cannot safely reload itself to become isolated', registration);
  // Chromium may bring this document back, out of its back/forward cache, in place of the next one: it goes on to that then,
  // but not before it has been shown.
  window.addEventListener('pageshow', ({ persisted }) => {
    if (persisted) setTimeout(() => location.reload());
  });
  location.reload();
  return new Promise(() => {});
}

/** @returns {string | null} */
function firstObstacle() {
  if (!window.isSecureContext) return 'this page came over plain HTTP, and browsers share memory only over HTTPS (or on localhost)';
  if (window.top !== window.self) return 'this page is inside a frame of another page; open it in a tab of its own';
  if (window.crossOriginIsolated === undefined) return 'this browser is too old to isolate a page';
  if (!('serviceWorker' in navigator))
    return 'the server does not send the headers for it, and this window has no service worker to add them (private windows of some browsers have none)';
  return null;
}

/**
 * @param {string} why
 * @param {ServiceWorkerRegistration | null} [registration]
 * @returns {Isolation}
 */
function refused(why, registration = null) {
  return { isolated: false, reason: noThreads(why), registration };
}

export function register() {
  return navigator.serviceWorker.register('service-worker.js', { updateViaCache: 'none' });
}

/** @param {ServiceWorkerRegistration} registration @returns {Promise<boolean>} */
export function activated(registration) {
  if (registration.active) return Promise.resolve(true);
  const worker = registration.installing ?? registration.waiting;
  if (!worker) return Promise.resolve(false);
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), WORKER_PATIENCE_MS);
    worker.addEventListener('statechange', () => {
      if (worker.state !== 'activated' && worker.state !== 'redundant') return;
      clearTimeout(timer);
      resolve(worker.state === 'activated');
    });
  });
}

/**
 * Sends the active worker a message and waits for its answer, but not for ever.
 * @param {ServiceWorkerRegistration} registration
 * @param {object} message
 */
export function tell(registration, message) {
  return new Promise((resolve) => {
    const channel = new MessageChannel();
    const timer = setTimeout(() => resolve(null), WORKER_PATIENCE_MS);
    channel.port1.onmessage = (event) => {
      clearTimeout(timer);
      resolve(event.data);
    };
    if (registration.active) registration.active.postMessage(message, [channel.port2]);
    else resolve(null);
  });
}

/** The policies that were tried, out of the address. @returns {string[]} */
function readNote() {
  const { hash } = location;
  const [note, tried = ''] = NOTE.exec(hash) ?? [];
  if (note === undefined) return [];
  const rest = hash.slice(note.length);
  try {
    history.replaceState(null, '', location.pathname + location.search + rest);
    // A place on the page that the address names is gone to only now.
    if (rest) addEventListener('load', () => document.getElementById(rest.slice(1))?.scrollIntoView());
  } catch {
    // It stays there, and is read again after a reload by hand.
  }
  return tried.split(',').filter(Boolean);
}

/** @param {string[]} tried @returns {boolean} whether it could be written */
function writeNote(tried) {
  try {
    history.replaceState(null, '', `#isolating:${tried.join()}${location.hash}`);
  } catch {
    // Browsers count such writes, and refuse.
  }
  return NOTE.test(location.hash);
}

/**
 * Whether every policy was tried in vain in this tab, where that can be kept: the next page need not try again.
 * @param {true} [now]
 */
function inVain(now) {
  try {
    if (now) sessionStorage.setItem(VAIN, 'in vain');
    return sessionStorage.getItem(VAIN) !== null;
  } catch {
    return false;
  }
}

/** @param {unknown} error */
function text(error) {
  return error instanceof Error ? error.message.replace(/\.$/, '') : String(error);
}
