// The Compare exhibit's page: ask the core what there is, and show it. The core starts while the exhibit still arrives.

import { askCatalogue } from './catalogue.js';
import { start } from './start.js';

start(async ({ host, latency }) => {
  const [catalogue, { Compare }] = await Promise.all([askCatalogue(host), import('./compare.js')]);
  new Compare({ host, catalogue, latency, cores: navigator.hardwareConcurrency || 1 });
});
