// node:worker_threads where there is Node, null in a browser: what lets one file be a Worker in both.
// Not by `await import()`: a Worker that is ended while it evaluates a module with an await at its top takes the
// whole of Node 20 along ("Check failed: (location_) != nullptr", in SourceTextModule::ExecuteAsyncModule).

const isNode = typeof process === 'object' && typeof process.versions?.node === 'string';

export const threads = isNode ? process.getBuiltinModule('node:worker_threads') : null;
