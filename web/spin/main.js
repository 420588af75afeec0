// The spinner exhibit's page.

import { start } from '../start.js';
import { Spin } from './exhibit.js';

start(({ host, isolated }) => {
  new Spin({ host, isolated });
});
