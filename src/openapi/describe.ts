/**
 * The service as an OpenAPI 3.1 document: OASIS' mapping of its CSDL, and on top what that mapping leaves out — entity tags, pages,
 * names of options as people know them, bodies and keys that work when tried.
 */
import { csdl2openapi } from 'odata-openapi';
import {
  type Description,
  isParameter,
  type Json,
  membersOf,
  methods,
  objectOf,
  type Operation,
  type Parameter,
  type PathItem,
  schemaOfBody,
  typeOf,
} from './description';

/** How deep the paths follow navigations: a line of a line of a journal of a company. */
const MOST_NAVIGATIONS = 3;

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
  const mapped = JSON.stringify(csdl2openapi(withKeysInParentheses(csdl), options));
  const description = JSON.parse(mapped, withoutFractions) as Description;
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

/** Validators divide by `multipleOf` in binary, where 1606.81 is no multiple of 0.00001: amounts would be refused that are right. */
const withoutFractions = (name: string, value: unknown): unknown =>
  name === 'multipleOf' && typeof value === 'number' && value < 1 ? undefined : value;

/** What must be given on create: neither null nor a default, nor the service, would stand in for it. Contained entities have no set that says so. */
function requireOnCreate(csdl: Json, { components }: Description): void {
  for (const [namespace, declared] of Object.entries(csdl).filter(([name]) => !name.startsWith('$')))
    for (const [name, type] of Object.entries(objectOf(declared))) {
      const created = `${namespace}.${name}-create`;
      const schema = components.schemas[created];
      if (!schema || objectOf(type)['$Kind'] !== 'EntityType') continue;
      const required = requiredOf(csdl, objectOf(type));
      if (required.length > 0) components.schemas[created] = { ...schema, required };
    }
}

/** Those of the types that it is derived from first. */
function requiredOf(csdl: Json, type: Json): readonly string[] {
  const base = type['$BaseType'];
  const at = typeof base === 'string' ? base.lastIndexOf('.') : -1;
  const inherited =
    typeof base === 'string' ? requiredOf(csdl, objectOf(objectOf(csdl[base.slice(0, at)])[base.slice(at + 1)])) : [];
  return [...inherited, ...Object.entries(type).flatMap(([member, of]) => (isRequired(of) ? [member] : []))];
}

const notRequired = [
  '$Kind',
  '$Nullable',
  '$Collection',
  '$DefaultValue',
  '@Core.Computed',
  '@Core.ComputedDefaultValue',
];

/** True for a property that a create must have; a member with another `$Kind` is none, and streams are written by themselves. CSDL JSON §7 */
const isRequired = (member: unknown): boolean =>
  typeof member === 'object' &&
  member !== null &&
  !Array.isArray(member) &&
  objectOf(member)['$Type'] !== 'Edm.Stream' &&
  notRequired.every((name) => !(name in member));

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

/** Where the rest of a collection is, and the changes since. JSON Format 4.01 §4.6.7, §4.6.8 */
const links: Json = {
  '@odata.nextLink': { type: 'string', description: 'The next page; absent on the last one.' },
  '@odata.deltaLink': {
    type: 'string',
    description: 'What has changed since; on the last page, for Prefer: track-changes.',
  },
};

/** Options that work on every collection, whatever it comes from; the mapping tells most of them of sets only. */
const collectionOptions = ['$filter', '$orderby', '$select', '$compute', '$apply'];
const countedOptions = ['top', 'skip', 'search', 'count'];

/** What shapes the entity in the answer to a write. Protocol §11.4 */
const entityOptions = ['$select', '$expand'];

const queryOption = (name: string): Parameter => ({ name, in: 'query', schema: { type: 'string' } });

function complete(operation: Operation, method: string, path: string, description: Description): void {
  const name = path.replace(/[^A-Za-z0-9]+/g, '_').replace(/^_|_$/g, '');
  operation.operationId = `${method}_${name}`;
  operation.parameters = (operation.parameters ?? []).map((parameter) =>
    isParameter(parameter) && parameter.in === 'query' ? { ...parameter, name: withDollar(parameter.name) } : parameter,
  );
  if (isCollection(operation)) completeCollection(operation, method, operation.parameters, description);
  const isEntity = isEntityPath(path);
  if (isEntity && ['patch', 'put', 'delete'].includes(method)) operation.parameters.push(ifMatch);
  if (method === 'get' && !isEntity && '$ref' in schemaOf(operation))
    operation.responses['204'] = { description: 'There is none' };
  // The mapping knows the answer without a body only, the one that Prefer: return=minimal asks for. Protocol §11.4.3
  const read = description.paths[path]?.get?.responses['200'];
  if (isEntity && read && ['patch', 'put'].includes(method))
    operation.responses['200'] = { ...read, description: 'Updated entity' };
  const isWritten = method !== 'get' && ['200', '201'].some((status) => '$ref' in schemaOf(operation, status));
  if (isWritten) operation.parameters.push(...entityOptions.map(queryOption));
  for (const [status, response] of Object.entries(operation.responses))
    if ('description' in response && status.startsWith('2') && method !== 'delete' && (isEntity || isWritten))
      response.headers = { ETag: etag };
  if (operation.responses['4XX']) operation.responses['5XX'] = operation.responses['4XX'];
  if (path === '/$batch') completeBatch(operation);
  else if (operation.requestBody) completeBody(operation, method, description);
  if (operation.parameters.length === 0) delete operation.parameters;
}

function completeCollection(
  operation: Operation,
  method: string,
  parameters: Operation['parameters'] & object,
  { components }: Description,
): void {
  const isOfSet = parameters.some((one) => isParameter(one) && one.name === '$filter');
  if (!isOfSet)
    parameters.push(
      ...countedOptions
        .filter((name) => name in components.parameters)
        .map((name) => ({ $ref: `#/components/parameters/${name}` })),
    );
  const told = new Set(parameters.filter(isParameter).map(({ name }) => name));
  parameters.push(...collectionOptions.filter((name) => !told.has(name)).map(queryOption));
  if (method !== 'get') return;
  parameters.push(maxPageSize);
  const properties = objectOf(schemaOf(operation)['properties']);
  for (const [name, schema] of Object.entries(links))
    if (name === '@odata.nextLink' || name in properties) Object.assign(properties, { [name]: schema });
}

/** The mapping tells the multipart form only. JSON Format 4.01 §19 */
function completeBatch({ requestBody, responses }: Operation): void {
  const { '200': answer } = responses;
  if (!requestBody || !answer || !('content' in answer)) return;
  const messages = (name: string): Json => ({
    type: 'object',
    required: [name],
    properties: { [name]: { type: 'array', items: { type: 'object' } } },
  });
  const example = { requests: [{ id: '1', method: 'GET', url: 'companies' }] };
  requestBody.content = { 'application/json': { schema: messages('requests'), example }, ...requestBody.content };
  answer.content = { 'application/json': { schema: messages('responses') }, ...answer.content };
}

const schemaOf = (operation: Operation, status = '200'): Json => {
  const response = operation.responses[status];
  return response && 'content' in response ? (response.content?.['application/json']?.schema ?? {}) : {};
};

const isCollection = (operation: Operation): boolean => 'value' in objectOf(schemaOf(operation)['properties']);

/** True when a path ends in the key of an entity: a function without parameters, or of a namespace, is none. */
const isEntityPath = (path: string): boolean => path.endsWith(')') && !/(\.\w+\([^)]*|\()\)$/.test(path);

/** A body that works when tried: what is required on create, one text to change on update. Other members are told by the schema. */
function completeBody(operation: Operation, method: string, { components }: Description): void {
  const content = operation.requestBody?.content['application/json'];
  const name = schemaOfBody(operation);
  if (!content || name === undefined) return;
  const members = membersOf(components.schemas[name]);
  // A PUT gives all that a create must: what it leaves out would be reset.
  const required = components.schemas[name.replace(/-update$/, '-create')]?.['required'];
  const text = members.find(([member, schema]) => typeOf(schema) === 'string' && /name|description/i.test(member));
  const chosen = members.filter(
    (member) =>
      (method !== 'post' && member === text) ||
      (method !== 'patch' && Array.isArray(required) && required.includes(member[0])),
  );
  content.example = Object.fromEntries(chosen.map(([member, schema]) => [member, exampleOf(schema)]));
}

function exampleOf(schema: Json): unknown {
  const type = typeOf(schema);
  if (type === 'string') return 'EXAMPLE'.slice(0, Number(schema['maxLength'] ?? 50));
  return type === 'boolean' ? false : 0;
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
