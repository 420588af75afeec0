// Each exhibit has one room on each side, under the same name: core/exhibits/NAME and web/NAME. What one exhibit has is no
// other's business, and the frames (core/lab, web/page) know none of them but by the table of commands.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { posix } from 'node:path';
import { test } from 'node:test';
import { PAGES } from '../../web/pages.js';

const root = new URL('../../', import.meta.url);
/** @param {string} folder @param {RegExp} which @returns {[string, string][]} paths from the root, and texts */
const filesBelow = (folder, which) => readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' }).filter(name => which.test(name))
  .map(name => [`${folder}/${name}`, readFileSync(new URL(`${folder}/${name}`, root), 'utf8')]);
const rooms = readdirSync(new URL('core/exhibits', root));
/** Of each page, in web/. */
const webRooms = PAGES.map(({ file }) => (file === 'index.html' ? 'compare' : file.replace('.html', '')));

/** Whose room a file lies in; null: nobody's. @param {string} path @param {string} house */
const room = (path, house) => rooms.find(name => path.startsWith(`${house}/${name}/`)) ?? null;

test('core/: an exhibit includes no other’s headers, and what is not an exhibit none at all, save the table of commands', () => {
  const files = filesBelow('core', /\.[ch]$/);
  let own = 0;
  for (const [path, text] of files)
    for (const [, header] of text.matchAll(/^#include "(exhibits\/[^"]+)"/gm)) {
      if (path === 'core/lab/commands.c') continue;
      assert.equal(room(path, 'core/exhibits'), room(String(header), 'exhibits'), `${path} includes ${header}`);
      own++;
    }
  assert.ok(rooms.length >= 6 && own > 100, `${rooms.length} rooms, ${own} includes`);
});

test('web/: no module imports from an exhibit’s room that is not its own', () => {
  const house = webRooms.filter(name => name !== 'terms'); // every page has its definitions
  let own = 0;
  for (const [path, text] of filesBelow('web', /\.js$/))
    for (const [, specifier] of text.matchAll(/(?:\bfrom |\bimport\()'(\.[^']+)'/g)) {
      const target = posix.join(posix.dirname(path), String(specifier));
      const whose = house.find(name => target.startsWith(`web/${name}/`));
      if (!whose) continue;
      assert.ok(path.startsWith(`web/${whose}/`), `${path} imports ${target}`);
      own++;
    }
  assert.ok(own > 50, `${own} imports`);
});

test('every page has its room, and every exhibit a page under the same name, save the benchmark', () => {
  for (const name of webRooms) assert.ok(existsSync(new URL(`web/${name}/main.js`, root)), `web/${name}/main.js`);
  for (const name of rooms) if (name !== 'bench') assert.ok(webRooms.includes(name), `${name} has a page`);
});
