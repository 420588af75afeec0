// Node's tests in these files, begun in this order: node --test sorts them, and a long one that is begun last runs alone.
//
//   node .ci/node-tests.mjs FILES-AT-ONCE MINUTES FILE...
//
// Where nothing was told of a test for so many minutes all are ended: of a file's tests is told when those before it are over. (run() has a limit for a file, which from Node 24 on ends nothing.)
//
// Exit status: 0 all passed; 1 one did not.

import { run } from 'node:test';
import { spec } from 'node:test/reporters';

const [atOnce, minutes, ...files] = process.argv.slice(2);
const all = new AbortController();

const watch = setTimeout(() => {
  console.error(`✖ no test was told of for ${minutes} minutes`);
  process.exitCode = 1;
  all.abort();
}, Number(minutes) * 60_000);
const goesOn = () => all.signal.aborted || watch.refresh();

run({ files, concurrency: Number(atOnce), signal: all.signal })
  .on('test:pass', goesOn)
  .on('test:fail', () => {
    goesOn();
    process.exitCode = 1;
  })
  .on('end', () => clearTimeout(watch))
  .compose(new spec())
  .pipe(process.stdout);
