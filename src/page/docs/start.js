/** Starts Swagger UI over the service's own description. */

/** @type {unknown} */
const start = Reflect.get(window, 'SwaggerUIBundle');
const options = {
  url: 'openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  docExpansion: 'none',
  tryItOutEnabled: true,
};
if (typeof start === 'function') Reflect.apply(start, undefined, [options]);
