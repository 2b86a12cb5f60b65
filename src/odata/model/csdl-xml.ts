export const csdlXml = (..._: unknown[]): string => '';
