// The page around the picture: what to show, zoom, legend, notes, and the same numbers as a table.

import { ASKED, HOLDING, IDLE, RUNNING, STACK, STATE_COUNT, STATE_WORDS, isBlocked, isRunning, statePhrase } from './events.js';
import { chosenSections } from './rows.js';
import { maskOf } from './theme.js';
import { duration, group, instant, percent, plural } from './words.js';

/** @typedef {import('./model.js').Model} Model */
/** @typedef {import('./rows.js').Choice} Choice */
/** @typedef {import('./theme.js').Theme} Theme */
/** @typedef {import('./view.js').View} View */

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag @param {Partial<HTMLElementTagNameMap[T]> & { class?: string }} [properties]
 * @param {(Node | string)[]} children @returns {HTMLElementTagNameMap[T]}
 */
export function element(tag, { class: className, ...properties } = {}, ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  Object.assign(node, properties);
  node.append(...children);
  return node;
}

/**
 * @typedef {object} PanelActions
 * @property {(choice: Choice) => void} choose
 * @property {(factor: number) => void} zoom
 * @property {() => void} fit
 * @property {() => void} follow
 */

export class Panel {
  /** @param {HTMLElement} host @param {PanelActions} actions */
  constructor(host, actions) {
    this.actions = actions;
    this.select = element('select', { ariaLabel: 'What the timeline shows' });
    this.earlier = button('‹', 'Earlier sample', () => this.#step(-1));
    this.later = button('›', 'Later sample', () => this.#step(1));
    this.round = element('span', { class: 'timeline-round' });
    this.choices = element('label', { hidden: true }, 'Show ', this.select);
    this.rounds = element('span', { class: 'timeline-rounds', hidden: true }, this.earlier, this.round, this.later);
    this.follow = button('Follow', 'Follow the run', () => actions.follow());
    this.follow.hidden = true;
    const bar = element('div', { class: 'timeline-bar' },
      this.choices, this.rounds, element('span', { class: 'timeline-space' }), this.follow,
      element('span', { class: 'timeline-zoom' }, button('−', 'Zoom out', () => actions.zoom(1.6)),
        button('+', 'Zoom in', () => actions.zoom(1 / 1.6)), button('Fit', 'Show all', () => actions.fit())));
    const help = element('p', { class: 'timeline-help', id: `timeline-help-${++panels}` },
      'Drag, or turn the wheel once the timeline has the focus. Keys: ← → move, + − zoom, 0 shows all, ↑ ↓ choose a lane, '
      + 'Shift ← → go from span to span, Enter zooms to one.');
    this.canvas = element('canvas');
    this.canvas.setAttribute('aria-hidden', 'true');
    this.spacer = element('div', { class: 'timeline-spacer' }, this.canvas);
    this.stage = element('div', { class: 'timeline-stage', tabIndex: 0, role: 'application' }, this.spacer);
    this.stage.setAttribute('aria-label', 'Timeline of every thread, process and event loop');
    this.stage.setAttribute('aria-describedby', help.id);
    this.tip = element('div', { class: 'timeline-tip', hidden: true });
    this.tip.setAttribute('aria-hidden', 'true'); // the line below says the same aloud
    this.words = element('p', { class: 'timeline-words', ariaLive: 'polite' });
    this.legend = element('ul', { class: 'timeline-legend', ariaLabel: 'Legend' });
    this.notes = element('p', { class: 'timeline-notes', hidden: true });
    this.table = element('table', {}, element('caption', {}, 'Nothing yet'));
    this.details = element('details', {}, element('summary', {}, 'What is shown, as a table'),
      element('div', { class: 'timeline-scroll' }, this.table));
    const frame = element('div', { class: 'timeline-frame' }, this.stage, this.tip);
    this.root = element('div', { class: 'timeline' }, bar, frame, this.words, this.legend, this.notes, help, this.details);
    host.append(this.root);
    this.select.addEventListener('change', () => actions.choose(decode(this.select.value)));
    /** @type {Choice} */
    this.choice = { what: 'run' };
    this.seen = '';
    this.most = 0;
  }

  /** What can be chosen, and what is. @param {Model} model @param {Choice} choice */
  update(model, choice) {
    this.choice = choice;
    this.#options(model);
    this.select.value = encode(choice);
    const shown = chosenSections(model, choice)[0];
    this.rounds.hidden = !shown;
    if (shown) {
      this.most = model.sections.rounds.get(shown.cell) ?? 1;
      const first = model.sections.of(shown.cell)[0]?.round ?? 1;
      this.round.textContent = `sample ${shown.round} of ${this.most}`;
      this.earlier.disabled = shown.round <= first;
      this.later.disabled = shown.round >= this.most;
      this.shownRound = shown.round;
    }
    const notes = [];
    if (model.lost > 0) notes.push(`${plural(model.lost, 'event was', 'events were')} overwritten before anyone could read them.`);
    if (model.dropped > 0) notes.push(`The oldest ${group(model.dropped)} entries were let go to bound memory.`);
    const unmatched = model.unmatched();
    if (unmatched > 0) notes.push(`${plural(unmatched, 'event lacks its', 'events lack their')} beginning or end.`);
    this.notes.textContent = notes.join(' ');
    this.notes.hidden = notes.length === 0;
  }

  /** @param {number} by */
  #step(by) {
    if (this.choice.what === 'run' || this.shownRound === undefined) return;
    this.actions.choose({ ...this.choice, round: this.shownRound + by });
  }
  /** @type {number | undefined} */
  shownRound;

  /** @param {Model} model */
  #options({ sections }) {
    const cells = sections.known();
    const seen = cells.map((cell) => sections.label(cell) + (sections.rounds.has(cell) ? '' : ' -')).join('\n');
    if (seen === this.seen && this.select.length > 0) return;
    this.seen = seen;
    const ready = cells.filter((cell) => sections.rounds.has(cell));
    const workloads = [...new Set(ready.map((cell) => sections.cells.get(cell)?.workload))].filter((word) => word !== undefined);
    this.choices.hidden = ready.length === 0; // there is nothing to choose
    this.select.replaceChildren(element('option', { value: 'run' }, 'the whole run'));
    if (workloads.length > 0) {
      this.select.append(optgroup('Methods below each other', workloads.map((workload) =>
        element('option', { value: encode({ what: 'workload', workload, round: null }) }, `${workload}, every method`))));
    }
    if (ready.length > 0) {
      this.select.append(optgroup('One sample', ready.map((cell) =>
        element('option', { value: encode({ what: 'cell', cell, round: null }) }, sections.label(cell)))));
    }
  }

  /** Swatches of what the picture holds. @param {Model} model @param {Theme} theme @param {View} view */
  drawLegend(model, theme, view) {
    const states = new Set();
    const methods = new Set();
    /** Methods whose lanes hold a GIL, and in which they are asked to drop it. */
    const holders = new Set();
    let awaits = false;
    const time = new Float64Array(STATE_COUNT);
    for (const row of view.rows) {
      if (!row.lane) continue;
      const before = time[HOLDING];
      const ran = time[RUNNING];
      row.lane.spans.addTimes(row.from, row.to, time);
      if (time[HOLDING] > before) holders.add(row.method);
      if (row.lane.spans.length > 0 && row.method && (time[HOLDING] === before || time[RUNNING] > ran)) methods.add(row.method);
      if (row.lane.awaits) awaits = true;
    }
    for (const state of STACK) if (!isRunning(state) && time[state] > 0) states.add(state);
    for (const { cell } of model.sections.list) {
      const method = model.sections.cells.get(cell)?.method;
      if (method && view.choice.what === 'run') methods.add(method);
    }
    const plain = theme.method('');
    /** @param {HTMLElement} swatch @param {string} word */
    const item = (swatch, word) => element('li', {}, swatch, word);
    const items = [...methods].map((method) => item(this.#swatch(view, RUNNING, theme.method(method)), `${method} running${holders.has(method) ? ' without the GIL' : ''}`));
    for (const method of holders) items.push(item(this.#swatch(view, HOLDING, theme.method(method)), `${method} ${statePhrase(HOLDING)}`));
    if (time[ASKED] > 0) items.push(item(this.#swatch(view, ASKED, plain), statePhrase(ASKED)));
    for (const state of states) items.push(item(this.#swatch(view, state, plain), statePhrase(state)));
    items.push(item(element('span', { class: 'timeline-swatch timeline-idle' }), 'idle'));
    if (model.queue.peak > 0) items.push(item(element('span', { class: 'timeline-swatch timeline-queued' }), 'queued'));
    if (awaits) items.push(item(element('span', { class: 'timeline-swatch timeline-awaits' }), 'awaits in flight'));
    this.legend.replaceChildren(...items);
  }

  /** @param {View} view @param {number} state @param {import('./theme.js').Ink} ink */
  #swatch(view, state, ink) {
    const { ratio, theme } = view;
    const canvas = element('canvas', { class: 'timeline-swatch', width: Math.round(22 * ratio), height: Math.round(12 * ratio) });
    canvas.setAttribute('aria-hidden', 'true'); // the word beside it says it
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    const { ground, mark } = theme.paint(state, ink);
    const mask = maskOf(state);
    const dot = Math.max(1, Math.round(ratio));
    context.fillStyle = ground.css;
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.fillStyle = mark.css;
    for (let y = 0; mask && y * dot < canvas.height; y++) {
      for (let x = 0; x * dot < canvas.width; x++) {
        if ((mask[7 - (y & 7)] >> (x & 7)) & 1) context.fillRect(x * dot, y * dot, dot, dot);
      }
    }
    return canvas;
  }

  /** The totals of what is shown. @param {View} view */
  drawTable(view) {
    const { model, viewport } = view;
    const lanes = view.rows.flatMap((row) => {
      if (!row.lane) return [];
      const from = Math.max(row.from, viewport.from + row.shift);
      const to = Math.min(row.to, viewport.to + row.shift);
      return [{ row, totals: model.totals(row.lane, from, to) }];
    });
    /** @param {number} state */
    const used = (state) => lanes.some(({ totals }) => totals.time[state] > 0);
    const states = STACK.filter((state) => state !== RUNNING && used(state));
    const awaits = lanes.some(({ totals }) => totals.awaits);
    const heads = ['Lane', 'Method', 'Running', ...states.map((state) => (isBlocked(state) ? `Blocked: ${STATE_WORDS[state]}` : capital(STATE_WORDS[state]))),
      'Idle', 'Tasks', ...(awaits ? ['Awaits, mean', 'Awaits, most'] : [])];
    const range = viewport.range;
    this.table.replaceChildren(
      element('caption', {}, `From ${instant(Math.max(viewport.from, viewport.begin), range)} to ${instant(Math.min(viewport.to, viewport.end), range)}`),
      element('thead', {}, element('tr', {}, ...heads.map((head) => element('th', { scope: 'col' }, head)))),
      element('tbody', {}, ...lanes.map(({ row, totals }) => {
        const cells = [row.section ? model.sections.label(row.section.cell) : row.method || '–', amount(totals.time[RUNNING], totals.span),
          ...states.map((state) => amount(totals.time[state], totals.span)),
          percent(totals.span > 0 ? totals.time[IDLE] / totals.span : 0), group(totals.tasks),
          ...(awaits ? [totals.awaits ? totals.awaits.mean.toFixed(1) : '–', totals.awaits ? group(totals.awaits.peak) : '–'] : [])];
        return element('tr', {}, element('th', { scope: 'row' }, row.label), ...cells.map((cell) => element('td', {}, cell)));
      })));
  }
}

let panels = 0;

/** @param {string} word */
function capital(word) {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** @param {number} time @param {number} span */
function amount(time, span) {
  return time > 0 ? `${duration(time)} (${percent(time / span)})` : '–';
}

/** @param {string} text @param {string} label @param {() => void} press */
function button(text, label, press) {
  const node = element('button', { type: 'button', title: label }, text);
  if (text.length < 3) node.ariaLabel = label;
  node.addEventListener('click', press);
  return node;
}

/** @param {string} label @param {HTMLOptionElement[]} options */
function optgroup(label, options) {
  return element('optgroup', { label }, ...options);
}

/** @param {Choice} choice */
function encode(choice) {
  return choice.what === 'run' ? 'run' : choice.what === 'cell' ? `cell ${choice.cell}` : `workload ${choice.workload}`;
}

/** @param {string} value @returns {Choice} */
function decode(value) {
  const [what, name] = value.split(' ', 2);
  if (what === 'cell') return { what, cell: Number(name), round: null };
  if (what === 'workload') return { what, workload: name, round: null };
  return { what: 'run' };
}
