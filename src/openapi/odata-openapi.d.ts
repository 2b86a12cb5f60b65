/** OASIS' own mapping of CSDL JSON to OpenAPI; it comes without types. */
declare module 'odata-openapi' {
  export function csdl2openapi(csdl: object, options: Readonly<Record<string, unknown>>): unknown;
}
