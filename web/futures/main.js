// The Futures exhibit's page.

import { start } from '../page/start.js';
import { Futures } from './exhibit.js';

start(({ host, isolated }) => {
  new Futures({ host, isolated });
});
