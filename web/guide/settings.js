// The guide's three questions, and their answers in the address. Pure.

import { quote } from '../page/input.js';

/** @typedef {'computing' | 'waiting' | 'both'} Waits */
/** @typedef {'nothing' | 'reads' | 'changes'} Shares */
/** @typedef {'few' | 'hundreds' | 'thousands'} Tasks */
/** @typedef {{ waits: Waits, shares: Shares, tasks: Tasks }} Answers */
/** @typedef {{ [K in keyof Answers]: Answers[K] | null }} Draft */

export const QUESTIONS = /** @type {const} */ ([
  {
    name: 'waits',
    title: 'What does your work wait for?',
    answers: [
      { name: 'computing', title: 'Nothing: it computes', hint: 'numbers, pictures, parsing' },
      { name: 'waiting', title: 'The network or a disk', hint: 'pages, databases, files' },
      { name: 'both', title: 'Both in turn', hint: 'fetch something, then work on it' },
    ],
  },
  {
    name: 'shares',
    title: 'How much does it share?',
    answers: [
      { name: 'nothing', title: 'Nothing', hint: 'each task has its own data' },
      { name: 'reads', title: 'It reads common data', hint: 'a table, a model, a dictionary' },
      { name: 'changes', title: 'It changes common data', hint: 'a cache, counters, a game’s state' },
    ],
  },
  {
    name: 'tasks',
    title: 'How many tasks are there at once?',
    answers: [
      { name: 'few', title: 'A few', hint: 'about ten' },
      { name: 'hundreds', title: 'Hundreds', hint: 'about 500' },
      { name: 'thousands', title: 'Tens of thousands', hint: 'about 20,000' },
    ],
  },
]);

/** @param {string} search @returns {{ draft: Draft, problem: string }} */
export function readAddress(search) {
  const params = new URLSearchParams(search);
  /** @type {Draft} */
  const draft = { waits: null, shares: null, tasks: null };
  let problem = '';
  for (const [key, value] of params) {
    const question = QUESTIONS.find(({ name }) => name === key);
    const answers = question?.answers.map(({ name }) => String(name)) ?? [];
    if (!question) problem ||= `The address has a setting this page does not know: ${quote(key)}.`;
    else if (!answers.includes(value)) problem ||= `“${key}” can be ${answers.slice(0, -1).join(', ')} or ${answers.at(-1)}, not ${quote(value)}.`;
    else Object.assign(draft, { [key]: value });
  }
  return { draft, problem };
}

/** @param {Draft} draft */
export function writeAddress(draft) {
  const given = QUESTIONS.flatMap(({ name }) => (draft[name] ? [[name, draft[name] ?? '']] : []));
  return given.length > 0 ? `?${new URLSearchParams(given)}` : './guide.html';
}

/** @param {Draft} draft @returns {Answers | null} */
export function complete({ waits, shares, tasks }) {
  return waits && shares && tasks ? { waits, shares, tasks } : null;
}
