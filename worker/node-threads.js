// node:worker_threads where there is Node, null in a browser: what lets one file be a Worker in both.

const isNode = typeof process === 'object' && typeof process.versions?.node === 'string';

export const threads = isNode ? await import('node:worker_threads') : null;
