// The Compare exhibit's page: ask the core what there is, and show it.

import { Compare } from './compare.js';
import { HostError, sentence } from './host.js';
import { start } from './start.js';

/** @import { Host } from './host.js' */
/** @import { Catalogue } from './types.js' */

start(async ({ host }) => {
  const catalogue = await askCatalogue(host);
  new Compare({ host, catalogue, cores: navigator.hardwareConcurrency || 1 });
});

/** @param {Host} host @returns {Promise<Catalogue>} */
async function askCatalogue(host) {
  const { status, out, err } = await host.run(['list', '--json']);
  try {
    const catalogue = JSON.parse(out);
    if (Array.isArray(catalogue.workloads) && Array.isArray(catalogue.methods)) return catalogue;
  } catch {
    // Said below.
  }
  throw new HostError(sentence(err || `The core could not say what it can do (status ${status}).`));
}
