export const serviceDocument = (..._: unknown[]): readonly object[] => [];
