// What there is to run here, as the core says.

import { HostError, sentence } from './host.js';

/** @import { Host } from './host.js' */
/** @import { Catalogue } from './types.js' */

/** @param {Host} host @returns {Promise<Catalogue>} */
export async function askCatalogue(host) {
  const { status, out, err } = await host.run(['list', '--json']);
  try {
    const catalogue = JSON.parse(out);
    if (Array.isArray(catalogue.workloads) && Array.isArray(catalogue.methods)) return catalogue;
  } catch {
    // Said below.
  }
  throw new HostError(sentence(err || `The core could not say what it can do (status ${status}).`));
}
