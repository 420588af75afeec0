// The latency exhibit's page.

import { start } from '../start.js';
import { Latency } from './exhibit.js';

start(
  ({ host, isolation }) => {
    new Latency({ host, isolated: isolation.isolated });
  },
  { processes: false }, // none ahead: starting one is what is measured
);
