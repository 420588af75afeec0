// The rules of concurrent.futures that the suite tests, in words. What each case of a rule demands, the core says.

/** @typedef {{ rule: number, title: string, meaning: string }} Rule  `rule` as the contract numbers them; 0: none of it */

/** @type {{ title: string, rules: Rule[] }[]} */
export const GROUPS = [
  {
    title: 'Future',
    rules: [
      { rule: 1, title: 'Five states, and one way through them', meaning: 'A future is pending, then running, then finished; or it is cancelled while pending, and then its waiters are told. There is nothing else.' },
      { rule: 2, title: 'Cancel', meaning: 'What is pending can be cancelled, more than once; what runs or is finished cannot.' },
      { rule: 3, title: 'Start, or tell of the cancel', meaning: 'Whoever is about to run a future asks it first. A cancelled one says no and tells its waiters. To ask in any other state is a mistake.' },
      { rule: 4, title: 'Done is final', meaning: 'A result or an error is set once. To set one on a future that is done is an error of its own.' },
      { rule: 5, title: 'Waiting for a result', meaning: 'Asking for the result or the error waits at most as long as told. No time at all is legal: it only looks.' },
      { rule: 6, title: 'Callbacks when done', meaning: 'They run in the order they were added, each once, after the waiters know and outside the lock; at once if the future is done already. One that fails does not keep the others from running.' },
    ],
  },
  {
    title: 'wait and as_completed',
    rules: [
      { rule: 7, title: 'Any mixture of futures', meaning: 'The same future named twice counts once, and futures may come from different executors.' },
      { rule: 8, title: 'First, first failed, or all', meaning: 'Wait ends with the first that is done, with the first that failed, or with all. A cancelled future is done only when its waiters were told.' },
      { rule: 9, title: 'When time is up', meaning: 'Wait gives what is done and what is not. as_completed gives what is done already first, then each as it ends; its time counts from the call, and it says how many were left.' },
    ],
  },
  {
    title: 'map',
    rules: [
      { rule: 10, title: 'At once, and in order', meaning: 'Everything is submitted by the call, even if nobody asks for results. They come in the order of the input.' },
      { rule: 11, title: 'Errors, and leaving early', meaning: 'An error appears at its own place in the order. Who leaves early cancels what has not started.' },
      { rule: 12, title: 'Buffers and chunks', meaning: 'A buffer size limits how far submitting runs ahead of reading. Chunks group tasks for processes.' },
    ],
  },
  {
    title: 'Executor',
    rules: [
      { rule: 13, title: 'How many workers', meaning: 'Unless told: for threads and interpreters four more than the cores but at most 32, for processes as many as there are cores. None or fewer is an error.' },
      { rule: 14, title: 'Workers on demand', meaning: 'A worker is started when a task finds none idle, up to the limit, and used again.' },
      { rule: 15, title: 'Shutdown', meaning: 'It can be repeated; to submit afterwards is an error. Without waiting, what is pending is still done. Told to, it cancels what has not started.' },
      { rule: 16, title: 'All at once', meaning: 'Submitting, cancelling and shutting down at the same time never hangs.' },
      { rule: 17, title: 'An initializer that fails', meaning: 'It breaks the pool: everything pending fails, and so does every later submit.' },
    ],
  },
  {
    title: 'Process pool',
    rules: [
      { rule: 18, title: 'The queue to the workers', meaning: 'It holds one task more than there are workers. What has reached it can no longer be cancelled.' },
      { rule: 19, title: 'A worker that dies', meaning: 'Every unfinished future gets an error of its own that says how the worker died. A task that cannot be sent fails alone.' },
      { rule: 20, title: 'Workers that are replaced', meaning: 'A worker may be allowed only so many tasks. Its successor takes over, and nothing that waits is left behind.' },
      { rule: 21, title: 'Terminate and kill', meaning: 'They end all workers; to submit afterwards is an error. With no worker there they do no harm.' },
      { rule: 22, title: 'A crash at any moment', meaning: 'While it decodes a task, runs it, encodes the result or writes it: a worker’s death never leaves anyone waiting.' },
    ],
  },
  {
    title: 'Interpreter pool',
    rules: [
      { rule: 23, title: 'An interpreter for each worker', meaning: 'Arguments and results are copied, never shared. A task’s error arrives as it was, with what happened as its cause.' },
    ],
  },
  {
    title: 'Beyond the rules',
    rules: [
      { rule: 0, title: 'The documented deadlocks', meaning: 'A task that waits for what can never end is told so, instead of hanging. The two below are drawn.' },
    ],
  },
];

export const RULES = GROUPS.flatMap((group) => group.rules);
