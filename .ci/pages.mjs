// What the build writes into pages out of their table, web/pages.js: `<!-- include navigation -->` and so on.

import { GROUPS, PAGES } from '../web/pages.js';

/** @import { Page } from '../web/pages.js' */

/** A page's row. @param {string} file  its path in web/ @returns {Page} */
export function pageOf(file) {
  return PAGES.find(page => page.file === file) ?? fail(`web/${file} has no row in web/pages.js`);
}

/** The table has a row for each page and no other. @param {string[]} files  the pages, as paths in web/ */
export function checkPages(files) {
  files.forEach(pageOf);
  for (const { file } of PAGES) if (!files.includes(file)) fail(`web/pages.js has a row for web/${file}, which is not there`);
}

/** @param {string} why @returns {never} */
function fail(why) {
  throw new Error(why);
}

const escape = (/** @type {string} */ text) => text.replace(/[&<>]/g, sign => `&#${sign.charCodeAt(0)};`);
const addressOf = (/** @type {Page} */ { file }) => (file === 'index.html' ? './' : file);
/** A link to a page, from this one. @param {Page} page @param {Page} here */
const link = (page, here) => `<a href="${addressOf(page)}"${page === here ? ' aria-current="page"' : ''}>${escape(page.name)}</a>`;
const inGroup = (/** @type {string} */ name) => PAGES.filter(({ group }) => group === name);

/** Every page's name, by group. @param {Page} here */
function navigation(here) {
  const group = (/** @type {string} */ name) =>
    `      <li class="${name === here.group ? 'group here' : 'group'}"><span>${name}</span><ul>${inGroup(name).map(page => `<li>${link(page, here)}</li>`).join('')}</ul></li>`;
  return [
    '    <nav class="exhibits" aria-label="Exhibits"><ul>', ...inGroup('').map(page => `      <li>${link(page, here)}</li>`), ...GROUPS.map(({ name }) => group(name)),
    '    </ul></nav>', ''].join('\n');
}

/** @param {Page} here */
const title = ({ title: words }) => `  <h1>${escape(words)}</h1>\n`;

/** Every page with its sentence, by group. @param {Page} here */
function contents(here) {
  const entry = (/** @type {Page} */ page) => [
    '      <li>', `        <h3>${link(page, here)}</h3>`, `        <p class="question">${escape(page.title)}</p>`, `        <p>${escape(page.sentence)}</p>`, '      </li>'];
  return GROUPS.flatMap(({ name, why }) => {
    const id = name.toLowerCase().replace(' ', '-');
    return [
      `  <section class="part" aria-labelledby="${id}">`, `    <h2 id="${id}">${name}</h2>`, `    <p class="caption">${why}</p>`,
      '    <ol>', ...inGroup(name).flatMap(entry), '    </ol>', '  </section>', ''];
  }).join('\n');
}

/** What can be included that is no file of web/parts/. @type {Record<string, (here: Page) => string>} */
export const WRITTEN = { navigation, title, contents };
