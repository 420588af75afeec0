// The Compare exhibit's page: ask the core what there is, and show it.

import { askCatalogue } from './catalogue.js';
import { Compare } from './compare.js';
import { start } from './start.js';

start(
  async ({ host }) => {
    const catalogue = await askCatalogue(host);
    new Compare({ host, catalogue, cores: navigator.hardwareConcurrency || 1 });
  },
  { compares: true },
);
