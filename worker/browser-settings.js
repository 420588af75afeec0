// What a browser lets a Worker know of itself and its machine: the settings of core/platform/command.h.

/** @typedef {{ brand: string, version: string }} Brand
 * @typedef {{ userAgent: string, platform?: string, hardwareConcurrency?: number,
 *   userAgentData?: { brands: Brand[], platform: string } }} NavigatorLike */

/**
 * @param {NavigatorLike} [navigator]  none in Node 20, where only tests ask
 * @returns {{ runtime: string, engine: string, platform: string, cores: number }}
 */
export function browserSettings({ userAgent, platform, hardwareConcurrency, userAgentData } = globalThis.navigator ?? { userAgent: '' }) {
  const brand = userAgentData && namedBrand(userAgentData.brands);
  const [name, major] = brand ? [brand.brand.replace('Google ', ''), brand.version] : fromUserAgent(userAgent);
  return {
    runtime: major ? `${name} ${major}` : name,
    engine: engineOf(name, Number(userAgentData?.brands.find(({ brand }) => brand === 'Chromium')?.version ?? major), userAgent),
    platform: platform || userAgentData?.platform || 'unknown',
    cores: hardwareConcurrency || 1,
  };
}

/** The most specific brand: not the deliberate nonsense ("Not;A=Brand"), and Chromium only if there is no other.
 * @param {Brand[]} brands */
function namedBrand(brands) {
  const real = brands.filter(({ brand }) => !/not.*brand/i.test(brand));
  return real.find(({ brand }) => brand !== 'Chromium') ?? real[0];
}

/** @param {string} userAgent @returns {[string, string]} */
function fromUserAgent(userAgent) {
  for (const [pattern, name] of /** @type {[RegExp, string][]} */ ([
    [/\bFirefox\/(\d+)/, 'Firefox'], [/\bEdg\/(\d+)/, 'Edge'], [/\bOPR\/(\d+)/, 'Opera'], [/\bHeadlessChrome\/(\d+)/, 'Chrome'],
    [/\bChrome\/(\d+)/, 'Chrome'], [/\bVersion\/(\d+).*\bSafari\//, 'Safari'],
  ])) {
    const match = userAgent.match(pattern);
    if (match) return [name, match[1]];
  }
  return ['unknown browser', ''];
}

/** @param {string} name @param {number} major @param {string} userAgent */
function engineOf(name, major, userAgent) {
  if (name === 'Firefox') return `SpiderMonkey ${major}`;
  if (name === 'Safari') return `JavaScriptCore ${major}`;
  // Chromium N carries V8 N/10: https://v8.dev/docs/version-numbers
  if (/Chrom(e|ium)\//.test(userAgent) && major) return `V8 ${(major / 10).toFixed(1)}`;
  return 'unknown';
}
