/** The `code` of an error of node (ENOENT) or of PostgreSQL (57P03); an empty string where it has none. */
export function errorCode(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}
