// The form: shows a draft (see settings.js) and tells when a person changed it.

import { byId, h } from '../page/dom.js';
import { integer } from '../page/format.js';
import { methodClass, methodRank } from '../page/methods.js';
import { sizedWorkload, waits } from './settings.js';

/** @import { Catalogue } from '../page/types.js' */
/** @import { Draft, Field, Problem } from './settings.js' */

const TEXTS = /** @type {const} */ (['workers', 'size', 'rounds', 'seconds', 'seed', 'latency', 'numbers', 'urls']);
const LISTS = /** @type {const} */ (['workloads', 'methods']);
const FAMILIES = { cpu: 'computes', memory: 'moves memory', io: 'waits', mixed: 'waits, then computes' };

export class Form {
  #catalogue;
  #draft;
  #cores;
  #onChange;
  /** What was typed as the size of each workload, so that looking at another one does not lose it. @type {Map<string, string>} */
  #sizes = new Map();

  /** @param {{ catalogue: Catalogue, draft: Draft, cores: number, onChange: (draft: Draft) => void }} options */
  constructor({ catalogue, draft, cores, onChange }) {
    this.#catalogue = catalogue;
    this.#draft = draft;
    this.#cores = cores;
    this.#onChange = onChange;
    this.#build();
    for (const field of TEXTS) {
      const input = /** @type {HTMLInputElement | HTMLTextAreaElement} */ (byId(field));
      input.addEventListener('input', () => {
        this.#draft = { ...this.#draft, [field]: input.value };
        const sized = field === 'size' ? sizedWorkload(this.#draft, this.#catalogue) : null;
        if (sized) this.#sizes.set(sized.name, input.value);
        this.#onChange(this.#draft);
      });
    }
    this.show(draft);
  }

  get draft() {
    return this.#draft;
  }

  #build() {
    const { workloads, methods } = this.#catalogue;
    byId('workloads').querySelector('.choices')?.replaceChildren(
      ...workloads.map((workload) => {
        const look = h('button', { type: 'button', class: 'quiet', 'aria-label': `Read the C source of ${workload.name}` }, 'C source');
        look.addEventListener('click', async () => (await import('../page/source.js')).openSource(workload));
        return this.#choice('workloads', workload.name, { tag: FAMILIES[workload.family], sentence: workload.sentence, extra: look });
      }),
    );
    byId('methods').querySelector('.choices')?.replaceChildren(
      ...methods
        .toSorted((a, b) => methodRank(a.name) - methodRank(b.name))
        .map((method) =>
          this.#choice('methods', method.name, {
            swatch: methodClass(method.name),
            sentence: method.sentence,
            reason: method.available ? undefined : (method.reason ?? 'Not available here.'),
          }),
        ),
    );
  }

  /**
   * @param {'workloads' | 'methods'} field
   * @param {string} name
   * @param {{ tag?: string, swatch?: string, sentence: string, reason?: string, extra?: Node }} words
   */
  #choice(field, name, { tag, swatch, sentence, reason, extra }) {
    const id = `${field}-${name}`;
    const box = h('input', { type: 'checkbox', id, value: name, disabled: reason !== undefined, 'aria-describedby': `${id}-sentence` });
    box.addEventListener('change', () => this.#toggle(field, name, box.checked));
    const label = h('label', { for: id }, ...(swatch ? [h('span', { class: `swatch ${swatch}` })] : []), name);
    const head = h('div', { class: 'choice-head' }, box, label);
    if (tag) head.append(h('span', { class: 'tag' }, tag));
    if (extra) head.append(extra);
    const text = h('p', { class: 'hint', id: `${id}-sentence` }, sentence);
    if (reason !== undefined) text.append(' ', h('strong', {}, reason));
    return h('div', { class: reason === undefined ? 'choice' : 'choice unavailable' }, head, text);
  }

  /** @param {'workloads' | 'methods'} field @param {string} name @param {boolean} on */
  #toggle(field, name, on) {
    // In the catalogue's order; a word from the address that nobody knows goes with the first change.
    const order = this.#catalogue[field].map((entry) => entry.name);
    const chosen = new Set(this.#draft[field]);
    if (on) chosen.add(name);
    else chosen.delete(name);
    const draft = { ...this.#draft, [field]: order.filter((word) => chosen.has(word)) };
    if (field === 'workloads') {
      const sized = sizedWorkload(draft, this.#catalogue);
      if (sized) draft.size = this.#sizes.get(sized.name) ?? '';
    }
    this.show(draft);
    this.#onChange(draft);
  }

  /** Says of each kind of work why there is nothing here for it to read. */
  showLacks() {
    for (const { name, lacks } of this.#catalogue.workloads)
      if (lacks) byId(`workloads-${name}-sentence`).append(' ', h('strong', {}, `Here only with addresses of yours, below: ${lacks}`));
  }

  /** @param {Draft} draft */
  show(draft) {
    this.#draft = draft;
    for (const field of LISTS)
      for (const box of /** @type {NodeListOf<HTMLInputElement>} */ (byId(field).querySelectorAll('input[type=checkbox]')))
        box.checked = !box.disabled && draft[field].includes(box.value);
    for (const field of TEXTS) {
      const input = /** @type {HTMLInputElement} */ (byId(field));
      if (input.value !== draft[field]) input.value = draft[field];
    }
    const sized = sizedWorkload(draft, this.#catalogue);
    const size = /** @type {HTMLInputElement} */ (byId('size'));
    if (sized) this.#sizes.set(sized.name, draft.size);
    size.disabled = !sized;
    byId('size-hint').textContent = sized
      ? `${integer(sized.minSize)} to ${integer(sized.maxSize)} ${sized.sizeUnit}. Empty: ${integer(sized.defaultSize)}, or less where a round would take much longer than a second; full: ${integer(sized.defaultSize)} in any case.`
      : draft.size.trim().toLowerCase() === 'full'
        ? 'Each kind of work has its whole usual size.'
        : 'With more than one kind of work, each has the size that suits this machine.';
    byId('workers-hint').textContent = `Counts to try with every method that has workers. This machine says it has ${this.#cores} ${this.#cores === 1 ? 'core' : 'cores'}; 1 to ${2 * this.#cores} tell most.`;
    byId('latency-field').hidden = !waits(draft.workloads, this.#catalogue);
  }

  /** Says in one line each what is wrong, at its field. @param {Problem[]} problems */
  showProblems(problems) {
    for (const field of /** @type {Field[]} */ ([...LISTS, ...TEXTS])) {
      const message = problems.find((problem) => problem.field === field)?.message ?? '';
      const line = byId(`${field}-error`);
      if (line.textContent !== message) line.textContent = message;
      const control = byId(field);
      if (message) control.setAttribute('aria-invalid', 'true');
      else control.removeAttribute('aria-invalid');
      // A problem behind a closed lid is no clear line.
      if (message) for (const lid of ancestors(line, 'details')) /** @type {HTMLDetailsElement} */ (lid).open = true;
    }
  }

  /** @param {Field} field */
  focus(field) {
    const place = byId(field);
    const control = place instanceof HTMLFieldSetElement ? place.querySelector('input:not(:disabled)') : place;
    if (control instanceof HTMLElement) control.focus();
  }
}

/** @param {Element} element @param {string} selector */
function* ancestors(element, selector) {
  for (let at = element.closest(selector); at; at = at.parentElement?.closest(selector) ?? null) yield at;
}
