// The spinner exhibit's page.

import { start } from '../page/start.js';
import { Spin } from './exhibit.js';

start(({ host, isolated }) => {
  new Spin({ host, isolated });
});
