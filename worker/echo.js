// The other end of the messages whose time is measured (probe.js): sends back what comes. A word says how, from then
// on, and is answered too, so that whoever sent it knows that this Worker is up.

import { receive, send } from './scope.js';

/** Of the site (relay.js). */
export const build = '__BUILD_VERSION__';

let transfer = false;

receive((/** @type {'copy' | 'transfer' | ArrayBuffer | null} */ message) => {
  if (typeof message === 'string') transfer = message === 'transfer';
  if (transfer && message instanceof ArrayBuffer) send(message, [message]);
  else send(message);
});
