// Builds the wasm programs and puts the static site together in dist/ (`npm run build`).
//
//   node .ci/build.mjs [--quiet]     --quiet: not a word when nothing had to be done
//
// dist/ is web/ at its root, the Workers' scripts in worker/, the wasm programs, source/ (the C that the page shows) and
// files.json. All addresses in it are relative. Modules are joined (bundle.mjs); the other files are copied as they are, but for
// these things:
// - a page's `<!-- include NAME -->` becomes web/parts/NAME.html, or what is written of the table of pages (pages.mjs), or of a
//   recorded run; its first script, begin.js, stands in it; and it names all files that its script needs, so that a browser asks
//   for them at once;
// - __BUILD_VERSION__ becomes a hash of all the rest, so that a new build is a new service worker, and what is fetched late can
//   be told from that of another build (worker/relay.js);
// A module of the site that is not in web/ (result-schema.js) is in build/generated/, which tsconfig.json lays over web/.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { pageModules, oneFile } from './bundle.mjs';
import { WRITTEN, checkPages, pageOf } from './pages.mjs';
import { wholeSchema } from './schema.mjs';
import { ensureEmscripten, ensureNodeModules, ensureWasi, isMain, log, root, run, script, withLock } from './setup.mjs';

export const dist = join(root, 'dist');
const generated = join(root, 'build/generated');
const VERSION_TOKEN = '__BUILD_VERSION__';
/** Which build of the core goes into the site. LAB_WASM=debug: the one that knows the lines of its C (CONTRIBUTING.md). */
const core = process.env.LAB_WASM === 'debug' ? 'emscripten-debug' : 'emscripten';

const quiet = { on: false };
/** @param {string} text */
function say(text) {
  if (!quiet.on) log(text);
}

/**
 * Configures and builds one CMake preset. Whatever tells which SDK is used is remembered beside the build:
 * another SDK starts it anew.
 * @param {string} preset
 * @param {{ ensure: () => Promise<unknown>, defines?: string[], targets?: string[] }} options
 */
export async function buildPreset(preset, { ensure, defines = [], targets = [] }) {
  const folder = join(root, 'build', preset);
  const stamp = join(folder, '.configured');
  const identity = JSON.stringify(['EMSDK', 'WASI_SDK_PATH', 'XDG_CACHE_HOME', 'HOME', 'CC'].map(name => process.env[name] ?? null).concat(root));
  const configured = existsSync(stamp) ? JSON.parse(readFileSync(stamp, 'utf8')) : null;
  if (!configured || configured.identity !== identity || defines.some(define => !configured.defines.includes(define))) {
    await ensure();
    if (configured && configured.identity !== identity) rmSync(folder, { recursive: true, force: true });
    run('cmake', ['--preset', preset, ...defines], { cwd: root });
    writeFileSync(stamp, JSON.stringify({ identity, defines }));
  }
  const start = performance.now();
  const wanted = targets.flatMap(target => ['--target', target]);
  // Warnings are shown, ninja's progress is not: the output counts only when something was built.
  const output = run('cmake', ['--build', '--preset', preset, ...wanted], { cwd: root });
  const warnings = output.split('\n').filter(line => !/^\[\d+\/\d+\]|^ninja: no work|^--|^$/.test(line)).join('\n');
  if (warnings) log(warnings);
  if (/^\[[1-9]\d*\/\d+\] (Building|Linking)/m.test(output)) log(`built ${preset} in ${((performance.now() - start) / 1000).toFixed(1)} s`);
  return folder;
}

// ---- the site ----

/** The files below a folder, as sorted relative paths.
 * @returns {string[]} */
function filesBelow(/** @type {string} */ folder, below = '') {
  if (!existsSync(join(folder, below))) return [];
  return readdirSync(join(folder, below), { withFileTypes: true })
    .flatMap(entry => (entry.isDirectory() ? filesBelow(folder, posix.join(below, entry.name)) : [posix.join(below, entry.name)]))
    .sort();
}

/** The pages, as paths in web/. */
const pages = () => filesBelow(join(root, 'web')).filter(path => path.endsWith('.html') && !path.startsWith('parts/'));

/** The Workers' scripts. */
const WORKERS = ['browser-host.js', 'solo-host.js', 'relay.js', 'isolate.js', 'echo.js'];

/**
 * What of the site people wrote, but for the Workers: pages, modules, styles and the rest of web/.
 * @returns {Promise<Map<string, string | Buffer>>} path in the site → content
 */
export async function webFiles() {
  checkPages(pages());
  const texts = new Map(pages().map(path => [path, readFileSync(join(root, 'web', path), 'utf8')]));
  const modules = await pageModules([...texts.values()].map(text => SCRIPT.exec(text)?.[1] ?? ''));
  const found = /** @type {Map<string, string | Buffer>} */ (new Map(modules.files));
  for (const [path, text] of texts) found.set(path, withModules(withBeginning(withParts(path, text)), modules));
  for (const path of filesBelow(join(root, 'web')))
    if (path === 'service-worker.js' || !/(^|\/)\.|^parts\/|\.(html|js|md)$/.test(path)) found.set(path, readFileSync(join(root, 'web', path)));
  return found;
}

/** A page's script, and what it asks for at once although it imports it later. */
const SCRIPT = /(?<=<script type="module" src=")([^"]+)(?=">)/, AHEAD = /(?<=<link rel="modulepreload" href=")([^"]+)(?=">)/g;

/** `<!-- include NAME -->`, alone on its line, becomes what the page's row says, or web/parts/NAME.html, which may include more.
 * @param {string} path @param {string} text @returns {string} */
function withParts(path, text) {
  return text.replace(/^ *<!-- include (\w+) -->\n/gm, (_, name) => {
    const part = WRITTEN[name]?.(pageOf(path)) ?? withParts(path, readFileSync(join(root, `web/parts/${name}.html`), 'utf8'));
    return name === 'recorded' ? withRecorded(part, dirname(SCRIPT.exec(text)?.[1] ?? '')) : part;
  });
}

/** The mark of what `npm run record` has made for a page; '' before that. @param {string} part @param {string} room */
function withRecorded(part, room) {
  const path = join(root, 'web', room, 'recorded.json');
  if (!existsSync(path)) return '';
  const content = readFileSync(path, 'utf8');
  const { recorded: { date, machine }, result } = JSON.parse(content);
  /** @type {Record<string, string>} */
  const words = { file: `${room}/recorded.json?${hash(content)}`, date, machine, runtime: result.environment.runtime };
  return part.replace(/\{(\w+)\}/g, (_, name) => words[name].replace(/[&<>"]/g, (/** @type {string} */ sign) => `&#${sign.charCodeAt(0)};`));
}

/** @param {string} text @param {Awaited<ReturnType<typeof pageModules>>} modules */
function withModules(text, { nameOf, needs }) {
  const named = [...text.match(AHEAD) ?? [], ...text.match(SCRIPT)?.slice(0, 1) ?? []];
  const rest = [...new Set(named.flatMap(needs))].filter(module => !named.some(one => nameOf(one) === module));
  return text.replace(AHEAD, nameOf).replace(SCRIPT, nameOf)
    .replace('</head>', `${rest.map(module => `<link rel="modulepreload" fetchpriority="low" href="${module}">\n`).join('')}</head>`);
}

/** A page with its first script in it, by whose hash the page's policy lets it in, and of which build it is. @param {string} text */
function withBeginning(text) {
  const script = readFileSync(join(root, 'web/page/begin.js'), 'utf8').replace(/^ *\/\/.*\n|\/\*\*.*?\*\/ ?|^\n/gm, '');
  const hash = createHash('sha256').update(script).digest('base64');
  return text.replace('<html ', `<html data-build="${VERSION_TOKEN}" `).replace('<script src="begin.js"></script>', () => `<script>${script}</script>`).replace("script-src 'self'", () => `script-src 'self' 'sha256-${hash}'`);
}

/** @param {string} file @param {Buffer} content */
function writeIfChanged(file, content) {
  if (existsSync(file) && readFileSync(file).equals(content)) return false;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return true;
}

/** What dist/ consists of: path in it → content, but for files.json. */
async function siteFiles() {
  /** @type {Map<string, Buffer>} */
  const files = new Map();
  const add = (/** @type {string} */ path, /** @type {string} */ from) => existsSync(from) && files.set(path, readFileSync(from));
  for (const [path, content] of await webFiles()) files.set(path, Buffer.from(content));
  for (const path of WORKERS) files.set(`worker/${path}`, Buffer.from(await oneFile(`worker/${path}`)));
  for (const name of ['lab.mjs', 'lab.wasm', 'lab-compare.mjs', 'lab-compare.wasm']) add(name, join(root, 'build', core, 'core', name));
  for (const name of ['lab.wasm.map', 'lab-compare.wasm.map']) {
    const map = join(root, 'build', core, 'core', name);
    if (existsSync(map)) files.set(name, withSources(map));
  }
  // Emscripten's scripts say of which build they are, as the Workers' modules do.
  for (const [path, content] of files) if (path.endsWith('.mjs')) files.set(path, Buffer.from(`${content}\nexport const build = '${VERSION_TOKEN}';\n`));
  add('isolate.wasm', join(root, 'build/wasi/core/isolate.wasm'));
  files.set('result.schema.json', Buffer.from(`${JSON.stringify(wholeSchema(), null, 1)}\n`));
  // What the pages show of it: workloads, and the cases of the rules.
  for (const folder of ['workloads', 'exhibits/futures'])
    for (const path of filesBelow(join(root, 'core', folder)))
      if (/\.c$/.test(path) && !/_test\.c$|^(command|options|report)\./.test(path)) add(`source/${path}`, join(root, 'core', folder, path));
  return files;
}

/** A source map with the C in it, which the site does not serve. @param {string} file */
function withSources(file) {
  const map = JSON.parse(readFileSync(file, 'utf8'));
  map.sourcesContent = map.sources.map((/** @type {string} */ path) => {
    const source = join(dirname(file), path);
    return existsSync(source) ? readFileSync(source, 'utf8') : null; // those of Emscripten's libraries are not here
  });
  return Buffer.from(JSON.stringify(map));
}

const hash = (/** @type {string | Buffer} */ content) => createHash('sha256').update(content).digest('hex').slice(0, 16);

/** Brings dist/ up to date. files.json: { version, files: [{ path, size, version }] }. */
export async function assembleSite() {
  const files = await siteFiles();
  const version = hash([...files].map(([path, content]) => `${path} ${hash(content)}\n`).join(''));
  for (const [path, content] of files)
    if (/\.(m?js|html)$/.test(path) && content.includes(VERSION_TOKEN)) files.set(path, Buffer.from(content.toString().replaceAll(VERSION_TOKEN, version)));
  const list = [...files].map(([path, content]) => ({ path, size: content.length, version: hash(content) })).sort((a, b) => (a.path < b.path ? -1 : 1));
  files.set('files.json', Buffer.from(`${JSON.stringify({ version, files: list }, null, 1)}\n`));

  let changed = 0;
  for (const path of filesBelow(dist))
    if (!files.has(path)) {
      rmSync(join(dist, path));
      changed++;
      for (let folder = dirname(path); folder !== '.' && readdirSync(join(dist, folder)).length === 0; folder = dirname(folder)) rmdirSync(join(dist, folder));
    }
  for (const [path, content] of files) if (writeIfChanged(join(dist, path), content)) changed++;
  return { changed, total: files.size, bytes: [...files.values()].reduce((sum, content) => sum + content.length, 0) };
}

/**
 * Compiles the schema of results (schema.mjs) into build/generated/result-schema.js: an ES module
 * without eval whose default export is `(data) => boolean`, with `.errors` after a false.
 */
export async function generateSchemaCheck() {
  const target = join(generated, 'result-schema.js');
  const require = createRequire(join(root, 'package.json'));
  const schema = wholeSchema();
  const first = `// Generated by ajv from the schema of results, ${hash(JSON.stringify(schema) + readFileSync(fileURLToPath(import.meta.url)))}.\n`;
  if (existsSync(target) && readFileSync(target, 'utf8').startsWith(first)) return;
  const { default: Ajv } = require(String(schema.$schema).includes('2020-12') ? 'ajv/dist/2020.js' : 'ajv');
  const { default: standaloneCode } = require('ajv/dist/standalone');
  const ajv = new Ajv({ code: { source: true, esm: true }, inlineRefs: false, allowUnionTypes: true });
  let code = standaloneCode(ajv, ajv.compile(schema));
  // Even as an ES module ajv asks for its helpers with require(); a browser has none.
  /** @type {Record<string, string>} */
  const helpers = { 'ajv/dist/runtime/ucs2length': 'text => [...text].length' };
  code = code.replace(/require\("([^"]+)"\)\.default/g, (/** @type {string} */ _, /** @type {string} */ name) => {
    if (!helpers[name]) throw new Error(`the schema needs ajv's ${name}, which .ci/build.mjs does not know how to inline`);
    return `(${helpers[name]})`;
  });
  mkdirSync(generated, { recursive: true });
  writeFileSync(target, `${first}${code}\n`);
}

/** Types for the site's modules that are not in web/. tsconfig.json lays this folder over web/ (rootDirs). */
function generateTypes() {
  const write = (/** @type {string} */ path, /** @type {string} */ text) => writeIfChanged(join(generated, path), Buffer.from(text));
  write('result-schema.d.ts', [
    'declare const validate: { (data: unknown): boolean; errors: { instancePath: string, message?: string }[] | null };', 'export default validate;', ''].join('\n'));
}

/** What the site needs besides the wasm programs. */
export async function generate() {
  await ensureNodeModules();
  generateTypes();
  await generateSchemaCheck();
}

/** Everything: the wasm programs and dist/. */
export async function build() {
  await withLock(`build-${hash(root)}`, async () => {
    await buildPreset(core, { ensure: ensureEmscripten, targets: ['lab', 'lab-compare'] });
    await buildPreset('wasi', { ensure: ensureWasi, targets: ['isolate'] });
    await generate();
    const { changed, total, bytes } = await assembleSite();
    if (changed) log(`dist/: ${total} files, ${(bytes / 1024).toFixed(0)} KiB, ${changed} new or changed`);
    else say('dist/ is up to date');
  });
}

if (isMain(import.meta.url)) {
  quiet.on = process.argv.includes('--quiet');
  await script(build);
}
