// What set-up says when it cannot go on, and that what is written twice about it agrees.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { DEBIAN, NPM_TOOLS, failedDownload, tellDownload } from '../../.ci/downloads.mjs';
import { onPath } from '../../.ci/tools.mjs';
import { usual } from '../../.ci/test.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const read = (/** @type {string} */ path) => readFileSync(join(root, path), 'utf8');
const manifest = JSON.parse(read('package.json'));
const NOWHERE = 'http://127.0.0.1:9'; // the port of "discard", on which nothing listens

const folder = mkdtempSync(join(tmpdir(), 'lab-setup-'));
after(() => rmSync(folder, { recursive: true }));

/** @param {string[]} words @param {{ cwd?: string, env?: Record<string, string> }} [options] */
function node(words, { cwd = root, env = {} } = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { cwd, encoding: 'utf8', env: { ...process.env, ...env } });
  return { status, out: stdout, lines: stderr.trimEnd().split('\n') };
}

// ---- without a network ----

test('why a download failed is read from the output of apt-get and npm', () => {
  const apt = (/** @type {string} */ path, /** @type {string} */ reason) => failedDownload(
    `Err:1 http://deb.debian.org/debian trixie InRelease\n  ${reason}\nReading package lists...\nE: Failed to fetch http://deb.debian.org/debian/${path}  ${reason}\nE: Some index files failed to download.`);
  const npm = (/** @type {string} */ told) => failedDownload(`npm error code X\nnpm error ${told}\nnpm error A complete log of this run can be found in: /x`);
  const from = 'http://deb.debian.org/debian', registry = 'https://registry.npmjs.org';
  assert.deepEqual(apt('dists/trixie/InRelease', "Temporary failure resolving 'deb.debian.org'"), { from, reason: "Temporary failure resolving 'deb.debian.org'", offline: true });
  assert.deepEqual(apt('pool/main/s/sl/sl_5.02-1%2bb1_amd64.deb', '404  Not Found [IP: 151.101.2.132 80]'), { from, reason: '404 Not Found', offline: false });
  assert.equal(apt('dists/trixie/InRelease', 'Could not connect to deb.debian.org:80 (151.101.2.132). - connect (111: Connection refused)')?.offline, true);
  assert.deepEqual(npm('request to https://registry.npmjs.org/zod failed, reason: getaddrinfo EAI_AGAIN registry.npmjs.org'),
    { from: registry, reason: 'getaddrinfo EAI_AGAIN registry.npmjs.org', offline: true });
  assert.equal(npm("request to https://registry.npmjs.org/zod failed: cache mode is 'only-if-cached' but no cached response is available.")?.offline, true);
  assert.equal(failedDownload('E: Unable to locate package emscripten'), null);
  assert.equal(failedDownload('E: dpkg was interrupted'), null);
  assert.equal(failedDownload('npm error code EUSAGE\nnpm error `npm ci` can only install packages when your package.json and package-lock.json are in sync.'), null);
});

test('a failed download is told in one sentence', () => {
  assert.equal(tellDownload('Spin', 'install it yourself', { from: 'http://a/debian', reason: 'Network is unreachable', offline: true }),
    'no network: Spin could not be downloaded from http://a/debian (Network is unreachable): connect once, or install it yourself');
  assert.equal(tellDownload('Spin', 'install it yourself', { from: 'http://a/debian', reason: '404 Not Found', offline: false }),
    'Spin could not be downloaded from http://a/debian (404 Not Found): try again later, or install it yourself');
});

/** A folder with these shell scripts as programs. @param {Record<string, string>} tools */
function programs(tools) {
  const bin = mkdtempSync(join(folder, 'bin-'));
  for (const [name, text] of Object.entries(tools)) writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  return bin;
}

/** Unpacks a Debian package through a proxy that is not there, with these programs before the system's own. */
function unpack(/** @type {Record<string, string>} */ tools = {}) {
  const bin = programs(tools);
  const part = { folder: 'x', deb: 'emscripten-of-no-debian', version: '3.1', name: 'Emscripten', instead: 'install it yourself' };
  const program = `import { unpackFromDebian13 } from ${JSON.stringify(join(root, '.ci/apt.mjs'))};
    import { script } from ${JSON.stringify(join(root, '.ci/tools.mjs'))};
    await script(async () => unpackFromDebian13(${JSON.stringify(part)}, ${JSON.stringify(bin)}));`;
  return node(['--input-type=module', '-e', program],
    { env: { XDG_CACHE_HOME: join(bin, 'cache'), http_proxy: NOWHERE, https_proxy: NOWHERE, PATH: `${bin}:${process.env.PATH}` } });
}

test('apt-get that reaches nothing is one line', { skip: onPath('apt-get') ? false : 'there is no apt-get' }, () => {
  const { status, out, lines } = unpack();
  assert.deepEqual([status, out, lines.length], [1, '', 1], lines.join('\n'));
  assert.match(lines[0] ?? '', /^no network: Emscripten could not be downloaded from https?:\S+ \(.*127\.0\.0\.1.*\): connect once, or install it yourself$/);
});

test('a version that is gone is told apart from a download that failed', () => {
  const versions = (/** @type {string} */ version) => `echo 'emscripten | ${version} | http://deb.debian.org/debian trixie/main amd64 Packages'`;
  const apt = 'case "$*" in *" download "*) echo "$*" | sed "s/.* download/download/" >&2; touch emscripten.deb;; esac';
  const dpkg = 'exit 0';
  const gone = unpack({ 'apt-get': apt, 'apt-cache': versions('3.2'), dpkg });
  assert.deepEqual([gone.status, gone.lines], [0, ['setup: Debian 13 no longer has emscripten-of-no-debian 3.1; taking the one it has']]);
  assert.deepEqual(unpack({ 'apt-get': apt, 'apt-cache': versions('3.1'), dpkg }).lines, ['']);
  const cut = unpack({
    'apt-get': 'case "$*" in *" download "*) echo "E: Failed to fetch http://deb.debian.org/debian/pool/e.deb  Hash Sum mismatch" >&2; exit 100;; esac',
    'apt-cache': versions('3.1'), dpkg,
  });
  assert.deepEqual([cut.status, cut.lines],
    [1, ['Emscripten could not be downloaded from http://deb.debian.org/debian (Hash Sum mismatch): try again later, or install it yourself']]);
});

test('apt-get as root: what it could not reach, and what it could do without', () => {
  /** Installs spin where there is nothing but these. @param {string} install @param {string} update */
  const install = (install, update) => {
    const bin = programs({
      'sudo': 'while [ "${1#-}" != "$1" ]; do shift; done; [ "$1" = true ] || exec "$@"',
      'apt-get': `count() { echo x >>"$0.$1"; lines=0; while read -r _; do lines=$((lines + 1)); done <"$0.$1"; }
        case "$*" in *" update"*) count update; ${update};; *" install "*) count install; ${install};; esac`,
    });
    const program = `import { ensureSpin, script } from ${JSON.stringify(join(root, '.ci/setup.mjs'))}; await script(ensureSpin);`;
    const { status, lines: [first, ...rest] } = node(['--input-type=module', '-e', program], { env: { XDG_CACHE_HOME: join(bin, 'cache'), PATH: bin } });
    assert.equal(first, 'setup: models: installing spin gcc libc6-dev');
    const calls = (/** @type {string} */ name) => (existsSync(join(bin, `apt-get.${name}`)) ? readFileSync(join(bin, `apt-get.${name}`), 'utf8').split('\n').length - 1 : 0);
    return { status, lines: rest, installs: calls('install'), updates: calls('update') };
  };
  const fails = (/** @type {string} */ text) => `echo '${text}' >&2; exit 100`;
  const offline = fails('E: Failed to fetch http://deb.debian.org/debian/dists/x  Temporary failure resolving deb.debian.org');
  const sentence = 'no network: spin gcc libc6-dev (models) could not be downloaded from http://deb.debian.org/debian'
    + ' (Temporary failure resolving deb.debian.org): connect once, or install them yourself';

  const cut = install(offline, offline);
  assert.deepEqual([cut.status, cut.lines, cut.installs], [1, [sentence], 1], 'and not tried a second time');
  const noLists = install(fails('E: Unable to locate package spin'), offline);
  assert.deepEqual([noLists.status, noLists.lines], [1, [sentence]]);
  // Another source, which is not needed here, is broken.
  const other = install(`[ $lines -gt 1 ] || { ${fails('E: Unable to locate package spin')}; }`, fails('E: Failed to fetch http://other/dists/x  404  Not Found'));
  assert.deepEqual([other.status, other.lines, other.installs], [0, [], 2]);
  assert.ok(other.updates >= 1);
  // Whatever else apt-get says is shown as it is.
  const broken = install(fails('E: dpkg was interrupted'), 'exit 0');
  assert.equal(broken.status, 1);
  assert.match(broken.lines.join('\n'), /apt-get .* failed:\nE: dpkg was interrupted$/);
});

test('npm that reaches nothing is one line', { skip: onPath('npm') ? false : 'there is no npm' }, () => {
  const copy = join(folder, 'checkout');
  mkdirSync(copy);
  for (const path of ['.ci', 'web/pages.js', '.npmrc', 'package.json', 'package-lock.json']) cpSync(join(root, path), join(copy, path), { recursive: true });
  const env = { XDG_CACHE_HOME: join(folder, 'cache'), npm_config_cache: join(folder, 'npm'), npm_config_registry: NOWHERE, npm_config_fetch_retries: '0' };
  const { status, out, lines } = node(['.ci/test.mjs', 'typecheck'], { cwd: copy, env });
  assert.deepEqual([status, out, lines[0], lines.length], [1, '', 'setup: npm packages', 2], lines.join('\n'));
  assert.match(lines[1] ?? '', /^no network: the npm packages could not be downloaded from http:\/\/127\.0\.0\.1:9 \(.*ECONNREFUSED.*\): connect once, or /);
  assert.ok(!existsSync(join(copy, 'node_modules/.lock-sha256')));
});

// ---- words ----

test('an option of npm start without its value says what is missing', () => {
  const serve = (/** @type {string[]} */ ...words) => node(['.ci/serve.mjs', ...words]);
  for (const words of [['--port'], ['--port=']]) assert.deepEqual(serve(...words).lines, ['--port takes a number from 0 to 65535; there is none after --port']);
  assert.deepEqual(serve('--port', '80000').lines, ['--port takes a number from 0 to 65535, not "80000"']);
  assert.deepEqual(serve('--base').lines, ['--base takes a path such as /concurrency-lab/; there is none after --base']);
  assert.equal(serve('--port').status, 1);
});

// ---- Node's version ----

const GUARD = 'node -r ./.ci/node-version.cjs ';

test('every script of package.json looks at the version of Node first', () => {
  for (const [name, script] of Object.entries(manifest.scripts)) assert.ok(script.startsWith(GUARD), name);
});

test('a Node that is too old is told so in one line, before anything else is loaded', () => {
  const [, major, minor] = manifest.engines.node.match(/^>=(\d+)\.(\d+)$/).map(Number);
  const pretend = (/** @type {string} */ version) => {
    const file = join(folder, 'pretend.cjs');
    writeFileSync(file, `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } });`);
    writeFileSync(join(folder, 'program.mjs'), 'import { nothing } from "node:nothing";');
    return node(['-r', file, '-r', './.ci/node-version.cjs', join(folder, 'program.mjs')]);
  };
  for (const old of ['18.20.8', `${major}.${minor - 1}.9`, '8.0.0']) {
    const { status, lines } = pretend(old);
    assert.deepEqual([status, lines], [1, [`Node ${major}.${minor} or later is needed, and ${process.execPath} is ${old}: https://nodejs.org has newer ones`]]);
  }
  for (const good of [`${major}.${minor}.0`, `${major + 1}.0.0`, '100.1.0']) assert.match(pretend(good).lines.join('\n'), /ERR_UNKNOWN_BUILTIN_MODULE/);
});

// ---- what agrees ----

test('continuous integration runs every section but the long one, each once', () => {
  const matrix = read('.github/workflows/test.yml').match(/^ +sections:\n((?: +- .*\n)+)/m)?.[1] ?? '';
  const run = matrix.split('\n').flatMap(line => line.replace(/^ +- /, '').split(' ')).filter(Boolean);
  assert.deepEqual(run.sort(), [...usual, 'tidy'].sort());
});

/** The rows of THIRD-PARTY.md: the pieces' names, and the versions, each of one or of several pieces. */
const pieces = read('.ci/THIRD-PARTY.md').split('\n').filter(line => line.startsWith('| [')).map(line => {
  const [, names = '', versions = ''] = line.split('|');
  return { names: [...names.matchAll(/\[([^\]]+)\]/g)].map(([, name = '']) => name), versions: versions.trim().split(', ') };
});

test('whatever set-up installs from Debian is in THIRD-PARTY.md', () => {
  const known = new Set(pieces.flatMap(({ names }) => names));
  for (const [deb, piece] of Object.entries(DEBIAN)) assert.ok(known.has(piece), `${deb}: ${piece}`);
});

test('whatever comes from npm is in THIRD-PARTY.md, with its version', () => {
  const told = new Map(pieces.flatMap(({ names, versions }) => names.map((name, i) => [name.toLowerCase(), versions[i]])));
  for (const [name, version] of Object.entries(manifest.devDependencies)) assert.equal(told.get(name), version, name);
  for (const [name = '', version] of NPM_TOOLS.map(tool => tool.split('@'))) assert.equal(told.get(name), `npm ${version}`, name);
});

// ---- embedding in Node ----

const example = read('README.md').match(/^```js\n([^]*?)^```$/m)?.[1] ?? '';

test("README's example runs as it stands there, in the checkout and where the checkout is installed", () => {
  const elsewhere = join(folder, 'elsewhere');
  mkdirSync(join(elsewhere, 'node_modules'), { recursive: true });
  symlinkSync(root, join(elsewhere, 'node_modules/concurrency-lab')); // as `npm install <checkout>` does
  assert.match(example, /createLab/);
  const words = "['compare', 'primes', '--json', '-']";
  assert.ok(example.includes(words));
  const short = example.replace(words, "['list', '--json']") + 'console.log(status, Object.keys(JSON.parse(out)).length > 0);\n';
  for (const cwd of [root, elsewhere]) {
    const { status, out, lines } = node(['--input-type=module', '-e', short], { cwd });
    assert.deepEqual([status, out], [0, '0 true\n'], lines.join('\n'));
  }
});

test('a packed checkout has what Node needs to run the lab', { skip: onPath('npm') ? false : 'there is no npm' }, () => {
  const done = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root, encoding: 'utf8' });
  const packed = new Set(JSON.parse(done.stdout)[0].files.map((/** @type {{ path: string }} */ file) => file.path));
  for (const path of ['worker/node-host.js', 'worker/cli.mjs', 'dist/lab.mjs', 'dist/lab.wasm', 'dist/isolate.wasm']) assert.ok(packed.has(path), path);
});
