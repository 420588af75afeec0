// The contents' page, all of which is in its HTML.

import { start } from '../page/start.js';

start(() => {});
