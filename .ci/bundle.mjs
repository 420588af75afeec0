// The site's modules as a browser gets them (esbuild): some tens of files instead of hundreds, each of which it would ask for
// alone. Not minified: people read them.
//
// - A page's script, what it imports later and what several of them share (shared/) have names that say what is in them: a page
//   that is open while the site gets another build does not come to mix modules of two.
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

/** web/'s result-schema.js is the build's. @type {import('esbuild').Plugin} */
const generated = {
  name: 'generated',
  setup: ({ onResolve }) => onResolve({ filter: /\/result-schema\.js$/ }, ({ path }) => ({ path: `${root}/${GENERATED}/${basename(path)}` })),
};

/** Modules of web/ and what they import, now or later. @param {string[]} sources in the checkout */
function split(sources) {
  return bundle({
    entryPoints: sources.map(source => ({ in: source, out: nameOf(source).replace(/\.js$/, '') })), splitting: true, plugins: [generated],
    entryNames: '[dir]/[name]-[hash]', chunkNames: 'shared/[hash]',
  });
}

/** A module's path in web/, over which the build's own are laid. @param {string} source in the checkout */
const nameOf = source => posix.relative(source.startsWith(GENERATED) ? GENERATED : 'web', source);

/**
 * The modules of pages.
 * @param {string[]} scripts  the pages' own, as paths in web/
 * @returns {Promise<{ files: Map<string, string>, nameOf: (module: string) => string, needs: (module: string) => string[] }>} files: path
 *   in the site → text; nameOf: of a module that is a page's own or imported later, by its path in web/, the path in the site; needs: what
 *   such a one cannot begin without, as paths in the site
 */
export async function pageModules(scripts) {
  const own = scripts.map(script => `web/${script}`);
  // Once to see what is imported later, and once in which that has a name of its own as a page's script has.
  const { outputs: first } = await split(own);
  const later = Object.values(first).flatMap(({ entryPoint }) => (entryPoint && !own.includes(entryPoint) ? [entryPoint] : [])).sort();
  const { texts, outputs } = await split([...own, ...later]);
  const inSite = (/** @type {string} */ output) => posix.relative('dist', output);
  const begun = new Map(Object.entries(outputs).flatMap(([output, { entryPoint }]) => (entryPoint ? [[nameOf(entryPoint), output]] : [])));
  const outputOf = (/** @type {string} */ module) => begun.get(module) ?? fail(`${module} is neither a page's script nor imported later`);
  /** @param {string} output @param {Set<string>} found */
  const collect = (output, found) => {
    for (const { kind, path } of outputs[output]?.imports ?? []) {
      if (kind !== 'import-statement' || found.has(path)) continue;
      found.add(path);
      collect(path, found);
    }
    return found;
  };
  return {
    files: new Map([...texts].map(([path, text]) => [inSite(path), text])),
    nameOf: module => inSite(outputOf(module)),
    needs: module => [...collect(outputOf(module), new Set())].map(inSite),
  };
}

/** @param {string} why @returns {never} */
function fail(why) {
  throw new Error(why);
}

/** A module, as a Worker's script, and all that it imports; but the core's, which a host asks for by address.
 * @param {string} path in the checkout @returns {Promise<string>} */
export async function oneFile(path) {
  const { texts } = await bundle({ entryPoints: [path], external: ['*.mjs', 'node:*'] });
  return [...texts.values()][0] ?? '';
}
