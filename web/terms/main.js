// The glossary's page.

import { start } from '../page/start.js';
import { Glossary } from './glossary.js';

start(() => {
  new Glossary();
});
