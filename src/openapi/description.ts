/** The parts of an OpenAPI 3.1 document that are read and changed here. */

/** A JSON object of which nothing is known. */
export type Json = Readonly<Record<string, unknown>>;

export interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  description?: string;
  schema?: Json;
  example?: unknown;
  explode?: boolean;
}

export interface Reference {
  $ref: string;
}

export interface Response {
  description?: string;
  headers?: Record<string, Json>;
  content?: Record<string, { schema?: Json; example?: unknown }>;
}

export interface Operation {
  summary?: string;
  description?: string;
  operationId?: string;
  parameters?: (Parameter | Reference)[];
  requestBody?: {
    description?: string;
    required?: boolean;
    content: Record<string, { schema?: Json; example?: unknown }>;
  };
  responses: Record<string, Response | Reference>;
}

/** What can be done at a path, by method in lower case; `parameters` are those of all of them. */
export interface PathItem {
  parameters?: Parameter[];
  get?: Operation;
  post?: Operation;
  put?: Operation;
  patch?: Operation;
  delete?: Operation;
}

export interface Description {
  openapi: string;
  info: { title: string; description?: string; version: string };
  servers: { url: string }[];
  paths: Record<string, PathItem>;
  components: {
    schemas: Record<string, Json>;
    parameters: Record<string, Parameter>;
    responses: Record<string, Response>;
  };
}

/** The methods of a path item that have an operation. */
export const methods = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** True for a parameter that stands here, not somewhere else in the document. */
export const isParameter = (one: Parameter | Reference): one is Parameter => 'name' in one;

/** The parameters in a path: those of all of its methods, and those of one, as functions and actions have them. */
export const pathParameters = (item: PathItem): readonly Parameter[] =>
  [item, ...methods.flatMap((method) => item[method] ?? [])]
    .flatMap(({ parameters = [] }) => parameters.filter(isParameter))
    .filter((parameter) => parameter.in === 'path');

/** The value where it is an object, else one without members. */
export const objectOf = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};

/** What a property's schema is; with null for what may be null it is the first of two. */
export const typeOf = (schema: Json): string => {
  const type = schema['type'];
  return typeof type === 'string' ? type : Array.isArray(type) ? String(type[0]) : '';
};

/** The members of a schema, by name. */
export const membersOf = (schema: Json | undefined): readonly (readonly [name: string, member: Json])[] =>
  Object.entries(objectOf(schema?.['properties'])).map(([name, member]) => [name, objectOf(member)] as const);

/** The name of the schema of a body; undefined where it has one of its own. */
export function schemaOfBody({ requestBody }: Operation): string | undefined {
  const reference = requestBody?.content['application/json']?.schema?.['$ref'];
  return typeof reference === 'string' ? reference.slice(reference.lastIndexOf('/') + 1) : undefined;
}
