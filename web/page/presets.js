// Presets: settings with a name, whose link opens an exhibit and runs them. And what an exhibit's address says: a
// preset, single settings over it, whether to run. addresses() is pure.

import { pushAddress } from './address.js';
import { byId, h } from './dom.js';

/**
 * @template {Record<string, string>} Draft
 * @typedef {{ name: string, title: string, sentence: string, changes: Partial<Draft> }} Preset
 */

/**
 * @template {Record<string, string>} Draft
 * @param {object} options
 * @param {Readonly<Draft>} options.defaults  every setting there is
 * @param {readonly Preset<Draft>[]} options.presets
 * @param {readonly (keyof Draft)[]} [options.silent]  those that an address leaves out while they are empty
 */
export function addresses({ defaults, presets, silent = [] }) {
  const fields = /** @type {(keyof Draft & string)[]} */ (Object.keys(defaults));
  const presetDraft = (/** @type {Preset<Draft>} */ preset) => /** @type {Draft} */ ({ ...defaults, ...preset.changes });

  /** The preset that a draft is, if it is one. @param {Draft} draft */
  const presetOf = (draft) => presets.find((preset) => fields.every((field) => presetDraft(preset)[field] === draft[field])) ?? null;

  /**
   * @param {string} search
   * @returns {{ draft: Draft, run: boolean, unknown: string[] }} run: `run=1`, or a preset
   */
  const readAddress = (search) => {
    const params = new URLSearchParams(search);
    /** @type {Record<string, string>} */
    let draft = { ...defaults };
    let run = false;
    const unknown = new Set();
    const name = params.get('preset');
    if (name !== null) {
      const preset = presets.find((one) => one.name === name);
      if (preset) draft = presetDraft(preset);
      else unknown.add(`preset=${name}`);
      run = preset !== undefined;
    }
    for (const [key, value] of params) {
      if (fields.includes(key)) draft[key] = value;
      else if (key === 'run') run = value !== '0';
      else if (key !== 'preset') unknown.add(key);
    }
    return { draft: /** @type {Draft} */ (draft), run, unknown: [...unknown] };
  };

  /** @param {Draft} draft @returns {string} "?…": a preset by its name, else every setting */
  const writeAddress = (draft) => {
    const preset = presetOf(draft);
    if (preset) return `?preset=${preset.name}`;
    const shown = fields.filter((field) => !silent.includes(field) || draft[field] !== '');
    // Commas need no escape in a query, and are what a person reads the address by.
    return `?${new URLSearchParams(shown.map((field) => [field, draft[field]])).toString().replace(/%2C/g, ',')}`;
  };
  return { fields, presetDraft, presetOf, readAddress, writeAddress };
}

/**
 * Whether a click on a link is the page's own to follow, and nothing else follows it then: not one that opens a window.
 * @param {MouseEvent} event
 */
export function follows(event) {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return false;
  event.preventDefault();
  return true;
}

/**
 * Fills the page's list of presets.
 * @template {{ name: string, title: string, sentence: string }} Named
 * @param {readonly Named[]} presets
 * @param {(preset: Named) => void} take  the link was followed; the address is the page's to change, if it says more than the preset
 */
export function presetLinks(presets, take) {
  byId('presets').append(
    ...presets.map((preset) => {
      const link = h('a', { href: `?preset=${preset.name}`, 'aria-describedby': `preset-${preset.name}` }, preset.title);
      link.addEventListener('click', (event) => {
        if (!follows(event)) return;
        pushAddress(link.href);
        take(preset);
      });
      return h('li', {}, link, h('p', { class: 'hint', id: `preset-${preset.name}` }, preset.sentence));
    }),
  );
}

/** Marks the link of the preset that is set; null: none is. @param {{ name: string } | null} preset */
export function markPreset(preset) {
  for (const link of byId('presets').querySelectorAll('a')) {
    if (preset && link.getAttribute('href') === `?preset=${preset.name}`) link.setAttribute('aria-current', 'true');
    else link.removeAttribute('aria-current');
  }
}
