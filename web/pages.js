// Every page of the site, in the order in which to read them: a row here is all that the site has to know of an exhibit.
// The build (.ci/pages.mjs) makes of it the navigation, each page's heading and the contents; tests that go over all pages take
// them from here. No page loads it.

/** What an exhibit is for, in the order in which to read them; `why`: what one has from it. */
export const GROUPS = /** @type {const} */ ([
  { name: 'Measure', why: 'How long things take on your machine.' },
  { name: 'Watch', why: 'Why they take that long: what happens inside while they run.' },
  { name: 'Choose', why: 'What follows for work of your own.' },
  { name: 'Look up', why: 'What the words mean.' },
]);

/**
 * @typedef {{ file: string, name: string, group: typeof GROUPS[number]['name'] | '', title: string, sentence: string }} Page
 *   file: in web/, its room is the folder of the same name (index.html's is compare/); name: in the navigation; group '': it
 *   stands before them; title: its heading, a question; sentence: in the contents
 */

/** @type {readonly Page[]} */
export const PAGES = [
  {
    file: 'contents.html', name: 'Contents', group: '', title: 'Where to begin?',
    sentence: 'Every page with a sentence, in the order in which to read them.',
  },
  {
    file: 'index.html', name: 'Compare', group: 'Measure', title: 'Threads, processes or async?',
    sentence: 'One C program under six models of concurrency: which is fastest for which work, and how certain that is.',
  },
  {
    file: 'latency.html', name: 'Latency', group: 'Measure', title: 'How far away is everything?',
    sentence: 'What a cache, a lock, a thread, a message or a disk takes, beside the numbers that everybody quotes.',
  },
  {
    file: 'gil.html', name: 'GIL', group: 'Watch', title: 'Who holds the GIL?',
    sentence: 'Threads under Python’s global interpreter lock, live: who has it, who waits, and what it costs.',
  },
  {
    file: 'spin.html', name: 'Spinner', group: 'Watch', title: 'Does it keep turning?',
    sentence: 'A spinner beside a slow function under each model: which of them freeze, for how long, and why.',
  },
  {
    file: 'futures.html', name: 'Futures', group: 'Watch', title: 'What does a future promise?',
    sentence: 'The rules of Python’s futures, tested on every executor, and two deadlocks that are found and drawn.',
  },
  {
    file: 'guide.html', name: 'Guide', group: 'Choose', title: 'When to use which?',
    sentence: 'Three questions about your work, and the answer out of the numbers of your own last runs.',
  },
  {
    file: 'terms.html', name: 'Terms', group: 'Look up', title: 'What is a convoy?',
    sentence: 'The words of concurrency in two or three sentences each, with a link to where each is to be seen running.',
  },
];
