// Records what the exhibits show before anything has run (`npm run record`).
//
//   npm run record -- [--name "AMD EPYC, 2 cores"]     --name: what the page calls this machine; by default what the system does
//
// Builds the site, opens every page that shows a recorded run in Chromium, presses Run and nothing else, and writes the result
// that the page saves then into web/NAME/recorded.json: { recorded: { date, machine }, result }, with fewer digits, and long
// lists by their columns (web/page/columns.js). Takes two to three minutes; a busy machine is waited for, but not for ever. What
// did not verify, was not finished, or was measured while the machine's cores were not to be had is refused, and then all stay as
// they were.
//
// A page whose run is to be recorded begins it with its button #run, and has one that saves the result as JSON (SAVE).

import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { build, dist } from './build.mjs';
import { waitUntilIdle } from './fidelity-common.mjs';
import { SetupError, ensureBrowsers, isMain, log, root, script } from './setup.mjs';
import { alike, toColumns } from '../web/page/columns.js';

/** A run by default takes a minute at most where nothing else goes on. */
const PATIENCE_MS = 420_000;
const IDLE_SECONDS = 120;
/** More than a page shows, and less than a clock gives; what is counted is whole. */
const DIGITS = 4;
/** From so many elements on a list is kept by its columns. */
const LONG = 100;
/** What the button is called that saves the result. */
const SAVE = ['JSON', 'Save the result as JSON'];

/** The pages that show a recorded run: the exhibit's room → path. @returns {Map<string, string>} */
export function recordedPages() {
  const pages = readdirSync(join(root, 'web')).filter(path => path.endsWith('.html'));
  return new Map(pages.flatMap(path => {
    const text = readFileSync(join(root, 'web', path), 'utf8');
    const room = dirname(text.match(/<script type="module" src="([^"]+)">/)?.[1] ?? '');
    return text.includes('<!-- include recorded -->') ? [[room, path]] : [];
  }));
}

/** "AMD EPYC, 2 cores". */
function thisMachine() {
  const model = (cpus()[0]?.model ?? 'a computer').replace(/\((?:R|TM)\)|\b(?:CPU|Processor)\b|@.*$/gi, '').replace(/\s+/g, ' ').trim();
  return `${model}, ${cpus().length} ${cpus().length === 1 ? 'core' : 'cores'}`;
}

/** A line for each member, and for each element of a list: readable, and small. @param {Record<string, any>} object */
function lines(object) {
  const members = Object.entries(object).map(([key, value]) => {
    if (Array.isArray(value) && value.length >= LONG && alike(value)) return `${JSON.stringify(key)}: ${JSON.stringify(toColumns(value)).replaceAll(/(?<=[\]}]),"/g, ',\n"')}`;
    const text = Array.isArray(value) && value.length > 0 ? `[\n${value.map(one => JSON.stringify(one)).join(',\n')}\n]` : JSON.stringify(value);
    return `${JSON.stringify(key)}: ${text}`;
  });
  return `{\n${members.join(',\n')}\n}`;
}

/** Of the cores, so much must have been there. */
const CORES_LEAST = 0.9;

/** @param {any} result */
function check({ command, environment, stopped, unfinished, runs = [], failed = 0 }) {
  const { logicalCores, measuredParallelism } = environment;
  if (measuredParallelism && measuredParallelism < CORES_LEAST * logicalCores)
    throw new SetupError(`lab ${command} had ${measuredParallelism} of ${logicalCores} cores: record when nothing else runs`);
  if (stopped || unfinished) throw new SetupError(`lab ${command} did not come to its end`);
  const wrong = runs.find((/** @type {any} */ run) => run.error || run.verified === false || run.correct === false);
  if (wrong || failed > 0) throw new SetupError(`lab ${command}: ${wrong ? JSON.stringify(wrong) : `${failed} cases failed`}`);
}

/** @param {string[]} words */
async function main(words) {
  const name = words.length === 0 ? thisMachine() : words[1];
  if (!name || words.length > 2 || (words.length > 0 && words[0] !== '--name')) throw new SetupError('npm run record -- [--name "AMD EPYC, 2 cores"]: there are no other words');
  await build();
  process.env.CHROMIUM_PATH ||= (await ensureBrowsers()).chromium ?? '';
  const { BROWSERS, capture, ended, launch, newPage, open, press, serveTo } = await import('../tests/browser/page-site.js');
  const chromium = BROWSERS.find(browser => browser.name === 'chrome');
  if (!chromium) throw new SetupError('what visitors use is recorded: this needs Chromium');
  const date = new Date().toISOString().slice(0, 10);
  const server = await serveTo(chromium, dist);
  const browser = await launch(chromium);
  const patience = { seconds: IDLE_SECONDS };
  /** By path. @type {Map<string, string>} */
  const made = new Map();
  try {
    for (const [room, path] of recordedPages()) {
      await waitUntilIdle(patience);
      if (patience.seconds === 0) throw new SetupError(`something else kept the machine busy for ${IDLE_SECONDS} s: record when nothing else runs`);
      log(`recording ${room}`);
      const { page } = await newPage(browser);
      await open(page, server.address + path);
      await press(page, '#run');
      await ended(page, 1, PATIENCE_MS);
      const label = await page.$$eval('button', (buttons, labels) => buttons.map(one => one.textContent ?? '').find(text => labels.includes(text)), SAVE);
      if (!label) throw new SetupError(`web/${path} offers no result to save`);
      const result = JSON.parse((await capture(page, label)).text, (_, value) => (typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(DIGITS)) : value));
      check(result);
      made.set(join(root, 'web', room, 'recorded.json'), `{ "recorded": ${JSON.stringify({ date, machine: name })},\n"result": ${lines(result)} }\n`);
      await page.close();
    }
  } finally {
    await browser.close();
    await server.close();
  }
  for (const [path, text] of made) writeFileSync(path, text);
  await build();
}

if (isMain(import.meta.url)) await script(() => main(process.argv.slice(2)));
