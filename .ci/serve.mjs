// Builds the site and serves it on this machine (`npm start`).
//
//   node .ci/serve.mjs [--port N] [--base /sub/path/] [--no-isolation] [--no-build]
//
// --no-isolation leaves out the headers that make a page cross-origin isolated, as GitHub Pages does.
//
// One route is not a file: delay/<ms>/<path> waits ms milliseconds (0 to 10000), then serves <path>. The
// page's own service worker answers the same route elsewhere; here it is the server's.

import { createHash } from 'node:crypto';
import { readFile, realpath, stat } from 'node:fs/promises';
import http from 'node:http';
import { extname, join, sep } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { SetupError, isMain, log, script } from './setup.mjs';

export const MAX_DELAY_MS = 10_000;

/** @type {Record<string, string>} */
const TYPES = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8', '.json': 'application/json; charset=utf-8', '.webmanifest': 'application/manifest+json',
  '.wasm': 'application/wasm', '.svg': 'image/svg+xml', '.png': 'image/png', '.ico': 'image/x-icon', '.woff2': 'font/woff2',
  '.c': 'text/plain; charset=utf-8', '.h': 'text/plain; charset=utf-8', '.txt': 'text/plain; charset=utf-8',
};
const COMPRESSIBLE = /^text\/|json|wasm|svg/;

/**
 * A server for the folder `root`; the caller makes it listen and closes it.
 * @param {{ root: string, isolation?: boolean, base?: string }} options  base: the path it is served under
 * @returns {http.Server}
 */
export function createServer({ root, isolation = true, base = '/' }) {
  const site = `/${base.split('/').filter(Boolean).join('/')}/`.replace('//', '/');
  /** By file. `stamp` tells whether it is still that file; `encoded` holds its compressed forms.
   * @typedef {{ stamp: string, body: Buffer, etag: string, type: string, encoded: Map<string, Buffer> }} Entry
   * @type {Map<string, Entry>} */
  const cache = new Map();

  /** The file at a path of the site; null where only a slash is missing.
   * @param {string} path
   * @returns {Promise<Entry | null>} */
  async function load(path) {
    const top = await realpath(root);
    const file = await realpath(join(top, path)); // of links too: nothing outside root is served
    if (file !== top && !file.startsWith(top + sep)) throw Object.assign(new Error('outside the site'), { code: 'ENOENT' });
    const info = await stat(file);
    if (info.isDirectory()) return path.endsWith('/') || path === '' ? load(`${path}index.html`) : null;
    const stamp = `${info.mtimeMs} ${info.size}`;
    let entry = cache.get(file);
    if (entry?.stamp !== stamp) {
      const body = await readFile(file);
      const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
      entry = { stamp, body, etag, type: TYPES[extname(file)] ?? 'application/octet-stream', encoded: new Map() };
      cache.set(file, entry);
    }
    return entry;
  }

  /** @param {Entry} entry @param {string} accepted
   * @returns {[encoding: string, body: Buffer]} */
  function encode(entry, accepted) {
    if (!COMPRESSIBLE.test(entry.type) || entry.body.length < 1000) return ['', entry.body];
    const encoding = /\bbr\b/.test(accepted) ? 'br' : /\bgzip\b/.test(accepted) ? 'gzip' : '';
    if (!encoding) return ['', entry.body];
    let body = entry.encoded.get(encoding);
    if (!body) {
      body = encoding === 'br' ? brotliCompressSync(entry.body, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }) : gzipSync(entry.body);
      entry.encoded.set(encoding, body);
    }
    return [encoding, body];
  }

  return http.createServer(async (request, response) => {
    const headers = {
      'Cache-Control': 'no-cache', 'X-Content-Type-Options': 'nosniff',
      ...(isolation && { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp', 'Cross-Origin-Resource-Policy': 'same-origin' }),
    };
    const answer = (/** @type {number} */ status, /** @type {string | Buffer} */ body, more = {}) => {
      response.writeHead(status, { ...headers, 'Content-Length': Buffer.byteLength(body), ...more });
      response.end(request.method === 'HEAD' ? undefined : body);
    };
    const say = (/** @type {number} */ status, /** @type {string} */ text, more = {}) => answer(status, `${text}\n`, { 'Content-Type': 'text/plain; charset=utf-8', ...more });

    if (request.method !== 'GET' && request.method !== 'HEAD') return say(405, `${request.method} is not served here, only GET and HEAD`, { Allow: 'GET, HEAD' });
    const address = (request.url ?? '/').split(/[?#]/)[0];
    let path;
    try {
      path = decodeURIComponent(address);
    } catch {
      return say(400, 'the address is not well-formed');
    }
    if (path === site.slice(0, -1) && site !== '/') return say(301, `the site is at ${site}`, { Location: site });
    if (!path.startsWith(site)) return say(404, `there is nothing at ${path}; the site is at ${site}`);
    path = path.slice(site.length);

    const delayed = path.match(/^delay\/([^/]*)(?:\/|$)(.*)$/s);
    if (delayed) {
      if (!/^\d{1,5}$/.test(delayed[1]) || Number(delayed[1]) > MAX_DELAY_MS)
        return say(400, `the delay must be a whole number of milliseconds from 0 to ${MAX_DELAY_MS}, not "${delayed[1]}"`);
      path = delayed[2];
      const reached = await new Promise(resolve => {
        const timer = setTimeout(resolve, Number(delayed[1]), true);
        response.once('close', () => { // the client left
          clearTimeout(timer);
          resolve(false);
        });
      });
      if (!reached) return;
    }

    try {
      const entry = path.split(/[/\\]/).includes('..') || path.includes('\0') ? undefined : await load(path);
      if (entry === undefined) return say(404, 'there is nothing outside the site');
      if (entry === null) return say(301, 'this is a folder', { Location: `${address}/` });
      if (request.headers['if-none-match'] === entry.etag) {
        response.writeHead(304, { ...headers, ETag: entry.etag, Vary: 'Accept-Encoding' });
        return response.end();
      }
      const [encoding, body] = encode(entry, request.headers['accept-encoding'] ?? '');
      answer(200, body, { 'Content-Type': entry.type, ETag: entry.etag, Vary: 'Accept-Encoding', ...(encoding && { 'Content-Encoding': encoding }) });
    } catch (error) {
      if (response.headersSent) return response.destroy();
      const { code, message } = /** @type {NodeJS.ErrnoException} */ (error);
      if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(`${code}`)) return say(404, `there is no ${path || 'index.html'}`);
      say(500, `${path}: ${message}`);
    }
  });
}

/** Listens on 127.0.0.1 and gives the site's address. Without a port: any that is free.
 * @param {http.Server} server
 * @returns {Promise<string>} */
export function listen(server, { port = 0, base = '/' } = {}) {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve(`http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}/${base.split('/').filter(Boolean).map(part => `${part}/`).join('')}`);
    });
  });
}

/** @param {string[]} words */
function parseWords(words) {
  const options = { port: /** @type {number | null} */ (null), base: '/', isolation: true, build: true };
  for (let i = 0; i < words.length; i++) {
    const [word, inline] = words[i].split(/=(.*)/s);
    const value = () => inline ?? words[++i] ?? '';
    const not = (/** @type {string} */ text) => (text ? `, not "${text}"` : `; there is none after ${word}`);
    if (word === '--port') {
      const text = value();
      options.port = Number(text);
      if (!/^\d+$/.test(text) || options.port > 65535) throw new SetupError(`--port takes a number from 0 to 65535${not(text)}`);
    } else if (word === '--base') {
      options.base = value();
      if (!options.base.startsWith('/')) throw new SetupError(`--base takes a path such as /concurrency-lab/${not(options.base)}`);
    } else if (word === '--no-isolation') options.isolation = false;
    else if (word === '--no-build') options.build = false;
    else throw new SetupError(`"${word}" is no option; the options are --port N, --base PATH, --no-isolation and --no-build`);
  }
  return options;
}

async function main() {
  const options = parseWords(process.argv.slice(2));
  const { build, dist } = await import('./build.mjs');
  if (options.build) await build();
  const first = options.port ?? 8080;
  for (let port = first; ; port++) {
    try {
      const server = createServer({ root: dist, ...options });
      log(`Concurrency Lab is at ${await listen(server, { port, base: options.base })} (Ctrl-C ends it)`);
      const stop = () => {
        server.close();
        server.closeAllConnections();
      };
      process.once('SIGINT', stop);
      process.once('SIGTERM', stop);
      return;
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EADDRINUSE') throw error;
      if (options.port !== null || port >= first + 100) throw new SetupError(`port ${port} is in use`);
    }
  }
}

if (isMain(import.meta.url)) await script(main);
