// The GIL exhibit's page.

import { start } from '../page/start.js';
import { Gil } from './exhibit.js';

start(
  ({ host, isolated }) => {
    new Gil({ host, isolated });
  },
  { processes: false },
);
