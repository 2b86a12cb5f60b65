declare module 'odata-csdl' {
  /** OASIS's own conversion of CSDL XML to CSDL JSON. */
  export function xml2json(
    xml: string,
    options?: { readonly strict?: boolean; readonly annotations?: boolean; readonly messages?: object[] },
  ): Record<string, unknown>;
}
