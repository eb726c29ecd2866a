// Writes testdata/types.json: of each resource type that our templates use, the names and types of its properties, which
// are required, and what GetAtt may ask for. The facts come from AWS's published specification, in the npm package
// @aws-cdk/aws-service-spec. Run it in a folder where that package is installed, when a template uses a new type:
//
//   npm install --no-save @aws-cdk/aws-service-spec && node extract.mjs CHECKOUT
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const { loadAwsServiceSpecSync } = createRequire(join(process.cwd(), 'any.js'))('@aws-cdk/aws-service-spec');
const root = process.argv[2];
const templates = join(root, 'cloudformation');
const db = loadAwsServiceSpecSync();
const wanted = new Set();
for (const name of readdirSync(templates)) {
  for (const m of readFileSync(join(templates, name), 'utf8').matchAll(/^ {4}Type: (AWS::\S+)$/gm)) wanted.add(m[1]);
}

const definitions = {};
function shape(t) {
  switch (t.type) {
    case 'ref':
      return { ref: define(t.reference.$ref) };
    case 'array':
      return { list: shape(t.element) };
    case 'map':
      return { map: shape(t.element) };
    case 'union':
      return { any: t.types.map(shape) };
    default:
      return t.type;
  }
}
function define(id) {
  if (!(id in definitions)) {
    definitions[id] = {}; // types refer to themselves
    definitions[id] = properties(db.get('typeDefinition', id).properties);
  }
  return id;
}
function properties(from) {
  const out = {};
  for (const [name, p] of Object.entries(from)) {
    const types = [p.type, ...(p.previousTypes ?? [])].map(shape);
    out[name] = { type: types.length > 1 ? { any: types } : types[0], ...(p.required ? { required: true } : {}) };
  }
  return out;
}

const types = {};
for (const name of [...wanted].sort()) {
  const [r] = db.lookup('resource', 'cloudFormationType', 'equals', name);
  if (!r) continue; // a parameter's type
  types[name] = { properties: properties(r.properties), attributes: Object.keys(r.attributes).sort() };
}
writeFileSync(resolve(root, 'localdev/cloudformation/testdata/types.json'), `${JSON.stringify({ types, definitions }, null, 1)}\n`);
