import assert from 'node:assert/strict';
import { test } from 'node:test';
import { avoidLossyWaits, losesNews } from '../../worker/wait-async.js';

const CASES = /** @type {[string, boolean][]} */ ([
  ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/60.5 Safari/605.1.15', true],
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/131.0.6778.73 Mobile/15E148 Safari/604.1', true],
  ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36', false],
  ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Ubuntu Chromium/131.0.0.0 Safari/537.36', false],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0', false],
  ['Node.js/22', false],
  ['', false],
]);

test('Emscripten does without Atomics.waitAsync() where it loses news, and nowhere else', () => {
  for (const [userAgent, loses] of CASES) assert.equal(losesNews(userAgent), loses, userAgent);
  const had = typeof (/** @type {any} */ (Atomics).waitAsync);
  avoidLossyWaits();
  assert.equal(typeof (/** @type {any} */ (Atomics).waitAsync), had, 'Node keeps it');
});
