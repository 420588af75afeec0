// What the timeline's browser test and benchmark share: a server of this checkout's files, and browsers.

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import puppeteer from 'puppeteer-core';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TYPES = /** @type {Record<string, string>} */ ({
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8',
});

export const BROWSERS = /** @type {const} */ ([
  { name: 'chromium', browser: 'chrome', path: process.env.CHROMIUM_PATH || '/usr/bin/chromium' },
  { name: 'firefox', browser: 'firefox', path: process.env.FIREFOX_PATH || '/usr/bin/firefox-esr' },
]);

/** @param {string} path */
export const installed = (path) => existsSync(path);

/** Serves the checkout, as isolated as the real page. */
export async function serve() {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const path = normalize(decodeURIComponent(pathname));
    try {
      const body = await readFile(join(ROOT, path));
      response.writeHead(200, {
        'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
        'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp',
      }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const address = server.address();
  if (!address || typeof address === 'string') throw new Error('the server has no port');
  return {
    url: `http://127.0.0.1:${address.port}/tests/browser/timeline-harness.html`,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

/** @param {typeof BROWSERS[number]} which */
export function launch({ browser, path }) {
  const chromium = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'];
  return puppeteer.launch({ browser, executablePath: path, headless: true, args: browser === 'chrome' ? chromium : [] });
}
