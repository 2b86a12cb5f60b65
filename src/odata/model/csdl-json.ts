export const csdlJson = (..._: unknown[]): object => ({});
