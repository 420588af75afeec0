// The spinner exhibit's settings: in the address, checked, as words.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULTS, PRESETS, check, intention, methodsOf, presetDraft, presetOf, readAddress, toArgv, withMethod, writeAddress } from '../../web/spin/settings.js';

test('a preset is an address that runs; single settings lie over it', () => {
  for (const preset of PRESETS) {
    const { draft, run, unknown } = readAddress(`?preset=${preset.name}`);
    assert.deepEqual([run, unknown, draft], [true, [], presetDraft(preset)]);
    assert.equal(presetOf(draft), preset);
    assert.equal(writeAddress(draft), `?preset=${preset.name}`);
    assert.deepEqual(check(draft, true).problems, []);
  }
  assert.equal(readAddress('?preset=gil&seconds=1').draft.seconds, '1');
  assert.deepEqual(readAddress('?preset=fast&turns=2'), { draft: DEFAULTS, run: false, unknown: ['preset=fast', 'turns'] });
});

test('every setting is in the address, as typed, and comes back', () => {
  const draft = { slow: 'prime', seconds: 'x & y', together: '1', methods: 'async,threads' };
  assert.equal(writeAddress(draft), '?slow=prime&seconds=x+%26+y&together=1&methods=async,threads');
  assert.deepEqual(readAddress(writeAddress(draft)), { draft, run: false, unknown: [] });
  assert.equal(writeAddress({ ...draft, together: '' }), '?slow=prime&seconds=x+%26+y&methods=async,threads');
  assert.equal(readAddress('?run=1').run, true);
});

test('methods are chosen in the order of the page', () => {
  assert.deepEqual(methodsOf({ ...DEFAULTS, methods: 'async, threads,,async' }), ['async', 'threads']);
  assert.equal(withMethod({ ...DEFAULTS, methods: 'async,fast' }, 'threads', true), 'threads,async');
  assert.equal(withMethod({ ...DEFAULTS, methods: 'async,threads' }, 'async', false), 'threads');
});

test('wrong settings are told in one sentence each', () => {
  const messages = (/** @type {Partial<typeof DEFAULTS>} */ changes) => check({ ...DEFAULTS, ...changes }, true).problems.map((one) => `${one.field}: ${one.message}`);
  for (const wrong of ['0', '61', '', '1e1', '-1', 'NaN']) assert.deepEqual(messages({ seconds: wrong }), [`seconds: Seconds must be a number from 0.1 to 60, not “${wrong}”.`]);
  for (const right of ['0.1', '60', ' 2.5 ']) assert.deepEqual(messages({ seconds: right }), []);
  assert.deepEqual(messages({ methods: '' }), ['methods: Choose at least one method.']);
  assert.match(messages({ methods: 'threads,fast' })[0] ?? '', /^methods: There is no method “fast”; there are sequential, /);
  assert.match(messages({ slow: 'nap' })[0] ?? '', /^slow: .* not “nap”\.$/);
  assert.match(messages({ together: '2' })[0] ?? '', /^together: /);
});

test('the words of a run, and what it will do', () => {
  const settings = check({ ...DEFAULTS, seconds: ' 0.5 ', slow: 'prime', methods: 'async,threads', together: '1' }, true).settings ?? assert.fail();
  assert.deepEqual(toArgv(settings), ['spin', 'async', 'threads', '--slow', 'prime', '--seconds', '0.5', '--together', '--json', '-']);
  assert.equal(intention(settings).replace('\u00a0', ' '), '2 methods, together · a computation of 0.5 s');
  const alone = check({ ...DEFAULTS, together: '1' }, false).settings ?? assert.fail();
  assert.equal(alone.together, false, 'without threads one at a time is all there is');
  assert.ok(!toArgv(alone).includes('--together'));
  assert.equal(intention(alone).replace('\u00a0', ' '), 'All six methods, one at a time · a sleep of 3 s');
});
