// The C of a case, to read: its function out of the file it is in.

import { h } from '../page/dom.js';
import { listing } from '../page/source.js';
import { extractFunction } from './extract.js';

/** @import { RuleCase } from './types.js' */

/** @type {Map<string, Promise<string>>} */
const files = new Map();

/** @param {string} name */
function read(name) {
  let file = files.get(name);
  if (!file) {
    file = fetch(`source/${name}`).then((answer) => {
      if (!answer.ok) throw new Error(`the server says ${answer.status}`);
      return answer.text();
    });
    file.catch(() => files.delete(name));
    files.set(name, file);
  }
  return file;
}

/** @param {RuleCase} one @returns {Promise<HTMLElement>} */
export async function codeOf(one) {
  try {
    // The plan is the core's, but a name must not lead out of the folder all the same.
    if (!/^[\w-]+\.c$/.test(one.source)) throw new Error('no such file');
    const found = extractFunction(await read(one.source), one.case);
    if (!found) throw new Error(`it has no function ${one.case}`);
    return h('div', { class: 'code', tabindex: 0, role: 'region', 'aria-label': `${one.case}, C source` }, listing(found.text, found.firstLine));
  } catch (error) {
    return h('p', { class: 'error' }, `${one.source} could not be read: ${error instanceof Error ? error.message : error}.`);
  }
}
