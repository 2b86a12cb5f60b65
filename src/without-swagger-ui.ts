/**
 * Holds the place of Swagger UI's scripts for browsers: @odata/server loads them, 33 MiB and 0.4 s, for a page that is not offered here.
 * To be imported before it.
 */
import { Module } from 'node:module';

for (const name of ['swagger-ui-bundle.js', 'swagger-ui-standalone-preset.js']) {
  const id = require.resolve(`swagger-ui-dist/${name}`);
  require.cache[id] ??= Object.assign(new Module(id), { filename: id, loaded: true });
}
