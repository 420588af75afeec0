// The schema of results, whole: what all commands' documents have in common (core/lab/result.schema.json), and the part that
// each exhibit's room has for its own (core/exhibits/NAME/schema.json).

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './setup.mjs';

const COMMON = join(root, 'core/lab/result.schema.json');
const ROOMS = join(root, 'core/exhibits');

/** By command. @returns {Map<string, string>} */
function parts() {
  const rooms = readdirSync(ROOMS).filter(name => existsSync(join(ROOMS, name, 'schema.json'))).sort();
  return new Map(rooms.map(name => [name, join(ROOMS, name, 'schema.json')]));
}

/** JSON Schema 2020-12. @returns {Record<string, any>} */
export function wholeSchema() {
  const schema = JSON.parse(readFileSync(COMMON, 'utf8'));
  for (const [command, file] of parts()) {
    const { $defs } = JSON.parse(readFileSync(file, 'utf8'));
    if (!$defs[command]) throw new Error(`${file} has no $defs.${command}, which the document of \`lab ${command}\` keeps to`);
    for (const name of Object.keys($defs)) if (schema.$defs[name]) throw new Error(`${file}: another part has a $defs.${name} already`);
    Object.assign(schema.$defs, $defs);
    schema.properties.command.enum.push(command);
    schema.allOf.push({ if: { type: 'object', properties: { command: { const: command } } }, then: { $ref: `#/$defs/${command}` } });
  }
  return schema;
}
