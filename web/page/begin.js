// The first script of a page, which the build writes into the page itself. Workers take longest of all that a page needs
// before it can run; so where the page can share memory its host, that host's first thread and their program are begun here,
// before anything else has arrived. host-worker.js takes them over, or ends them where they lack something after all.

// Forms here send nothing: Enter in a field presses Run, which is the form's button.
addEventListener('submit', (event) => event.preventDefault());

{
  /** The core's program: lab, or one with fewer commands. None where a page runs nothing. */
  const { core } = document.documentElement.dataset;
  if (core && window.crossOriginIsolated && window.SharedArrayBuffer) try {
    const worker = (/** @type {string} */ path, /** @type {string} */ name) => new Worker(path, { type: 'module', name });
    const host = worker(`worker/browser-host.js?${core}`, 'concurrency-lab');
    const thread = worker('worker/relay.js', 'em-pthread'); // what Emscripten calls a thread's Worker, and knows it by
    const module = new URL(`${core}.mjs`, document.baseURI).href;
    thread.postMessage({ url: module });
    const program = fetch(`${core}.wasm`).then((answer) => WebAssembly.compileStreaming(answer)).catch(() => null);
    /** What they say before somebody listens. @type {Event[]} */
    const early = [];
    const keep = (/** @type {Event} */ event) => {
      event.preventDefault();
      early.push(event);
    };
    for (const type of ['message', 'messageerror', 'error']) host.addEventListener(type, keep);
    thread.addEventListener('error', keep);
    Object.assign(window, { begun: { host, thread, module, program, early, keep } });
  } catch {
    // Whoever needs a Worker will be told.
  }
}
