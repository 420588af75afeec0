// Installs what a command needs and this machine lacks: compilers, libraries, browsers, npm packages.
//
//   node .ci/setup.mjs            everything
//   node .ci/setup.mjs wasi …     only some of: native spin tidy emscripten wasi browsers webkit fonts nodes modules
//
// - What is there is used: where to look is written once, in core/cmake/*.cmake, and asked from here
//   with `cmake -P`; nothing is installed over it.
// - Debian packages come through apt. Debian 12 has no usable Emscripten or wasi-libc, so there Debian
//   13's packages are unpacked into a cache (never into /): ${XDG_CACHE_HOME:-~/.cache}/concurrency-lab.
// - A part of the cache is made in a temporary folder and renamed when it is whole, under a lock, so that
//   neither an interruption nor a second command leaves half of one.
// - Without a network it fails with one sentence, which says what was to come from where (downloads.mjs).

import './node-version.cjs';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { aptInstall, download, unpackFromDebian13 } from './apt.mjs';
import { NODES, NPM_TOOLS } from './downloads.mjs';
import { SetupError, cache, explain, isMain, log, onPath, root, run, script, succeeds, withLock } from './tools.mjs';

/** @import { Part } from './apt.mjs' */
/** @import { Deb } from './downloads.mjs' */

export { SetupError, explain, isMain, log, onPath, root, run, script, withLock } from './tools.mjs';

// Change a version here and the cache is made anew.
/** @type {Part} */
const EMSCRIPTEN = {
  folder: 'emscripten', deb: 'emscripten', version: '3.1.69+dfsg-3', name: 'Emscripten',
  instead: 'install an Emscripten from 3.1.69 to 6.x yourself (EMSDK, or emcc on the PATH)',
};
/** @type {Part} */
const WASI_LIBC = {
  folder: 'wasi', deb: 'wasi-libc', version: '0.0~git20241209.574b88d-2', name: 'wasi-libc',
  instead: 'install a WASI SDK yourself (WASI_SDK_PATH)',
};
/** With which a page's words are wider than with the fonts of a machine that has few. @type {Part[]} */
const FONTS = [
  { folder: 'fonts', deb: 'fonts-urw-base35', version: '20200910-8', name: "URW's fonts", instead: 'do without the test of the page in other fonts' },
  { folder: 'fonts', deb: 'fonts-noto-mono', version: '20201225-2', name: 'Noto Mono', instead: 'do without the test of the page in other fonts' },
];
/** @type {Deb[]} */
const LLVM = ['clang-19', 'lld-19', 'llvm-19', 'libclang-rt-19-dev-wasm32'];

// npm's own waits before a second and a third try, 10 s and 60 s, would keep a person without a network waiting for a minute.
const NPM_OPTIONS = ['--no-audit', '--no-fund', '--ignore-scripts', '--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=10000'];

function isDebian12() {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  return /^ID=debian$/m.test(release) && /^VERSION_ID="?12"?$/m.test(release);
}

/**
 * Makes cache/<folder> with `fill(temporary folder, final folder)`, unless its stamp says it is there already.
 * @param {Pick<Part, 'folder' | 'version'>} part
 * @param {string} stamp
 * @param {(fresh: string, target: string) => void} fill
 */
async function fillCache({ folder, version }, stamp, fill) {
  const target = join(cache, folder);
  const isThere = () => existsSync(join(target, 'STAMP')) && readFileSync(join(target, 'STAMP'), 'utf8') === stamp;
  if (isThere()) return;
  await withLock('setup', () => {
    if (isThere()) return;
    log(`setup: unpacking ${folder} ${version.split('.').slice(0, 3).join('.')} into ${target}`);
    for (const name of readdirSync(cache)) // what an interrupted setup left
      if (/^(apt|new|old)-/.test(name)) rmSync(join(cache, name), { recursive: true, force: true });
    const fresh = mkdtempSync(join(cache, 'new-'));
    fill(fresh, target);
    writeFileSync(join(fresh, 'STAMP'), stamp);
    if (existsSync(target)) renameSync(target, mkdtempSync(join(cache, 'old-')));
    renameSync(fresh, target);
    for (const name of readdirSync(cache)) if (name.startsWith('old-')) rmSync(join(cache, name), { recursive: true, force: true });
  });
}

// ---- the parts ----

/** Asks a toolchain file whether it finds its SDK: where, or the reason why not.
 * @param {string} toolchain
 * @returns {{ found?: string, reason?: string }} */
function look(toolchain) {
  const done = spawnSync('cmake', ['-P', join(root, 'core/cmake', toolchain)], { encoding: 'utf8' });
  for (const line of (done.stderr ?? '').split('\n')) if (line.startsWith('-- ')) log(line.slice(3)); // what was passed over
  if (done.status === 0) return { found: done.stdout.trim() };
  return { reason: (done.stderr ?? '').match(/\(message\):\s*([^]*)/)?.[1].replace(/\s+/g, ' ').trim() || 'cmake failed' };
}

/** cmake, ninja, a C compiler, libcurl and libmicrohttpd. */
export async function ensureNative() {
  /** @type {Deb[]} */
  const wanted = [];
  if (!onPath('cmake')) wanted.push('cmake');
  if (!onPath('ninja')) wanted.push('ninja-build');
  if (!onPath('pkg-config')) wanted.push('pkg-config');
  if (!onPath('gcc', 'clang', 'cc') || !existsSync('/usr/include/stdlib.h') && process.platform === 'linux') wanted.push('gcc', 'libc6-dev');
  if (!succeeds('pkg-config', ['--exists', 'libcurl'])) wanted.push('libcurl4-openssl-dev');
  if (!succeeds('pkg-config', ['--exists', 'libmicrohttpd'])) wanted.push('libmicrohttpd-dev');
  if (wanted.length) await withLock('apt', () => aptInstall(wanted, 'native build'));
}

/** spin, which checks models, and the compiler that it needs. */
export async function ensureSpin() {
  if (!onPath('spin') || !onPath('gcc')) await withLock('apt', () => aptInstall(['spin', 'gcc', 'libc6-dev'], 'models'));
}

/** What reads the C: of one version, because each finds other things and formats otherwise. */
export async function ensureTidy() {
  if (!onPath('clang-tidy-19') || !onPath('clang-format-19')) await withLock('apt', () => aptInstall(['clang-tidy-19', 'clang-format-19'], 'tidy'));
}

async function ensureCmake() {
  if (!onPath('cmake') || !onPath('ninja')) await withLock('apt', () => aptInstall(['cmake', 'ninja-build'], 'build tools'));
}

/** @param {string} why */
async function ensureLlvm(why) {
  const there = ['clang-19', 'wasm-ld-19', 'llvm-ar-19'].every(name => onPath(name)) && existsSync('/usr/lib/llvm-19/lib/clang/19/lib/wasi/libclang_rt.builtins-wasm32.a');
  if (!there) await withLock('apt', () => aptInstall(LLVM, why));
}

/** The compiler of the native benchmark, which the wasm programs are compared with: their own clang where it is. */
export const benchCompiler = () => onPath('clang-19', 'clang') ?? onPath('gcc', 'cc') ?? 'cc';

/** The libraries that the native benchmark compares itself with: those that are there, after installing what is missing.
 * What cannot be installed is told in a line, and its rows say so.
 * @returns {Promise<string[]>} of libuv, glib, openblas, openmp */
export async function ensureBenchLibraries() {
  await ensureNative(); // with pkg-config
  const compiler = benchCompiler();
  const openmp = /clang-19$/.test(compiler) ? 'libomp-19-dev' : /clang$/.test(compiler) ? 'libomp-dev' : 'libgomp1';
  const compiles = () => spawnSync(compiler, ['-fopenmp', '-x', 'c', '-', '-o', '/dev/null'], { input: '#include <omp.h>\nint main(void) { return omp_get_max_threads() == 0; }\n' }).status === 0;
  const known = (/** @type {string} */ name) => () => succeeds('pkg-config', ['--exists', name]);
  /** @type {{ name: string, deb: Deb, isThere: () => boolean }[]} */
  const libraries = [
    { name: 'libuv', deb: 'libuv1-dev', isThere: known('libuv') },
    { name: 'glib', deb: 'libglib2.0-dev', isThere: known('glib-2.0') },
    { name: 'openblas', deb: 'libopenblas-dev', isThere: known('openblas') },
    { name: 'openmp', deb: openmp, isThere: compiles },
  ];
  const missing = libraries.filter(({ isThere }) => !isThere()).map(({ deb }) => deb);
  try {
    if (missing.length) await withLock('apt', () => aptInstall(missing, 'libraries to compare with'));
  } catch (error) {
    log(`bench: without ${missing.join(', ')}: ${explain(error).split('\n')[0]}`);
  }
  return libraries.filter(({ isThere }) => isThere()).map(({ name }) => name);
}

/** An Emscripten of 3.1.69 or later, with its clang and Binaryen. */
export async function ensureEmscripten() {
  await ensureCmake();
  const { found, reason } = look('emscripten.cmake');
  if (found && !found.includes(join(cache, EMSCRIPTEN.folder))) return;
  if (!isDebian12()) {
    if (found) return;
    if (!onPath('apt-get')) throw new SetupError(`${reason}`);
    await withLock('apt', () => aptInstall(['emscripten'], 'Emscripten'));
    return demand('emscripten.cmake');
  }
  // The cache's own: it works with the system's Python and clang, which may be gone.
  if (!onPath('python3')) await withLock('apt', () => aptInstall(['python3'], 'Emscripten'));
  await ensureLlvm('Emscripten');
  await fillCache(EMSCRIPTEN, stampOf(EMSCRIPTEN), (fresh, target) => {
    unpackFromDebian13(EMSCRIPTEN, fresh);
    const share = join(fresh, 'usr/share/emscripten');
    // 1.2 of its 1.6 GB, for link-time optimisation and shared libraries, which this project does not use.
    const libraries = join(share, 'cache/sysroot/lib/wasm32-emscripten');
    for (const variant of ['lto', 'lto-pic', 'pic']) rmSync(join(libraries, variant), { recursive: true, force: true });
    // Node resolves acorn upwards from Emscripten's tools, and so finds it here.
    download("Emscripten's Binaryen and acorn", EMSCRIPTEN.instead, () =>
      run('npm', ['install', '--prefix', fresh, '--no-save', ...NPM_OPTIONS, ...NPM_TOOLS], { cwd: fresh }));
    const tools = join(fresh, 'binaryen/bin');
    mkdirSync(tools, { recursive: true });
    for (const name of readdirSync(join(fresh, 'node_modules/binaryen/bin')))
      symlinkSync(join('../../node_modules/binaryen/bin', name), join(tools, name));
    // Beside emcc, where it is found without a variable in the environment.
    writeFileSync(join(share, '.emscripten'), [
      `LLVM_ROOT = '/usr/lib/llvm-19/bin'`, `BINARYEN_ROOT = '${join(target, 'binaryen')}'`, `NODE_JS = 'node'`,
      `CACHE = '${join(target, 'usr/share/emscripten/cache')}'`, `FROZEN_CACHE = True`, '',
    ].join('\n'));
  });
  demand('emscripten.cmake');
}

/** A wasi-libc and a clang that links for it. */
export async function ensureWasi() {
  await ensureCmake();
  const { found } = look('wasi.cmake');
  if (found && !found.includes(join(cache, WASI_LIBC.folder))) return;
  await ensureLlvm('WASI');
  if (isDebian12()) await fillCache(WASI_LIBC, stampOf(WASI_LIBC), fresh => unpackFromDebian13(WASI_LIBC, fresh));
  else if (onPath('apt-get')) await withLock('apt', () => aptInstall(['wasi-libc'], 'WASI'));
  demand('wasi.cmake');
}

/** @param {string} toolchain */
function demand(toolchain) {
  const { reason } = look(toolchain);
  if (reason) throw new SetupError(reason);
}

/** @param {Part} part */
function stampOf(part) {
  return `${part.deb} ${part.version}\n${part === EMSCRIPTEN ? `${NPM_TOOLS.join(' ')}\n` : ''}`;
}

/** Chromium and Firefox: { chromium, firefox }, the paths of their executables. */
export async function ensureBrowsers() {
  const find = () => ({
    chromium: process.env.CHROMIUM_PATH || onPath('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'),
    firefox: process.env.FIREFOX_PATH || onPath('firefox-esr', 'firefox'),
  });
  const found = find();
  /** @type {Deb[]} */
  const wanted = [...(found.chromium ? [] : [/** @type {const} */ ('chromium')]), ...(found.firefox ? [] : [/** @type {const} */ ('firefox-esr')])];
  if (wanted.length) await withLock('apt', () => aptInstall(wanted, 'browser tests'));
  return find();
}

/** WebKitGTK's driver, which brings its browser, and a screen for it: { driver, xvfb }, the paths of both. */
export async function ensureWebKit() {
  const find = () => ({ driver: process.env.WEBKIT_DRIVER_PATH || onPath('WebKitWebDriver'), xvfb: process.env.XVFB_PATH || onPath('Xvfb') });
  const found = find();
  /** @type {Deb[]} */
  const wanted = [...(found.driver ? [] : [/** @type {const} */ ('webkit2gtk-driver')]), ...(found.xvfb ? [] : [/** @type {const} */ ('xvfb')])];
  if (wanted.length) await withLock('apt', () => aptInstall(wanted, 'browser tests'));
  return find();
}

/** Fonts for browsers that are tested with more of them than the machine has: the path of a configuration of fontconfig's. */
export async function ensureFonts() {
  if (!onPath('apt-get')) throw new SetupError('fonts for the browser tests: they are Debian packages, and there is no apt-get');
  await fillCache({ folder: 'fonts', version: FONTS.map(({ version }) => version).join(' and ') }, FONTS.map(stampOf).join(''), (fresh, target) => {
    for (const part of FONTS) unpackFromDebian13(part, fresh);
    const configurations = ['etc/fonts/conf.avail', 'usr/share/fontconfig/conf.avail'].flatMap(folder =>
      existsSync(join(fresh, folder)) ? readdirSync(join(fresh, folder)).sort().map(name => join(target, folder, name)) : []);
    writeFileSync(join(fresh, 'fonts.conf'), [
      '<?xml version="1.0"?>', '<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">', '<fontconfig>', '<include ignore_missing="yes">/etc/fonts/fonts.conf</include>',
      `<dir>${join(target, 'usr/share/fonts')}</dir>`, ...configurations.map(path => `<include>${path}</include>`), '</fontconfig>', '',
    ].join('\n'));
  });
  return join(cache, 'fonts/fonts.conf');
}

/** node_modules as package-lock.json says. */
export async function ensureNodeModules() {
  const lock = createHash('sha256').update(readFileSync(join(root, 'package-lock.json'))).digest('hex');
  const stamp = join(root, 'node_modules/.lock-sha256');
  const isThere = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === lock;
  if (isThere()) return;
  await withLock('modules', () => {
    if (isThere()) return;
    log('setup: npm packages');
    download('the npm packages', "fill npm's cache (`npm ci`) where there is a network", () =>
      run('npm', ['ci', ...NPM_OPTIONS, '--prefer-offline'], { cwd: root }));
    writeFileSync(stamp, lock);
  });
}

/** The Nodes that the command line is tried in, in the cache: their programs by version.
 * @returns {Promise<Record<string, string>>} */
export async function ensureNodes() {
  const kind = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const majors = NODES.map(version => version.split('.')[0]);
  await fillCache({ folder: 'nodes', version: `${majors[0]} to ${majors.at(-1)}` }, `${kind} ${NODES.join(' ')}\n`, fresh => {
    for (const version of NODES)
      download(`Node ${version}`, 'try only the Node that is here (npm run lab)', () =>
        run('npm', ['install', '--prefix', join(fresh, version), '--no-save', ...NPM_OPTIONS, '--prefer-offline', `${kind}@${version}`], { cwd: fresh }));
  });
  return Object.fromEntries(NODES.map(version => [version, join(cache, 'nodes', version, 'node_modules', kind, 'bin/node')]));
}

/** @type {Record<string, () => Promise<unknown>>} */
const parts = { native: ensureNative, spin: ensureSpin, tidy: ensureTidy, emscripten: ensureEmscripten, wasi: ensureWasi, browsers: ensureBrowsers, webkit: ensureWebKit, fonts: ensureFonts, nodes: ensureNodes, modules: ensureNodeModules };

if (isMain(import.meta.url))
  await script(async () => {
    const words = process.argv.slice(2);
    for (const word of words)
      if (!(word in parts)) throw new SetupError(`"${word}" is no part; the parts are ${Object.keys(parts).join(', ')}`);
    for (const word of words.length ? words : Object.keys(parts)) await parts[word]();
    log('setup: everything needed is there');
  });
