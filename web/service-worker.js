// The site's service worker. Three duties, none of which the page depends on to be shown:
//
// 1. Headers. Adds COOP and COEP to every answer, so that a page on a host that sends none is isolated.
//    Which COEP, what pages say about those they had decides (see isolation.js); it outlives this worker in a cache
//    of its own.
// 2. Offline. Keeps the files that files.json lists, all of one build, in a cache named after the build.
//    A build is served from its cache only when it is there whole. The next build's worker fills its own
//    cache while it installs, and takes over when the last page of the old one is gone, or when one asks it
//    to; another tab that is open then is offered to load the new build too (start.js).
// 3. Delay. `delay/MS/PATH` waits MS milliseconds (0–10000), then answers with PATH: the latency of the
//    workloads that read pages. The query is ignored, so that equal pages can have unequal addresses.

/// <reference lib="webworker" />

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
const LONGEST_DELAY_MS = 10_000;
/** What browsers take for COEP: not all know the first. */
const MODES = ['credentialless', 'require-corp'];

// The build puts a hash of the whole site here, so that a new build is a new worker.
const VERSION = '__BUILD_VERSION__';
const scope = new URL(worker.registration.scope);
// Other sites of this origin (other repositories of one Pages account) have caches too: the names say whose.
const BUILDS = `concurrency-lab ${scope.pathname} build `;
const SETTINGS = `concurrency-lab ${scope.pathname} settings`;
/** @param {string} path */
const inScope = (path) => new URL(path, scope).href;

/** @type {Promise<string> | null} */
let mode = null;
/** True once this build's cache is known to be whole. */
let whole = false;

worker.addEventListener('install', (event) => {
  // The first worker takes over at once and keeps the site later, when the page asks: nobody should wait
  // for a download to see the page. A later one first has its build whole.
  if (!worker.registration.active) event.waitUntil(worker.skipWaiting());
  else event.waitUntil(keep());
});

worker.addEventListener('activate', (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys())
        if (name.startsWith(BUILDS) && name !== BUILDS + VERSION) await caches.delete(name);
    })(),
  );
});

worker.addEventListener('message', (event) => {
  const reply = (/** @type {unknown} */ answer) => event.ports[0]?.postMessage(answer);
  const { type } = event.data ?? {};
  if (type === 'isolate') event.waitUntil(nextMode(event.data.tried ?? []).then((next) => reply({ mode: next })));
  // A page asks to be taken over when it is up: one that is about to reload itself must not have requests
  // under way here, which Firefox would report as failed.
  else if (type === 'claim') event.waitUntil(worker.clients.claim().then(reply));
  else if (type === 'keep') event.waitUntil(keep().then(() => reply(whole), () => reply(false)));
  else if (type === 'take-over') event.waitUntil(worker.skipWaiting());
});

worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== scope.origin || !url.pathname.startsWith(scope.pathname)) return;
  if (request.method !== 'GET' && request.method !== 'HEAD') return;
  // What a fetch takes without this worker in between (worker/probe.js).
  if (url.searchParams.has('direct')) return;
  // Chromium bug 823392: such a request can only fail here.
  if (request.cache === 'only-if-cached' && request.mode !== 'same-origin') return;
  event.respondWith(answer(request, url.pathname.slice(scope.pathname.length)));
});

/** @param {Request} request @param {string} path within the scope */
async function answer(request, path) {
  const delay = /^delay\/([^/]*)\/(.*)$/.exec(path);
  if (!delay) return isolated(await find(request, path));
  const [, ms = '', target = ''] = delay;
  if (!/^\d{1,5}$/.test(ms) || Number(ms) > LONGEST_DELAY_MS)
    return new Response(`delay/MS/PATH: MS must be 0 to ${LONGEST_DELAY_MS}\n`, { status: 400, headers: { 'content-type': 'text/plain' } });
  const aim = new URL(`./${target}`, scope);
  if (!aim.href.startsWith(scope.href))
    return new Response('delay/MS/PATH: PATH must be of this site\n', { status: 404, headers: { 'content-type': 'text/plain' } });
  const [found] = await Promise.all([
    find(new Request(aim, { signal: request.signal }), target),
    new Promise((resolve) => setTimeout(resolve, Number(ms))),
  ]);
  return isolated(found);
}

/** From this build's cache when it is whole, else from the network. @param {Request} request @param {string} path */
async function find(request, path) {
  return (await fromCache(path)) ?? fetch(request);
}

/** @param {string} path */
async function fromCache(path) {
  const cache = await caches.open(BUILDS + VERSION);
  // files.json is put last, so where it is the rest is too.
  whole ||= (await cache.match(inScope('files.json'))) !== undefined;
  if (!whole) return undefined;
  return cache.match(inScope(path === '' ? 'index.html' : path), { ignoreSearch: true, ignoreVary: true });
}

/** The same answer with the headers that isolate. @param {Response} response */
async function isolated(response) {
  // Opaque answers and redirects cannot be changed.
  if (response.status === 0 || response.type === 'opaqueredirect') return response;
  const headers = new Headers(response.headers);
  headers.set('cross-origin-opener-policy', 'same-origin');
  headers.set('cross-origin-embedder-policy', await getMode());
  headers.set('cross-origin-resource-policy', 'same-origin');
  const empty = response.status === 204 || response.status === 205 || response.status === 304;
  return new Response(empty ? null : response.body, { status: response.status, statusText: response.statusText, headers });
}

function getMode() {
  mode ??= caches
    .open(SETTINGS)
    .then((cache) => cache.match(inScope('coep')))
    .then((kept) => kept?.text() ?? 'credentialless');
  return mode;
}

/**
 * What a page is to be sent with from now on: as before, unless that was tried in vain. Null: there is nothing left to try.
 * @param {string[]} tried
 */
async function nextMode(tried) {
  const before = await getMode();
  const next = [before, ...MODES].find((one) => !tried.includes(one)) ?? null;
  if (next === null || next === before) return next;
  mode = Promise.resolve(next);
  await (await caches.open(SETTINGS)).put(inScope('coep'), new Response(next));
  return next;
}

/** @typedef {{ path: string, size: number, version: string }} SiteFile */

/** @type {Promise<void> | null} */
let keeping = null;

/** Fills this build's cache; what an older build has in the same version is copied. */
function keep() {
  keeping ??= fill().finally(() => {
    keeping = null;
  });
  return keeping;
}

async function fill() {
  const cache = await caches.open(BUILDS + VERSION);
  if (await cache.match(inScope('files.json'))) {
    whole = true;
    return;
  }
  const answer = await fetch(inScope('files.json'), { cache: 'no-cache' });
  if (!answer.ok) throw new Error(`files.json: ${answer.status}`);
  /** @type {{ version: string, files: SiteFile[] }} */
  const { version, files } = await answer.clone().json();
  if (version !== VERSION) throw new Error('the site changed while it was being kept');
  const older = await olderBuild();
  const queue = files.filter((file) => file.path !== 'files.json' && file.path !== 'service-worker.js');
  const fetcher = async () => {
    for (let file = queue.shift(); file; file = queue.shift()) {
      const url = inScope(file.path);
      let found = older?.versions.get(file.path) === file.version ? await older.cache.match(url) : undefined;
      found ??= await fetch(url, { cache: 'no-cache' });
      if (!found.ok) throw new Error(`${file.path}: ${found.status}`);
      await cache.put(url, found);
    }
  };
  await Promise.all([fetcher(), fetcher(), fetcher(), fetcher()]);
  await cache.put(inScope('files.json'), answer);
  whole = true;
}

async function olderBuild() {
  for (const name of await caches.keys()) {
    if (!name.startsWith(BUILDS) || name === BUILDS + VERSION) continue;
    const cache = await caches.open(name);
    const list = await cache.match(inScope('files.json'));
    if (!list) continue;
    /** @type {{ files: SiteFile[] }} */
    const { files } = await list.json();
    return { cache, versions: new Map(files.map((file) => [file.path, file.version])) };
  }
  return null;
}
