// Does a method gain the same wherever the lab runs? (`npm run fidelity -- --hosts`)
//
//   node .ci/fidelity.mjs --hosts [--rounds N] [--patience SECONDS] [--json FILE]
//
// Runs the same experiment natively, in Node, and in the page in every browser that is there, in turns, and compares the
// speed-ups by the rules of tests/fidelity/hosts.js. A busy machine spoils it as it spoils the shapes (fidelity.mjs), and
// the same helps. Exit status: 0 all hosts agree with Node within 5%; 1 one does not, or it could not be judged.

import { existsSync, statSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { buildPreset, dist } from './build.mjs';
import { table, waitUntilIdle } from './fidelity-common.mjs';
import { ensureNative, log, root, run } from './setup.mjs';
import { APART, CELLS, LEAST, METHODS, WORKERS, WORKLOADS, figures, judge } from '../tests/fidelity/hosts.js';

/** @typedef {import('../tests/fidelity/hosts.js').Figures} Figures */
/** @typedef {import('../tests/fidelity/hosts.js').Judged} Judged */
/** @typedef {typeof import('../tests/browser/page-site.js')} Site */
/** @typedef {{ name: string, measure: () => Promise<Figures>, close?: () => Promise<unknown> }} HostSide */

const REFERENCE = 'Node';
const WORDS = { methods: ['sequential', ...METHODS].join(','), workers: String(WORKERS), size: 'full', rounds: '7', seconds: '4' };
/** A run on a machine that is not idle takes its time. */
const PATIENCE_MS = 600_000;

/** @param {string} name @param {string} command @param {string[]} before @returns {HostSide} */
function program(name, command, before = []) {
  const options = Object.entries(WORDS).flatMap(([key, value]) => [`--${key}`, value]);
  return { name, measure: async () => figures(JSON.parse(run(command, [...before, 'compare', ...WORKLOADS, ...options, '--json', '-'], { cwd: root }))) };
}

/** @param {Site} site @param {import('../tests/browser/page-site.js').Engine} which @returns {Promise<HostSide>} */
async function browser({ launch, newPage, open, press, capture, serveTo }, which) {
  const server = await serveTo(which, dist);
  const opened = await launch(which);
  return {
    name: which.name === 'chrome' ? 'Chromium' : which.name === 'firefox' ? 'Firefox' : 'WebKit',
    close: () => opened.close().then(() => server.close()),
    async measure() {
      const { page } = await newPage(opened);
      try {
        await open(page, `${server.address}?${new URLSearchParams({ workloads: WORKLOADS.join(','), ...WORDS })}`);
        await press(page, '#run');
        // Asked seldom: the page is to be left alone while it measures.
        await page.waitForFunction(() => /** @type {any} */ (window).ran > 0 && !document.body.classList.contains('running'), { polling: 2000, timeout: PATIENCE_MS });
        return figures(JSON.parse((await capture(page, 'JSON')).text));
      } finally {
        await page.close();
      }
    },
  };
}

/** @param {Judged[]} rows @param {string[]} hosts */
export function report(rows, hosts) {
  const cell = (/** @type {Judged | undefined} */ row) => {
    if (!row?.speedup) return '–';
    const { median, low, high } = row.speedup;
    const width = Number.isFinite(high) ? ` (${low.toFixed(2)}–${high.toFixed(2)})` : '';
    return `${median.toFixed(2)}${width}${row.verdict ? ` ${row.verdict}` : ''}`;
  };
  return [
    table([['speed-up', ...hosts], ...CELLS.map(name => [name, ...hosts.map(host => cell(rows.find(row => row.cell === name && row.host === host)))])]), '',
    `Medians of the repetitions, from the least to the largest. A host agrees with ${REFERENCE} (yes) where the ratio of`,
    `the two is certainly within ${APART * 100}%, and does not (no) where it is certainly beyond.`,
  ].join('\n');
}

/** @param {Judged[]} rows */
export function summary(rows) {
  const judged = rows.filter(({ verdict }) => verdict);
  const count = (/** @type {string} */ word) => judged.filter(({ verdict }) => verdict === word).length;
  const worst = judged.filter(({ verdict }) => verdict === 'no').map(({ host, cell, ratio }) => `${host} on ${cell}: ${ratio?.median.toFixed(2)}`);
  if (judged.length === 0) return 'There is nothing to compare.';
  if (worst.length > 0) return `${worst.length} of ${judged.length} speed-ups disagree: ${worst.join('; ')}.`;
  if (count('unclear')) return `${count('unclear')} of ${judged.length} speed-ups could not be judged: the machine is busy, or more --rounds are needed.`;
  return `All ${judged.length} speed-ups agree within ${APART * 100}%.`;
}

/** @param {{ rounds: number, patience: number, json: string | null }} options */
export async function main(options) {
  const rounds = Math.max(LEAST, options.rounds);
  const native = join(root, 'build/release/core/lab');
  if (!existsSync(native)) await buildPreset('release', { ensure: ensureNative, targets: ['lab'] });
  statSync(join(dist, 'index.html')); // `npm run build` makes it
  const site = await import('../tests/browser/page-site.js');
  /** @type {HostSide[]} */
  const hosts = [program('native', native), program(REFERENCE, process.execPath, [join(root, 'worker/cli.mjs')])];
  try {
    for (const which of site.ENGINES) hosts.push(await browser(site, which));
    /** @type {Record<string, (Figures | null)[]>} */
    const samples = Object.fromEntries(hosts.map(({ name }) => [name, []]));
    const patience = { seconds: options.patience };
    for (let round = 0; round < rounds; round++) {
      for (let i = 0; i < hosts.length; i++) {
        const host = hosts[(i + round) % hosts.length];
        await waitUntilIdle(patience);
        log(`repetition ${round + 1} of ${rounds}, ${host.name}`);
        samples[host.name].push(await host.measure());
      }
    }
    const names = hosts.map(({ name }) => name);
    const rows = judge(samples, REFERENCE);
    const document = { schema: 'concurrency-lab-hosts/1', cores: cpus().length, loadAverage: loadavg(), reference: REFERENCE, samples, rows };
    if (options.json && options.json !== '-') writeFileSync(options.json, `${JSON.stringify(document, null, 1)}\n`);
    if (options.json === '-') console.log(JSON.stringify(document));
    else console.log(`${report(rows, names)}\n\n${summary(rows)}`);
    return rows.some(({ verdict }) => verdict === 'no' || verdict === 'unclear') ? 1 : 0;
  } finally {
    for (const host of hosts) await host.close?.();
  }
}
