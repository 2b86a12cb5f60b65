/**
 * The service as an OpenAPI 3.1 document: OASIS' mapping of its CSDL, and on top what that mapping leaves out — entity tags, pages,
 * names of options as people know them, bodies and keys that work when tried.
 */
import { csdl2openapi } from 'odata-openapi';
import { type Description, isParameter, type Json, methods, type Operation, type PathItem } from './description';

/** How deep the paths follow navigations: a line of a line of a journal of a company. */
const MOST_NAVIGATIONS = 3;

const objectOf = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};

/** Without the annotation that keys may be segments: paths then have them in parentheses, where a key of two parts has its names. */
function withKeysInParentheses(csdl: Json): Json {
  const without = (value: Json): Json =>
    Object.fromEntries(
      Object.entries(value)
        .filter(([name]) => name !== '@Capabilities.KeyAsSegmentSupported')
        .map(([name, member]) => [
          name,
          objectOf(member)['$Kind'] === 'EntityContainer' ? without(objectOf(member)) : member,
        ]),
    );
  return Object.fromEntries(
    Object.entries(csdl).map(([name, schema]) => [name, name.startsWith('$') ? schema : without(objectOf(schema))]),
  );
}

/** Makes the document. Server addresses are relative to the document's own, so that it holds behind any prefix. */
export function describe(csdl: Json, root: string, title: string): Description {
  const options = {
    openapiVersion: '3.1.0',
    maxLevels: MOST_NAVIGATIONS,
    scheme: 'http',
    host: 'localhost',
    basePath: '/',
  };
  // The mapping uses one object in several places; each is completed by itself here.
  const description = JSON.parse(JSON.stringify(csdl2openapi(withKeysInParentheses(csdl), options))) as Description;
  description.info.title = title;
  description.servers = [{ url: root }];
  description.components.schemas['error'] = errorSchema;
  requireOnCreate(csdl, description);
  for (const parameter of Object.values(description.components.parameters)) parameter.name = withDollar(parameter.name);
  for (const [path, item] of Object.entries(description.paths)) {
    splitMethods(item);
    for (const method of methods) {
      const operation = item[method];
      if (operation) complete(operation, method, path, description);
    }
  }
  return description;
}

/** What must be given on create is said of the sets, not of their types. Capabilities.InsertRestrictions */
function requireOnCreate(csdl: Json, { components }: Description): void {
  const container = String(csdl['$EntityContainer']);
  const at = container.lastIndexOf('.');
  const sets = objectOf(objectOf(csdl[container.slice(0, at)])[container.slice(at + 1)]);
  for (const set of Object.values(sets).map(objectOf)) {
    const required = objectOf(set['@Capabilities.InsertRestrictions'])['RequiredProperties'];
    const name = `${String(set['$Type'])}-create`;
    const schema = components.schemas[name];
    if (schema && Array.isArray(required)) components.schemas[name] = { ...schema, required };
  }
}

/** Options may be written without `$` from 4.01 on, and the mapping then does; with it they work in both versions. */
const withDollar = (name: string): string => (name.startsWith('$') ? name : `$${name}`);

/** The mapping takes `UpdateMethod: PATCH,PUT` for the name of one method. */
function splitMethods(item: PathItem): void {
  for (const [name, operation] of Object.entries(item) as [string, Operation][]) {
    if (!name.includes(',')) continue;
    for (const method of name.split(',')) Object.assign(item, { [method]: structuredClone(operation) });
    Reflect.deleteProperty(item, name);
  }
}

const etag: Json = {
  description: 'The version of the entity, for If-Match.',
  schema: { type: 'string', examples: ['W/"1"'] },
};

const ifMatch = {
  name: 'If-Match',
  in: 'header',
  required: true,
  description: 'The version that was read (its ETag), or * for any.',
  schema: { type: 'string' },
  example: '*',
};

const maxPageSize = {
  name: 'Prefer',
  in: 'header',
  description: 'How many entities a page has at most; the rest follows through @odata.nextLink.',
  schema: { type: 'string' },
  example: 'maxpagesize=5',
};

/** The options that work on each collection; the mapping tells them of sets only, not of what functions and actions give. */
const collectionOptions = ({ components }: Description): Operation['parameters'] & object => [
  ...['top', 'skip', 'search', 'count']
    .filter((name) => name in components.parameters)
    .map((name) => ({ $ref: `#/components/parameters/${name}` })),
  ...['$filter', '$orderby', '$select', '$compute', '$apply'].map((name) => ({
    name,
    in: 'query',
    schema: { type: 'string' },
  })),
];

function complete(operation: Operation, method: string, path: string, description: Description): void {
  const name = path.replace(/[^A-Za-z0-9]+/g, '_').replace(/^_|_$/g, '');
  operation.operationId = `${method}_${name}`;
  operation.parameters = (operation.parameters ?? []).map((parameter) =>
    isParameter(parameter) && parameter.in === 'query' ? { ...parameter, name: withDollar(parameter.name) } : parameter,
  );
  if (isCollection(operation) && !operation.parameters.some((one) => isParameter(one) && one.name === '$filter'))
    operation.parameters.push(...collectionOptions(description));
  if (method === 'get' && isCollection(operation)) operation.parameters.push(maxPageSize);
  const isEntity = isEntityPath(path);
  if (isEntity && ['patch', 'put', 'delete'].includes(method)) operation.parameters.push(ifMatch);
  if (method === 'get' && !isEntity && '$ref' in schemaOf(operation))
    operation.responses['204'] = { description: 'There is none' };
  // The mapping knows the answer without a body only, the one that Prefer: return=minimal asks for. Protocol §11.4.3
  const read = description.paths[path]?.get?.responses['200'];
  if (isEntity && read && ['patch', 'put'].includes(method))
    operation.responses['200'] = { ...read, description: 'Updated entity' };
  const isMade = method === 'post' && !isCollection(operation);
  for (const [status, response] of Object.entries(operation.responses))
    if ('description' in response && status.startsWith('2') && method !== 'delete' && (isEntity || isMade))
      response.headers = { ETag: etag };
  if (operation.requestBody) completeBody(operation, method, description);
  if (operation.parameters.length === 0) delete operation.parameters;
}

const schemaOf = (operation: Operation): Json => {
  const response = operation.responses['200'];
  return response && 'content' in response ? (response.content?.['application/json']?.schema ?? {}) : {};
};

const isCollection = (operation: Operation): boolean => 'value' in objectOf(schemaOf(operation)['properties']);

/** True when a path ends in the key of an entity: a function without parameters, or of a namespace, is none. */
const isEntityPath = (path: string): boolean => path.endsWith(')') && !/(\.\w+\([^)]*|\()\)$/.test(path);

/** What a property's schema is after its `allOf` or `anyOf` with null. */
const typeOf = (schema: Json): string => {
  const type = schema['type'];
  return typeof type === 'string' ? type : Array.isArray(type) ? String(type[0]) : '';
};

/** A body that works when tried: what is required on create, one text to change on update. Other members are told by the schema. */
function completeBody(operation: Operation, method: string, { components }: Description): void {
  const content = operation.requestBody?.content['application/json'];
  const reference = content?.schema?.['$ref'];
  if (!content || typeof reference !== 'string') {
    if (content) content.example = {};
    return;
  }
  const schema = components.schemas[reference.slice(reference.lastIndexOf('/') + 1)] ?? {};
  const members = Object.entries(objectOf(schema['properties'])).map(
    ([name, member]) => [name, objectOf(member)] as const,
  );
  const required = Array.isArray(schema['required']) ? schema['required'].map(String) : [];
  const exampleOf = (name: string, member: Json): [string, unknown] => [
    name,
    typeOf(member) === 'string'
      ? 'EXAMPLE'.slice(0, Number(member['maxLength'] ?? 50))
      : typeOf(member) === 'boolean'
        ? false
        : 0,
  ];
  const text = members.find(([name, member]) => typeOf(member) === 'string' && /name|description/i.test(name));
  const chosen = method === 'post' ? members.filter(([name]) => required.includes(name)) : text ? [text] : [];
  content.example = Object.fromEntries(chosen.map(([name, member]) => exampleOf(name, member)));
  if (method === 'put')
    content.example = {
      ...Object.fromEntries(
        members.filter(([name]) => required.includes(name)).map(([name, member]) => exampleOf(name, member)),
      ),
      ...objectOf(content.example),
    };
}

/** The error of the service: that of the standard with `innerError` for clients made for Microsoft Graph. JSON Format 4.01 §21.1 */
const errorSchema: Json = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message'],
      properties: {
        code: { type: 'string', description: 'Stable: what programs decide by.' },
        message: { type: 'string', description: 'For people.' },
        target: { type: 'string', description: 'The option, header or property that is wrong.' },
        details: {
          type: 'array',
          items: {
            type: 'object',
            required: ['code', 'message'],
            properties: { code: { type: 'string' }, message: { type: 'string' }, target: { type: 'string' } },
          },
        },
        innererror: {
          type: 'object',
          properties: { date: { type: 'string', format: 'date-time' }, 'request-id': { type: 'string' } },
        },
      },
    },
  },
};
