// Says of every message that it is there.
import { parentPort } from 'node:worker_threads';
parentPort?.on('message', ({ byteLength }) => parentPort?.postMessage(byteLength));
