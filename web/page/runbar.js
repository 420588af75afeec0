// The bar that is always in sight, and what an exhibit says beneath it: Run, Stop, how far it is, trouble.

import { byId, setText } from './dom.js';

const SPOKEN_EVERY_MS = 6_000;

export class RunBar {
  #spokenAt = 0;

  /** @param {{ run: () => void, stop: () => void }} actions */
  constructor({ run, stop }) {
    byId('run').addEventListener('click', run);
    byId('stop').addEventListener('click', stop);
  }

  /**
   * @param {{ running: boolean, stopping: boolean, ready: boolean, text: string, share: number, result: boolean }} state
   *   `share`: how far it is, 0 to 1; `result`: there is one to see
   */
  show({ running, stopping, ready, text, share, result }) {
    byId('run').setAttribute('aria-disabled', String(running || !ready));
    byId('stop').setAttribute('aria-disabled', String(!running || stopping));
    document.body.classList.toggle('running', running);
    const bar = byId('elapsed');
    const part = running ? Math.min(1, Math.max(0, share)) : 0;
    bar.style.setProperty('--share', String(part));
    bar.setAttribute('aria-valuenow', String(Math.round(part * 100)));
    setText(byId('summary'), running && stopping ? 'Stopping…' : text);
    byId('to-report').hidden = running || !result;
    if (running && performance.now() - this.#spokenAt > SPOKEN_EVERY_MS) this.speak(text);
  }

  /** Says it to a screen reader. @param {string} text */
  speak(text) {
    this.#spokenAt = performance.now();
    setText(byId('progress-spoken'), text);
  }
}

/** What went wrong, in one sentence; none: nothing. @param {string} message @param {HTMLElement | null} [help] what can be done about it */
export function trouble(message, help = null) {
  const line = byId('trouble');
  if (help) line.replaceChildren(`${message} `, help);
  else setText(line, message);
  line.hidden = message === '';
}
