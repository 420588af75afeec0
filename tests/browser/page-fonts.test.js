// The pages in this machine's own fonts: the other page tests have wider ones (page-site.js). Nothing may run out of a page or
// a chart in either.

import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { PAGES } from '../../web/pages.js';
import { BROWSERS, FONTS, ended, outside, overflow, press, stage } from './page-site.js';

const WIDTHS = [360, 768, 1280];
/** What is run on a page, where that is not its defaults. @type {Record<string, string[]>} */
const RUNS = {
  'index.html': ['?workloads=primes,mandelbrot&methods=sequential,threads,processes,async&workers=1,2&rounds=3'], 'gil.html': ['?preset=convoy'], 'spin.html': ['?preset=gil'],
  'futures.html': ['', '?deadlock=mutual'], 'guide.html': ['?waits=both&shares=changes&tasks=hundreds'],
};
const ADDRESSES = PAGES.flatMap(({ file }) => (RUNS[file] ?? ['']).map((query) => file + query));

/** How wide some words are in fonts that set-up installs, beside the same in one that no machine lacks. @param {import('puppeteer-core').Page} page */
const differences = (page) => page.evaluate(() => {
  const context = document.createElement('canvas').getContext('2d');
  return ['NimbusSans', 'Nimbus Sans', 'Noto Mono'].map((font) => {
    if (!context) return 0;
    context.font = `40px "${font}", monospace`;
    const width = context.measureText('a tenth to the Sun').width;
    context.font = '40px monospace';
    return width - context.measureText('a tenth to the Sun').width;
  });
});

for (const which of BROWSERS) {
  describe(`the other page tests' fonts, ${which.name}`, { skip: FONTS ? false : 'there are none' }, () => {
    const { onPage, go } = stage(which);
    onPage('they are there', async (page) => {
      await go(page, 'terms.html');
      const widths = await differences(page);
      assert.ok(widths.some((width) => width !== 0), String(widths));
    });
  });

  describe(`pages in this machine's fonts, ${which.name}`, { skip: FONTS ? false : 'all page tests have them', timeout: 900_000 }, () => {
    const { onPage, go } = stage(which, { fonts: '' });
    for (const path of ADDRESSES)
      onPage(path, async (page) => {
        await page.setViewport({ width: WIDTHS[0] ?? 360, height: 800 });
        await go(page, path);
        if (await page.$('#run')) {
          if (!/deadlock|preset/.test(path)) await press(page, '#run');
          await ended(page);
        }
        for (const width of WIDTHS) {
          await page.setViewport({ width, height: 800 });
          await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
          assert.ok((await overflow(page)) <= 0, `${width} px`);
          assert.deepEqual(await outside(page), [], `${width} px`);
        }
      });
  });
}
