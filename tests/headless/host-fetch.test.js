// Fetches from servers that misbehave: each is answered, once, in time, with one sentence that names its URL; as Node
// reads the web, and as a browser does.

import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { ERRORS } from '../../worker/abi.js';
import { Fetches, readOrder } from '../../worker/fetch.js';
import { closeConnections, get as nodeGet } from '../../worker/node-get.js';
import { createSite, page } from '../../worker/site-server.js';

/** @typedef {{ code: number, status: number, bytes: Buffer, ms: number }} Answered */

/** @type {Record<string, (request: http.IncomingMessage, response: http.ServerResponse) => void>} */
const routes = {
  '/ok': (_, response) => response.end('fine'),
  '/empty': (_, response) => response.end(),
  '/500': (_, response) => response.writeHead(500).end('no'),
  '/404': (_, response) => response.writeHead(404).end('no'),
  '/hang': () => {},
  '/drip': (_, response) => {
    const timer = setInterval(() => response.write('x'), 20);
    response.on('close', () => clearInterval(timer));
  },
  '/big': (_, response) => {
    const block = Buffer.alloc(1 << 20);
    let left = 100;
    const more = () => {
      while (left-- > 0) if (!response.write(block)) return response.once('drain', more);
      response.end();
    };
    more();
  },
  '/cut': (_, response) => {
    response.writeHead(200, { 'content-length': 1000 }).write('abc');
    setTimeout(() => response.destroy(), 20);
  },
  '/drop': request => request.socket.destroy(),
  '/loop': (_, response) => response.writeHead(302, { location: '/loop' }).end(),
  '/moved': (_, response) => response.writeHead(302, { location: '/ok' }).end(),
  '/away': (_, response) => response.writeHead(301, { location: 'ftp://127.0.0.1/ok' }).end(),
  '/nowhere': (_, response) => response.writeHead(302).end(),
  '/gzip': (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('fine')),
  '/bomb': (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(4 << 20))),
  '/broken': (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('no gzip'),
};

const server = http.createServer((request, response) => (routes[request.url ?? ''] ?? routes['/404'])(request, response));
let fetches = new Fetches(nodeGet);
let base = '';
let requests = 0;

before(async () => {
  await new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve(null)));
  base = `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}`;
});
after(() => {
  server.close();
  server.closeAllConnections();
});

/** @param {string} url @param {{ timeoutMs?: number, maxBytes?: number, cancelAfterMs?: number }} [options] @returns {Promise<Answered>} */
function ask(url, { timeoutMs = 5000, maxBytes = 1 << 20, cancelAfterMs } = {}) {
  const start = performance.now();
  const request = ++requests;
  let answers = 0;
  return new Promise((resolve, reject) => {
    fetches.start(request, { url, timeoutMs, maxBytes }, (code, status, parts) => {
      if (answers++) reject(new Error('answered twice'));
      resolve({ code, status, bytes: Buffer.concat(parts), ms: performance.now() - start });
    });
    if (cancelAfterMs !== undefined) setTimeout(() => fetches.cancel(request), cancelAfterMs);
  });
}

/** @param {string} url @param {keyof typeof ERRORS} symbol @param {string} sentence @param {Parameters<typeof ask>[1]} [options] */
async function fails(url, symbol, sentence, options) {
  const { code, bytes, ms } = await ask(url, options);
  assert.equal(code, ERRORS[symbol], bytes.toString());
  assert.equal(bytes.toString(), `${url}: ${sentence}`);
  return ms;
}

for (const { name, get, lost } of [{ name: 'Node', get: nodeGet, lost: 'ECONNRESET' }, { name: 'fetch()', get: undefined, lost: 'UND_ERR_SOCKET' }])
  describe(name, () => {
    before(() => {
      fetches = new Fetches(get);
    });

    test('a body comes whole, an empty one too, from where it was moved to', async () => {
      assert.deepEqual((({ code, status, bytes }) => [code, status, bytes.toString()])(await ask(`${base}/ok`)), [0, 200, 'fine']);
      assert.deepEqual((({ code, status, bytes }) => [code, status, bytes.toString()])(await ask(`${base}/empty`)), [0, 200, '']);
      assert.deepEqual((({ code, status, bytes }) => [code, status, bytes.toString()])(await ask(`${base}/moved`)), [0, 200, 'fine']);
      assert.equal((await ask(`${base}/gzip`)).bytes.toString(), 'fine');
    });

    test('a bad status is told, and is in the answer', async () => {
      await fails(`${base}/500`, 'LAB_E_IO', 'the server answered 500');
      assert.equal((await ask(`${base}/404`)).status, 404);
    });

    test('nobody there', async () => {
      const probe = http.createServer().listen(0, '127.0.0.1');
      await new Promise(resolve => probe.once('listening', resolve));
      const { port } = /** @type {import('node:net').AddressInfo} */ (probe.address());
      await new Promise(resolve => probe.close(resolve));
      await fails(`http://127.0.0.1:${port}/x`, 'LAB_E_IO', 'could not connect (ECONNREFUSED)');
      // A port that fetch() refuses to try, and where nobody listens.
      await fails('http://127.0.0.1:1/', 'LAB_E_IO', `could not connect (${get === nodeGet ? 'ECONNREFUSED' : 'bad port'})`);
    });

    test('no addresses of the web', async () => {
      for (const url of ['nonsense', 'ftp://127.0.0.1/', 'file:///etc/passwd', 'http://', '']) await fails(url, 'LAB_E_IO', 'not an http or https address');
    });

    test('the time counts to the last byte', async () => {
      for (const path of ['/hang', '/drip']) {
        const ms = await fails(base + path, 'LAB_E_TIMEOUT', 'no complete answer within 0.3 s', { timeoutMs: 300 });
        assert.ok(ms >= 295 && ms < 20_000, `${ms} ms`);
      }
    });

    test('a time-out beyond what a timer can hold is for ever, not at once', async () => {
      assert.equal((await ask(`${base}/ok`, { timeoutMs: 1e12 })).code, 0);
    });

    test('too long', async () => {
      await fails(`${base}/big`, 'LAB_E_TOO_LARGE', 'longer than 1048576 bytes');
      await fails(`${base}/bomb`, 'LAB_E_TOO_LARGE', 'longer than 1048576 bytes');
      await fails(`${base}/ok`, 'LAB_E_TOO_LARGE', 'longer than 3 bytes', { maxBytes: 3 });
      assert.equal((await ask(`${base}/ok`, { maxBytes: 4 })).code, 0);
    });

    test('a connection that breaks', async () => {
      await fails(`${base}/cut`, 'LAB_E_IO', `the connection was lost (${lost})`);
      await fails(`${base}/drop`, 'LAB_E_IO', `the connection was lost (${lost})`);
      await fails(`${base}/loop`, 'LAB_E_IO', 'too many redirects');
      await fails(`${base}/nowhere`, 'LAB_E_IO', 'the server answered 302');
    });

    test('a cancelled fetch is answered as well, and at once', async () => {
      const ms = await fails(`${base}/hang`, 'LAB_E_CANCELLED', 'given up', { cancelAfterMs: 50 });
      assert.ok(ms < 20_000, `${ms} ms`);
      await fails(`${base}/drip`, 'LAB_E_CANCELLED', 'given up', { cancelAfterMs: 100 });
      fetches.cancel(12345678); // nobody's
    });

    test('two thousand at once, each answered', { timeout: 60_000 }, async () => {
      const site = createSite();
      await new Promise(resolve => site.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => resolve(null)));
      const { port } = /** @type {import('node:net').AddressInfo} */ (site.address());
      const answers = await Promise.all(Array.from({ length: 2000 }, (_, i) => ask(`http://127.0.0.1:${port}/delay/50/page/${i % 100}`, { timeoutMs: 50_000 })));
      for (const [i, { code, bytes }] of answers.entries()) {
        assert.equal(code, 0, bytes.toString());
        assert.equal(bytes.toString(), page(i % 100));
      }
      assert.equal(fetches.size, 0);
      site.close();
      site.closeAllConnections();
    });
  });

test('what only Node says: where a redirect led, and a body that is no gzip', async () => {
  fetches = new Fetches(nodeGet);
  await fails(`${base}/away`, 'LAB_E_IO', 'was redirected to "ftp://127.0.0.1/ok", which is not an http or https address');
  await fails(`${base}/broken`, 'LAB_E_IO', 'the connection was lost (Z_DATA_ERROR)');
});

test('a kept connection that the server has closed meanwhile is nobody’s failure', async () => {
  fetches = new Fetches(nodeGet);
  const sockets = new Set();
  // Each connection answers one request and breaks at its next, as a server does that has just given it up.
  const once = http.createServer((request, response) => {
    if (sockets.has(request.socket)) return request.socket.destroy();
    sockets.add(request.socket);
    response.end('fine');
  });
  await new Promise(resolve => once.listen(0, '127.0.0.1', () => resolve(null)));
  const url = `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (once.address()).port}/`;
  for (let i = 0; i < 5; i++) {
    const { code, bytes } = await ask(url);
    assert.deepEqual([code, bytes.toString()], [0, 'fine']);
  }
  assert.ok(sockets.size >= 3, `${sockets.size} connections`);
  closeConnections();
  once.close();
  once.closeAllConnections();
});

test('a connection serves request after request, until they are closed', async () => {
  fetches = new Fetches(nodeGet);
  let connections = 0;
  const kept = http.createServer((_, response) => response.end('fine')).on('connection', () => connections++);
  await new Promise(resolve => kept.listen(0, '127.0.0.1', () => resolve(null)));
  const url = `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (kept.address()).port}/`;
  for (let i = 0; i < 5; i++) await ask(url);
  assert.equal(connections, 1);
  closeConnections();
  await ask(url);
  assert.equal(connections, 2);
  closeConnections();
  kept.close();
  kept.closeAllConnections();
});

test('the payload of FETCH', () => {
  const payload = new Uint8Array(12 + 12);
  const view = new DataView(payload.buffer);
  view.setFloat64(0, 2500, true);
  view.setUint32(8, 16 << 20, true);
  payload.set(new TextEncoder().encode('http://x/ä'), 12);
  assert.deepEqual(readOrder(payload.subarray(0, 23)), { timeoutMs: 2500, maxBytes: 16 << 20, url: 'http://x/ä' });
});
