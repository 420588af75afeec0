// Node's tests in these files, begun in this order: node --test sorts them, and a long one that is begun last runs alone.
//
//   node .ci/node-tests.mjs FILES-AT-ONCE MINUTES-A-FILE FILE...
//
// Exit status: 0 all passed; 1 one did not.

import { run } from 'node:test';
import { spec } from 'node:test/reporters';

const [atOnce, minutes, ...files] = process.argv.slice(2);
run({ files, concurrency: Number(atOnce), timeout: Number(minutes) * 60_000 })
  .on('test:fail', () => (process.exitCode = 1))
  .compose(new spec())
  .pipe(process.stdout);
