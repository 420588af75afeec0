// Reads web addresses in Node: over node:http and node:https, which every Node has and whose ways are public.
//
// - As many connections as there are requests; they are kept for further ones until closeConnections().
// - Follows redirects, decodes bodies, and asks once more, over a new connection, where the server had just closed a
//   kept one, as browsers do.
// - A proxy is asked only where Node itself would ask one (NODE_USE_ENV_PROXY=1, from Node 24 on), and never for this
//   machine: the lab's own pages are measured, and no proxy can reach what is `localhost` here.

import http from 'node:http';
import https from 'node:https';
import zlib from 'node:zlib';
import { Failure } from './failure.js';

/** @import { Got } from './fetch.js' */

const MOST_REDIRECTS = 20; // as fetch()
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const HEADERS = { accept: '*/*', 'accept-encoding': 'gzip, deflate, br', 'user-agent': 'concurrency-lab' };
const LOOPBACK = /^(?:localhost|.*\.localhost|127\.\d+\.\d+\.\d+|\[::1\]|\[::ffff:7f[\da-f]{2}:[\da-f]+\])\.?$/;

/** The modules of a protocol. @param {string} protocol */
const moduleOf = protocol => (protocol === 'https:' ? https : http);

/** By protocol and by whether a proxy may be asked. @type {Map<string, http.Agent>} */
const agents = new Map();

/** @param {URL} url */
function agentOf({ protocol, hostname }) {
  const viaProxy = process.env.NODE_USE_ENV_PROXY === '1' && !LOOPBACK.test(hostname);
  const key = `${protocol} ${viaProxy}`;
  let agent = agents.get(key);
  if (!agent) {
    // proxyEnv: of Node 24 and later; others do not look at it.
    const options = { keepAlive: true, maxFreeSockets: Infinity, ...(viaProxy ? { proxyEnv: process.env } : {}) };
    agent = new (moduleOf(protocol).Agent)(options);
    agents.set(key, agent);
  }
  return agent;
}

/** The body as it was before it was compressed. @param {http.IncomingMessage} response @returns {import('node:stream').Readable} */
function decoded(response) {
  const encoding = response.headers['content-encoding'];
  if (!encoding || encoding === 'identity') return response;
  const make = { gzip: zlib.createGunzip, 'x-gzip': zlib.createGunzip, deflate: zlib.createInflate, br: zlib.createBrotliDecompress }[encoding];
  if (!make) return response;
  const decoder = make();
  response.once('error', error => decoder.destroy(error));
  return response.pipe(decoder);
}

/** Reads an address as Web['get'] says. @param {string} address @param {number} maxBytes @param {AbortSignal} signal */
export const get = (address, maxBytes, signal) => ask(new URL(address), maxBytes, signal, { asked: address, redirects: 0, fresh: false });

/**
 * @param {URL} url @param {number} maxBytes @param {AbortSignal} signal
 * @param {{ asked: string, redirects: number, fresh: boolean }} so  far: the first address, redirects followed, whether a
 *   kept connection failed
 * @returns {Promise<Got>}
 */
function ask(url, maxBytes, signal, so) {
  return new Promise((resolve, reject) => {
    let answered = false;
    const fail = (/** @type {Error} */ error) => reject(error instanceof Failure ? error : Object.assign(error, { answered }));
    const request = moduleOf(url.protocol).request(url, { agent: so.fresh ? false : agentOf(url), headers: HEADERS, signal });
    request.on('error', error => {
      const wasClosed = /^(?:ECONNRESET|EPIPE)$/.test(/** @type {NodeJS.ErrnoException} */ (error).code ?? '');
      if (wasClosed && !answered && request.reusedSocket && !so.fresh && !signal.aborted)
        resolve(ask(url, maxBytes, signal, { ...so, fresh: true }));
      else fail(error);
    });
    request.on('response', response => {
      answered = true;
      const status = response.statusCode ?? 0;
      response.on('error', fail);
      const { location } = response.headers;
      if (REDIRECTS.has(status) && location !== undefined) {
        response.destroy(); // its body is nobody's
        const next = URL.canParse(location, url) ? new URL(location, url) : null;
        if (!next || !/^https?:$/.test(next.protocol))
          fail(new Failure('LAB_E_IO', `${so.asked}: was redirected to "${location}", which is not an http or https address`));
        else if (so.redirects === MOST_REDIRECTS) fail(new Failure('LAB_E_IO', `${so.asked}: too many redirects`));
        else resolve(ask(next, maxBytes, signal, { ...so, redirects: so.redirects + 1, fresh: false }));
        return;
      }
      if (status < 200 || status > 299) {
        response.destroy();
        resolve({ status, bytes: [], size: 0 });
        return;
      }
      /** @type {Uint8Array[]} */
      const bytes = [];
      let size = 0;
      const body = decoded(response);
      if (body !== response) body.on('error', fail);
      body.on('data', (/** @type {Buffer} */ part) => {
        size += part.length;
        bytes.push(part);
        if (size <= maxBytes) return;
        resolve({ status, bytes, size }); // longer than was asked for
        response.destroy();
      });
      body.on('end', () => resolve({ status, bytes, size }));
    });
    request.end();
  });
}

/** Closes the connections that are kept for further requests: every run's own server has another port. Only between runs. */
export function closeConnections() {
  for (const agent of agents.values()) agent.destroy();
  agents.clear();
}
