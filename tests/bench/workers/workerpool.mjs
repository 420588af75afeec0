// What workerpool runs: gives back what it got.
import workerpool from 'workerpool';
workerpool.worker({ task: (/** @type {unknown} */ what) => what });
