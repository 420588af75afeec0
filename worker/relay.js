// The first script of every Worker below a host in a browser (remote-worker.js says why): takes a port from the
// page, puts it in the place of the Worker's own, and becomes the module it was meant to be. That module sends by
// postMessage() and sets self.onmessage, as in a Worker that the host made itself.
//
// A page that knows what the Worker will be says so before there is a port: then the module is there when it comes. It
// must be one that does nothing until it is spoken to.

// A site may have got another build while the page was open. Modules of two builds do not understand each other, so what a
// module says of its build must be what the page says of its own.

/** @type {any} */
const scope = globalThis;

/** @type {Promise<{ build?: string }> | null} */
let loading = null;

const take = (/** @type {MessageEvent} */ event) => {
  event.stopImmediatePropagation(); // the module listens too
  const { url, port, build } = /** @type {{ url: string, port?: MessagePort, build?: string }} */ (event.data);
  loading ??= import(url);
  loading.catch(() => {}); // told below
  if (!port) return;
  scope.removeEventListener('message', take);
  scope.postMessage = (/** @type {unknown} */ message, /** @type {Transferable[]} */ transfer = []) => port.postMessage(message, transfer);
  loading.then(module => {
    if (module.build !== undefined && module.build !== build) throw new Error('the site has been updated since this page was loaded: reload it');
    // Setting onmessage opens the port: what was sent before the module was there has waited in it.
    port.onmessage = message => scope.onmessage?.(message);
  }).catch(error => {
    // An error of the Worker, as if it had been loaded itself; a rejected promise would be none.
    setTimeout(() => { throw error; });
  });
};
scope.addEventListener('message', take);
