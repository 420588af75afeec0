// The first script of the host of a cross-origin isolated page (isolated-host.js): asks for all that the host needs at
// once, where modules that import each other would be found one after another. `browser-host.js?lab-compare` is a host
// with the commands of the first page alone, whose program is a half of lab's.

/** @import { ToBrowserHost } from './protocol.js' */

/** @type {any} */
const scope = globalThis;

/** Until there is somebody to hear it: a browser drops messages that find no listener. @type {ToBrowserHost[]} */
const early = [];
scope.onmessage = (/** @type {MessageEvent} */ { data }) => early.push(data);

/** What isolated-host.js imports, and what that imports: the build's list. @type {string[]} */
const modules = [/* imports of isolated-host.js */];

const core = import(new URL(import.meta.url).search === '?lab-compare' ? '../lab-compare.mjs' : '../lab.mjs');
core.catch(() => {}); // told by begin()
for (const module of modules) import(module).catch(() => {}); // told below
import('./isolated-host.js').then(({ begin }) => begin(core, early)).catch(error => {
  // An error of the Worker; a rejected promise would be none.
  setTimeout(() => { throw error; });
});
