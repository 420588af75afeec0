// The site's modules as a browser gets them (esbuild): some tens of files instead of hundreds, each of which it would ask for
// alone. Not minified: people read them.
//
// - A page's script and what it imports later keep their names; what several of them share is in shared/.
// - A Worker's script is one file with all that it imports.

import { basename, posix } from 'node:path';
import { createRequire } from 'node:module';
import { root } from './setup.mjs';

/** Of the build's own: where it lies, and what tsconfig.json lays over web/. */
const GENERATED = 'build/generated';

/** @param {import('esbuild').BuildOptions} options */
async function bundle(options) {
  // Not at the top: this module is there before npm's packages are.
  const esbuild = createRequire(`${root}/package.json`)('esbuild');
  const { outputFiles, metafile } = /** @type {import('esbuild').BuildResult<{ write: false, metafile: true }>} */ (await esbuild.build({
    absWorkingDir: root, outdir: 'dist', bundle: true, format: 'esm', target: 'es2022', charset: 'utf8', legalComments: 'none', write: false, metafile: true, logLevel: 'silent', ...options,
  }));
  /** As the metafile names them. @type {Map<string, string>} */
  const texts = new Map(outputFiles.map(file => [posix.relative(root, file.path), file.text]));
  return { texts, outputs: metafile.outputs };
}

/** web/'s `./result-schema.js` is the build's. @type {import('esbuild').Plugin} */
const generated = {
  name: 'generated',
  setup: ({ onResolve }) => onResolve({ filter: /\/result-schema\.js$/ }, ({ path }) => ({ path: `${root}/${GENERATED}/${basename(path)}` })),
};

/** A module's name in the site. @param {string} source in the checkout */
const nameOf = source => source.replace(/^web\/|^build\/generated\//, '');

/** Modules of web/ and what they import, now or later.
 * @param {string[]} sources in the checkout */
function split(sources) {
  return bundle({ entryPoints: sources.map(source => ({ in: source, out: nameOf(source).replace(/\.js$/, '') })), splitting: true, chunkNames: 'shared/[hash]', plugins: [generated] });
}

/**
 * The modules of pages.
 * @param {string[]} scripts  the pages' own, as paths in web/
 * @returns {Promise<{ files: Map<string, string>, needs: (module: string) => string[] }>} path in the site → text; and what a module
 *   cannot begin without, as paths in the site
 */
export async function pageModules(scripts) {
  const own = scripts.map(script => `web/${script}`);
  // Once to see what is imported later, and once in which that is as much a beginning as a page's script is.
  const { outputs: first } = await split(own);
  const later = Object.values(first).flatMap(({ entryPoint }) => (entryPoint && !own.includes(entryPoint) ? [entryPoint] : [])).sort();
  const { texts, outputs } = await split([...own, ...later]);
  /** @param {string} module @param {Set<string>} found */
  const collect = (module, found) => {
    for (const { kind, path } of outputs[`dist/${module}`]?.imports ?? []) {
      const name = posix.relative('dist', path);
      if (kind !== 'import-statement' || found.has(name)) continue;
      found.add(name);
      collect(name, found);
    }
    return found;
  };
  return {
    files: new Map([...texts].map(([path, text]) => [posix.relative('dist', path), text])),
    needs: module => [...collect(module, new Set())],
  };
}

/** A module, as a Worker's script, and all that it imports; but the core's, which a host asks for by address.
 * @param {string} path in the checkout @returns {Promise<string>} */
export async function oneFile(path) {
  const { texts } = await bundle({ entryPoints: [path], external: ['*.mjs', 'node:*'] });
  return [...texts.values()][0] ?? '';
}
