// A result in a link: the document stands behind the address's #, so that it never reaches a server. With all samples if the
// link does not get too long for chats and mails, and otherwise without them. Pure.

import { HOLDS } from '../page/address.js';
import { pack } from '../page/pack.js';

/** @import { ResultDocument } from '../page/types.js' */

/** Characters. */
export const LONGEST = 8192;
/**
 * @param {ResultDocument} result
 * @param {string} address of the page, with the settings of the result's run
 * @param {number} [longest] characters
 * @returns {Promise<{ link: string, samples: boolean } | null>} samples: they are in it; null: it would be longer even without
 */
export async function linkTo(result, address, longest = LONGEST) {
  for (const samples of [true, false]) {
    const link = `${address}${HOLDS}${await pack(samples ? result : withoutSamples(result))}`;
    if (link.length <= longest) return { link, samples };
  }
  return null;
}

/** Medians with their intervals, and every number as exact as it is shown anywhere. @param {ResultDocument} result @returns {ResultDocument} */
export function withoutSamples(result) {
  // What nobody sees of a result that is not this machine's goes too.
  const runs = result.runs.map(({ samples, rounds, repeats, firstStartupSeconds, trace, ...run }) =>
    samples && samples.length > 0 ? { ...run, sampleCount: samples.length } : run);
  const rounded = (/** @type {string} */ _, /** @type {unknown} */ value) => (typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value);
  return JSON.parse(JSON.stringify({ ...result, runs }, rounded));
}
