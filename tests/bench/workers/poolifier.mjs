// What poolifier runs: gives back what it got.
import { ThreadWorker } from 'poolifier';
export default new ThreadWorker((/** @type {unknown} */ what) => what);
