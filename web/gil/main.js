// The GIL exhibit's page.

import { start } from '../start.js';
import { Gil } from './exhibit.js';

start(
  ({ host, isolation }) => {
    new Gil({ host, isolated: isolation.isolated });
  },
  { processes: false },
);
