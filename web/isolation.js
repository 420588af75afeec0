// Shared memory needs a cross-origin isolated page, and that needs two headers. Where the server does not
// send them the service worker adds them, which takes effect from the next load on: so the page reloads
// itself, at most twice (once for `credentialless`, once for `require-corp`), and says why when even that
// does not help. sessionStorage counts the reloads; without it the page never reloads.

const GUARD = 'lab.isolation';
const MODES = /** @type {const} */ (['credentialless', 'require-corp']);
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
  if (window.crossOriginIsolated) {
    guard(null);
    // Not awaited: the worker keeps the site for offline use and serves delay/, neither is needed yet.
    return { isolated: true, reason: null, registration: null };
  }
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

  const tried = guard();
  const next = tried === null ? MODES[0] : MODES[MODES.indexOf(/** @type {typeof MODES[number]} */ (tried)) + 1];
  if (next === undefined || tried === 'failed') {
    guard('failed');
    return refused('the browser did not isolate this page although it was sent with the headers for it', registration);
  }
  // The guard comes first: a reload that cannot be counted must not happen.
  if (!guard(next)) return refused('this browser lets the page store nothing, so it cannot safely reload itself to become isolated', registration);
  await tell(registration, { type: 'isolate', mode: next });
  location.reload();
  return new Promise(() => {});
}

/** @returns {string | null} */
function firstObstacle() {
  if (typeof SharedArrayBuffer === 'undefined' && typeof WebAssembly === 'undefined')
    return 'this browser has no WebAssembly';
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
  return { isolated: false, reason: `Threads need shared memory, which is not to be had here: ${why}.`, registration };
}

export function register() {
  const url = new URL('./service-worker.js', import.meta.url);
  return navigator.serviceWorker.register(url, { scope: new URL('./', url).pathname, updateViaCache: 'none' });
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

/**
 * The guard's word: read it (no argument), set it, or clear it (null). Setting returns whether it was kept.
 * @param {string | null} [word]
 * @returns {any}
 */
function guard(word) {
  try {
    if (word === undefined) return sessionStorage.getItem(GUARD);
    if (word === null) sessionStorage.removeItem(GUARD);
    else sessionStorage.setItem(GUARD, word);
    return sessionStorage.getItem(GUARD) === word;
  } catch {
    return word === undefined ? 'failed' : false;
  }
}

/** @param {unknown} error */
function text(error) {
  return error instanceof Error ? error.message.replace(/\.$/, '') : String(error);
}
