// The Compare exhibit's page: ask the core what there is, and show it. The core starts while the exhibit still arrives.

import { askCatalogue } from '../page/catalogue.js';
import { start } from '../page/start.js';

start(async ({ host, latency }) => {
  const [catalogue, { Compare }] = await Promise.all([askCatalogue(host), import('./exhibit.js')]);
  new Compare({ host, catalogue, latency, cores: navigator.hardwareConcurrency || 1 });
});
