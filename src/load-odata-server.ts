/**
 * Loads @odata/server without what it handles requests with, which is not used here: 800 modules, Express and Swagger UI's scripts for browsers among them.
 * Their places are held meanwhile; whoever asks for one later gets it. To be imported before it.
 */
import { createRequire, Module } from 'node:module';

const own = createRequire(require.resolve('@odata/server'));
const unused = [
  './middlewares',
  'swagger-ui-express',
  'express',
  'cors',
  'body-parser',
  '@odata/parser',
  '@newdash/newdash',
];
const held = unused.map((name) => own.resolve(name)).filter((id) => require.cache[id] === undefined);

for (const id of held) require.cache[id] = Object.assign(new Module(id), { filename: id, loaded: true });
own('@odata/server');
for (const id of held) Reflect.deleteProperty(require.cache, id);
