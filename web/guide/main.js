// The guide's page.

import { askCatalogue } from '../page/catalogue.js';
import { start } from '../page/start.js';
import { Guide } from './exhibit.js';

start(async ({ host }) => {
  const { methods } = await askCatalogue(host);
  new Guide({ host, methods, cores: navigator.hardwareConcurrency || 1 });
});
