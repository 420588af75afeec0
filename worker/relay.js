// The first script of every Worker below a host in a browser (remote-worker.js says why): takes a port from the
// page, puts it in the place of the Worker's own, and becomes the module it was meant to be. That module sends by
// postMessage() and sets self.onmessage, as in a Worker that the host made itself.
//
// A page that knows what the Worker will be says so before there is a port: then the module is there when it comes. It
// must be one that does nothing until it is spoken to.

/** @type {any} */
const scope = globalThis;

/** @type {Promise<unknown> | null} */
let loading = null;

const take = (/** @type {MessageEvent} */ event) => {
  event.stopImmediatePropagation(); // the module listens too
  const { url, port } = /** @type {{ url: string, port?: MessagePort }} */ (event.data);
  loading ??= import(url);
  loading.catch(() => {}); // told below
  if (!port) return;
  scope.removeEventListener('message', take);
  scope.postMessage = (/** @type {unknown} */ message, /** @type {Transferable[]} */ transfer = []) => port.postMessage(message, transfer);
  loading.then(
    // Setting onmessage opens the port: what was sent before the module was there has waited in it.
    () => (port.onmessage = message => scope.onmessage?.(message)),
    // An error of the Worker, as if it had been loaded itself; a rejected promise would be none.
    error => setTimeout(() => { throw error; }),
  );
};
scope.addEventListener('message', take);
