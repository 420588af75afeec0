// The web server that the lab reads pages from when a run names none: a worker_thread of the Node host, on an
// ephemeral port of 127.0.0.1.
//
//   GET /delay/<ms>/page/<n>   after ms milliseconds: a page of 2 to 6 KB of words, always the same for the same n
//
// It only waits and copies, so thousands of requests may be under way; connections are kept alive.

import http from 'node:http';
import { parentPort } from 'node:worker_threads';

const MAX_DELAY_MS = 60_000;
const WORDS = (
  'thread process loop future task worker queue lock mutex fork join pipe futex barrier fence atomic relaxed acquire ' +
  'release order yield await resume suspend coroutine generator event timer socket page cache line word byte clock tick ' +
  'the a of and to in that is was for on with as by at from when while until before after between under over'
).split(' ');

/** A page's text. Numbers come from a linear congruential generator (Numerical Recipes), seeded by n.
 * @param {number} n */
export function page(n) {
  let state = (n * 2654435761 + 12345) >>> 0;
  const random = (/** @type {number} */ below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const length = 400 + random(800);
  const words = Array.from({ length }, (_, i) => (i % 12 === 11 ? '\n' : '') + WORDS[random(WORDS.length)]);
  return `page ${n}\n${words.join(' ')}\n`;
}

export function createSite() {
  /** @type {Map<number, Buffer>} */
  const pages = new Map();
  const server = http.createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    const match = request.url?.match(/^\/delay\/(\d{1,6})\/page\/(\d{1,9})$/);
    const ms = Number(match?.[1]);
    if (!match || ms > MAX_DELAY_MS) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('there is only /delay/<ms>/page/<n>\n');
      return;
    }
    const n = Number(match[2]);
    let body = pages.get(n);
    if (!body) {
      body = Buffer.from(page(n));
      if (pages.size < 10_000) pages.set(n, body);
    }
    const answer = () => {
      response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', 'content-length': body.length, 'cache-control': 'no-store' });
      response.end(body);
    };
    if (ms === 0) return answer(); // a timer takes a millisecond at least
    const timer = setTimeout(answer, ms);
    response.once('close', () => clearTimeout(timer)); // the client left
  });
  server.maxConnections = 0x7fffffff;
  return server;
}

if (parentPort) {
  const port = parentPort;
  const server = createSite();
  server.once('error', error => {
    throw error; // the host hears it as this Worker's error
  });
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
    port.postMessage({ port: /** @type {import('node:net').AddressInfo} */ (server.address()).port });
  });
}
