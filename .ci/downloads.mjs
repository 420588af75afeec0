// What a set-up downloads, and what it says when that fails.
//
// - DEBIAN and NPM_TOOLS name everything that set-up installs besides package-lock.json's packages, each with the piece
//   in THIRD-PARTY.md that it is. A name that is not here cannot be installed: the type check sees to that.
// - apt-get and npm tell only in their output why they failed, so that is read.

export const DEBIAN = Object.freeze({
  'cmake': 'CMake',
  'ninja-build': 'Ninja',
  'pkg-config': 'pkgconf',
  'gcc': 'GCC',
  'libc6-dev': 'GNU C Library',
  'libcurl4-openssl-dev': 'libcurl',
  'libmicrohttpd-dev': 'GNU libmicrohttpd',
  'spin': 'Spin',
  'python3': 'Python',
  'clang-19': 'Clang, LLD, compiler-rt',
  'lld-19': 'Clang, LLD, compiler-rt',
  'llvm-19': 'Clang, LLD, compiler-rt',
  'libclang-rt-19-dev-wasm32': 'Clang, LLD, compiler-rt',
  'clang-tidy-19': 'clang-tidy',
  'clang-format-19': 'clang-format',
  'emscripten': 'Emscripten',
  'wasi-libc': 'wasi-libc',
  'chromium': 'Chromium',
  'firefox-esr': 'Firefox',
  'webkit2gtk-driver': 'WebKitGTK',
  'xvfb': 'Xvfb',
  'fonts-urw-base35': "URW's base 35 fonts",
  'fonts-noto-mono': 'Noto Mono',
  'libuv1-dev': 'libuv',
  'libglib2.0-dev': 'GLib',
  'libopenblas-dev': 'OpenBLAS',
  'libomp-19-dev': "LLVM's OpenMP",
  'libomp-dev': "LLVM's OpenMP",
  'libgomp1': "LLVM's OpenMP", // "or GCC's", in the same row
});
/** @typedef {keyof typeof DEBIAN} Deb */

/** Emscripten's own, which Debian packages apart from it. */
export const NPM_TOOLS = ['binaryen@120.0.0', 'acorn@8.14.0'];

/** The Nodes that the command line is tried in: the oldest that package.json allows (Debian 13's
 * own), and the newest of each major since. npm's package `node` is made of one for each platform. */
export const NODES = ['20.19.2', '20.20.2', '22.23.3', '24.21.0', '26.10.0'];

const OFFLINE = /resolv|connect|unreachable|timed? ?out|EAI_AGAIN|ENOTFOUND|ENETUNREACH|EHOSTUNREACH|ECONN|ETIMEDOUT|only-if-cached/i;

/**
 * What apt-get or npm, having failed, could not download: from where, and why. null: they failed for another reason.
 * offline: nothing was reached, so that a second try is of no use.
 * @param {string} output
 * @returns {{ from: string, reason: string, offline: boolean } | null}
 */
export function failedDownload(output) {
  const apt = output.match(/^E: Failed to fetch (\S+) +(.+)$/m);
  const npm = output.match(/\brequest to (https?:\/\/\S+) failed[,:] (?:reason: )?(.+)$/m);
  const [, address, told] = apt ?? npm ?? [];
  if (!address || !told) return null;
  const from = apt ? address.replace(/\/(?:dists|pool)\/.*/, '') : new URL(address).origin;
  const reason = told.replace(/ *\[IP: .*/, '').replace(/\s+/g, ' ').trim();
  return { from, reason, offline: OFFLINE.test(reason) };
}

/** The one sentence about it.
 * @param {string} what that could not be downloaded @param {string} instead of downloading, what the person can do
 * @param {{ from: string, reason: string, offline: boolean }} failed */
export function tellDownload(what, instead, { from, reason, offline }) {
  return `${offline ? 'no network: ' : ''}${what} could not be downloaded from ${from} (${reason}): ${offline ? 'connect once' : 'try again later'}, or ${instead}`;
}
