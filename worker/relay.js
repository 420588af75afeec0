// The first script of every Worker below a host in a browser (remote-worker.js says why): takes a port from the
// page, puts it in the place of the Worker's own, and becomes the module it was meant to be. That module sends by
// postMessage() and sets self.onmessage, as in a Worker that the host made itself.

/** @type {any} */
const scope = globalThis;

scope.addEventListener('message', async (/** @type {MessageEvent} */ { data }) => {
  const { url, port } = /** @type {{ url: string, port: MessagePort }} */ (data);
  scope.postMessage = (/** @type {unknown} */ message, /** @type {Transferable[]} */ transfer = []) => port.postMessage(message, transfer);
  try {
    await import(url);
  } catch (error) {
    // An error of the Worker, as if it had been loaded itself; a rejected promise would be none.
    setTimeout(() => { throw error; });
    return;
  }
  // Setting onmessage opens the port: what was sent before the module was there has waited in it.
  port.onmessage = event => scope.onmessage?.(event);
}, { once: true });
