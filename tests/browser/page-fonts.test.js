// The pages in other fonts than this machine's: theirs are wider, and nothing may run out of a page or a chart.

import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { describe } from 'node:test';
import { BROWSERS, ended, outside, overflow, press, stage } from './page-site.js';

const FONTS = process.env.LAB_FONTS ?? ''; // a configuration of fontconfig's: .ci/setup.mjs
const WIDTHS = [360, 768, 1280];
/** Each page with a run, if it has any. */
const PAGES = ['?workloads=primes,mandelbrot&methods=sequential,threads,processes,async&workers=1,2&rounds=3', 'gil.html?preset=convoy', 'latency.html', 'spin.html?preset=gil', 'futures.html',
  'futures.html?deadlock=mutual', 'guide.html?waits=both&shares=changes&tasks=hundreds', 'terms.html'];

describe('pages in other fonts', { skip: FONTS ? false : 'there are none', timeout: 900_000 }, () => {
  for (const which of BROWSERS)
    describe(which.name, () => {
      // Firefox' pages read files in the usual places of fonts only.
      const { onPage, go } = stage(which, { FONTCONFIG_FILE: FONTS }, { 'security.sandbox.content.read_path_whitelist': `${dirname(FONTS)}/` });

      onPage('they are there', async (page) => {
        await go(page, 'terms.html');
        const widths = await page.evaluate(() => {
          const context = document.createElement('canvas').getContext('2d');
          return ['NimbusSans', 'Nimbus Sans', 'Noto Mono'].map((font) => {
            if (!context) return 0;
            context.font = `40px "${font}", monospace`;
            const width = context.measureText('a tenth to the Sun').width;
            context.font = '40px monospace';
            return width - context.measureText('a tenth to the Sun').width;
          });
        });
        assert.ok(widths.some((width) => width !== 0), String(widths));
      });

      for (const path of PAGES)
        onPage(path || 'index.html', async (page) => {
          await page.setViewport({ width: WIDTHS[0] ?? 360, height: 800 });
          await go(page, path);
          if (path !== 'terms.html') {
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
});
