// Debian packages: installed by the system's apt, or, from Debian 13, unpacked into a folder. What could not be
// downloaded is told in one sentence.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { failedDownload, tellDownload } from './downloads.mjs';
import { CommandError, SetupError, cache, log, onPath, run, succeeds } from './tools.mjs';

/** @import { Deb } from './downloads.mjs' */

/** @typedef {{ folder: string, deb: Deb, version: string, name: string, instead: string }} Part
 *   name: what people call it. instead: what they can do where it cannot be downloaded */

/** What a failed command could not download, if it is that. @param {unknown} error */
const downloadOf = error => (error instanceof CommandError ? failedDownload(error.output) : null);

/**
 * Does what downloads; if that is what failed, one sentence says so.
 * @template T
 * @param {string} what @param {string} instead of downloading, what the person can do
 * @param {() => T} work
 */
export function download(what, instead, work) {
  try {
    return work();
  } catch (error) {
    const failed = downloadOf(error);
    throw failed ? new SetupError(tellDownload(what, instead, failed)) : error;
  }
}

/** @type {string[] | null | undefined} */
let rootPrefix;
function asRoot() {
  if (rootPrefix === undefined)
    rootPrefix = process.getuid?.() === 0 ? [] : succeeds('sudo', ['-n', 'true']) ? ['sudo', '-n', '--preserve-env=DEBIAN_FRONTEND,LC_ALL'] : null;
  return rootPrefix;
}

/** Installs Debian packages. `why` names what they are for, in the one line a person sees.
 * @param {Deb[]} packages @param {string} why */
export function aptInstall(packages, why) {
  const prefix = onPath('apt-get') ? asRoot() : null;
  if (!prefix)
    throw new SetupError(`${why}: please install ${packages.join(' ')} (or your system's packages of that kind) and run this again`);
  log(`setup: ${why}: installing ${packages.join(' ')}`);
  const apt = (/** @type {string[]} */ ...args) => {
    const [command, ...rest] = [...prefix, 'apt-get', '-q', '-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Retries=3', ...args];
    return run(command, rest, { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' } });
  };
  /** @type {unknown} */
  let stale; // why the lists are not new: of one source that is not needed here perhaps, so what is needed is tried all the same
  const update = () => {
    try {
      apt('update', ...ERROR_MODE);
    } catch (error) {
      stale = error;
    }
  };
  const install = () => apt('install', '-y', '--no-install-recommends', ...packages);
  if (listsAreOld()) update();
  const instead = `install ${packages.length === 1 ? 'it' : 'them'} yourself`;
  download(`${packages.join(' ')} (${why})`, instead, () => {
    try {
      try {
        install();
      } catch (error) { // with lists that looked fresh and are not
        if (downloadOf(error)?.offline || downloadOf(stale)?.offline) throw error;
        update();
        install();
      }
    } catch (error) {
      const unknown = error instanceof CommandError && /Unable to locate package|no installation candidate/.test(error.output);
      throw unknown && downloadOf(stale) ? stale : error;
    }
  });
}

/** Without it an `apt-get update` that reached nothing has the exit status 0. */
const ERROR_MODE = ['-o', 'APT::Update::Error-Mode=any'];

/** Whether apt's lists are a day old, or older than the sources they are of. */
function listsAreOld() {
  const time = (/** @type {string} */ path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const lists = time('/var/lib/apt/lists');
  return lists < Date.now() - 86_400_000 || ['/etc/apt/sources.list', '/etc/apt/sources.list.d'].some(path => time(path) > lists);
}

/** Unpacks one Debian 13 package into `into`, from lists of its own: the system's apt is not touched.
 * @param {Part} part @param {string} into */
export function unpackFromDebian13({ deb, version, name, instead }, into) {
  mkdirSync(cache, { recursive: true });
  const state = mkdtempSync(join(cache, 'apt-'));
  try {
    for (const folder of ['lists/partial', 'archives/partial']) mkdirSync(join(state, folder), { recursive: true });
    const keys = '/usr/share/keyrings/debian-archive-keyring.gpg';
    writeFileSync(join(state, 'debian13.list'), `deb [signed-by=${keys}] ${debianMirror()} trixie main\n`);
    const options = [
      'Dir::Etc::SourceParts=/dev/null', `Dir::Etc::SourceList=${join(state, 'debian13.list')}`, `Dir::State::Lists=${join(state, 'lists')}`,
      `Dir::Cache=${state}`, 'Dir::State::Status=/dev/null', 'APT::Sandbox::User=root', 'Acquire::Retries=3', 'Acquire::Languages=none',
      'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false', 'Acquire::IndexTargets::deb::CNF::DefaultEnabled=false',
    ].flatMap(option => ['-o', option]);
    const call = (/** @type {string} */ command, /** @type {string[]} */ ...args) =>
      run(command, ['-q', ...options, ...args], { cwd: state, env: { ...process.env, LC_ALL: 'C' } });
    download(name, instead, () => {
      call('apt-get', 'update', ...ERROR_MODE);
      const versions = call('apt-cache', 'madison', deb).split('\n').map(line => line.split('|')[1]?.trim());
      const there = versions.includes(version);
      if (!there) log(`setup: Debian 13 no longer has ${deb} ${version}; taking the one it has`);
      call('apt-get', 'download', there ? `${deb}=${version}` : deb);
    });
    for (const file of readdirSync(state)) if (file.endsWith('.deb')) run('dpkg', ['-x', join(state, file), into]);
  } finally {
    rmSync(state, { recursive: true, force: true });
  }
}

/** The mirror this machine's own sources name, so that a machine behind one stays behind it. */
function debianMirror() {
  for (const file of ['/etc/apt/sources.list.d/debian.sources', '/etc/apt/sources.list']) {
    const found = existsSync(file) && readFileSync(file, 'utf8').match(/^(?:URIs:|deb(?:\s+\[[^\]]*\])?)\s+(https?:\/\/\S*debian\S*)/m);
    if (found && !found[1].includes('security')) return found[1];
  }
  return 'http://deb.debian.org/debian';
}
