// The first script of the host of a cross-origin isolated page. `browser-host.js?lab-compare` is a host with the commands of
// the first page alone, whose program is a half of lab's.

import { begin } from './isolated-host.js';

begin(import(new URL(import.meta.url).search === '?lab-compare' ? '../lab-compare.mjs' : '../lab.mjs'));
