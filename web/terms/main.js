// The glossary's page.

import { start } from '../start.js';
import { Glossary } from './glossary.js';

start(() => {
  new Glossary();
});
