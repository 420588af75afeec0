// The latency exhibit's page.

import { start } from '../page/start.js';
import { Latency } from './exhibit.js';

start(
  ({ host, isolated }) => {
    new Latency({ host, isolated });
  },
  { processes: false }, // none ahead: starting one is what is measured
);
