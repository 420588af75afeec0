// The command line in other Nodes: the oldest that is allowed and the newest of each major (.ci/downloads.mjs, NODES), each
// command once, short; and behind a proxy that every variable names, for which this machine is never asked.

import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { after, before, test } from 'node:test';
import { document, programs, runner } from './program.js';

/** By version, or why there are none. @type {Record<string, string> | string} */
const nodes = JSON.parse(process.env.LAB_NODES ?? '"not asked for: npm test -- headless installs them"');
const [, cli] = programs.node;
const run = runner();

/** A proxy that serves nobody, and counts who came. */
let asked = 0;
const proxy = createServer(socket => {
  asked++;
  socket.destroy();
});
/** @type {NodeJS.ProcessEnv} */
let behind = {};
before(async () => {
  await new Promise(resolve => proxy.listen(0, '127.0.0.1', () => resolve(null)));
  const url = `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (proxy.address()).port}`;
  behind = { NODE_USE_ENV_PROXY: '1', no_proxy: '', NO_PROXY: '' }; // from Node 24 on it goes by the variables if it is told to
  for (const name of ['http_proxy', 'https_proxy', 'all_proxy']) behind[name] = behind[name.toUpperCase()] = url;
});
after(() => proxy.close());

/** What ends well, by its words. @type {[string[], (result: any) => boolean][]} */
const COMMANDS = [
  [['compare', 'primes', 'pages', '--size', '6', '--workers', '2', '--rounds', '2', '--seconds', '0.1', '--latency', '5'],
    ({ runs }) => runs.length === 12 && runs.every((/** @type {any} */ cell) => cell.verified)],
  [['futures', '--rules', '1-5,14,18,19,21'], ({ rules }) => rules.length > 100 && rules.every((/** @type {any} */ rule) => rule.status !== 'fail')],
  [['gil', '--seconds', '0.4'], ({ gil, noGil }) => gil.takes > 0 && noGil.cpuTasksPerSecond > 0],
  [['latency', '--only', 'mutex,tasks,fetch-network', '--seconds', '1'], ({ rows }) => rows.every((/** @type {any} */ row) => row.seconds > 0)],
  [['spin', 'all', '--seconds', '0.3', '--together'], ({ runs }) => runs.length === 6 && runs.every((/** @type {any} */ one) => one.correct)],
];

if (typeof nodes === 'string') test('other Nodes', { skip: nodes }, () => {});
else
  for (const [version, node] of Object.entries(nodes))
    test(`Node ${version}`, async () => {
      for (const [words, holds] of COMMANDS) {
        const { status, out, err } = await run([node, cli], [...words, '--json', '-'], { env: behind });
        assert.equal(status, 0, `${words.join(' ')}: ${err}`);
        const result = document(out, words[0]);
        assert.equal(result.environment.runtime, `node ${version}`);
        assert.ok(holds(result), `${words.join(' ')}: ${out.slice(0, 2000)}`);
      }
      assert.equal(asked, 0, 'the proxy was asked');
    });
