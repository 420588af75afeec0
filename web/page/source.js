// The C that runs, to read: the very file the core was built from, with line numbers.

import { h } from './dom.js';
import { highlight } from './highlight.js';

/** @import { Workload } from './types.js' */

/** @type {HTMLDialogElement | null} */
let dialog = null;

/** @param {Workload} workload */
export async function openSource(workload) {
  const { frame, title, body } = parts();
  title.textContent = `${workload.source}, the C source of ${workload.name}`;
  body.replaceChildren(h('p', { class: 'caption' }, 'Loading…'));
  frame.showModal();
  try {
    // The catalogue is the core's, but a name must not lead out of the folder all the same.
    if (!/^[\w-]+\.[ch]$/.test(workload.source)) throw new Error('no such file');
    const answer = await fetch(`source/${workload.source}`);
    if (!answer.ok) throw new Error(`the server says ${answer.status}`);
    body.replaceChildren(listing(await answer.text()));
    body.scrollTop = 0;
  } catch (error) {
    body.replaceChildren(h('p', { class: 'error' }, `${workload.source} could not be read: ${error instanceof Error ? error.message : error}.`));
  }
}

/** One row per line: the numbers are generated content, so that copying takes only the code. @param {string} text @param {number} [firstLine] */
export function listing(text, firstLine = 1) {
  const code = h('code', { class: 'listing' });
  for (const line of highlight(text.replace(/\n$/, ''))) {
    const row = h('span', { class: 'line' });
    for (const { kind, text: piece } of line) row.append(kind ? h('span', { class: `c-${kind}` }, piece) : piece);
    row.append('\n');
    code.append(row);
  }
  const block = h('pre', {}, code);
  if (firstLine !== 1) block.style.counterReset = `line ${firstLine - 1}`;
  return block;
}

function parts() {
  if (!dialog) {
    const close = h('button', { type: 'button' }, 'Close');
    dialog = h(
      'dialog',
      { class: 'source', 'aria-labelledby': 'source-title' },
      h('header', {}, h('h2', { id: 'source-title' }), close),
      h('div', { class: 'source-body', tabindex: 0, role: 'region', 'aria-labelledby': 'source-title' }),
    );
    close.addEventListener('click', () => dialog?.close());
    // A click on the backdrop hits the dialog itself, one inside hits a child.
    dialog.addEventListener('click', (event) => {
      if (event.target === dialog) dialog?.close();
    });
    document.body.append(dialog);
  }
  return {
    frame: dialog,
    title: /** @type {HTMLElement} */ (dialog.querySelector('h2')),
    body: /** @type {HTMLElement} */ (dialog.querySelector('.source-body')),
  };
}
