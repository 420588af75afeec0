// What comlink calls.
import { parentPort } from 'node:worker_threads';
import { expose } from 'comlink';
// @ts-expect-error the package has no types for it
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
expose((/** @type {unknown} */ what) => what, nodeEndpoint(/** @type {any} */ (parentPort)));
