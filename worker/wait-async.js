// Atomics.waitAsync(), by which Emscripten hears of what its threads post to the host (libpthread.js,
// _emscripten_thread_mailbox_await); without it they send messages.
//
// WebKit can keep the promise of one that was notified, until something else happens in that Worker (WebKitGTK 2.50, seen
// within seconds on a machine whose cores are taken): a host that has nothing else to do then waits for ever.

/** @param {string} userAgent Chromium names WebKit too; on iOS all are WebKit */
export const losesNews = userAgent => /AppleWebKit\//.test(userAgent) && !/Chrom(e|ium)\//.test(userAgent);

/** Before Emscripten looks for it. */
export function avoidLossyWaits() {
  if (losesNews(globalThis.navigator?.userAgent ?? '')) Reflect.deleteProperty(Atomics, 'waitAsync');
}
