/**
 * What the engine relies on in every session of its data source: how PostgreSQL writes dates, durations and numbers. Nothing is compiled (JIT): the
 * planner takes what is asked row by row for dearer than it is, a pattern of a row for 180 units, so that a thousand rows would be worth it.
 */

/**
 * The settings as `extra.options` of a PostgreSQL data source: the connection carries them from its first packet, so that none costs a query and
 * none can be missed. `statementTimeout` in milliseconds, 0 for none.
 */
export function sessionOptions(statementTimeout: number): string {
  const session = {
    TimeZone: 'UTC',
    DateStyle: 'ISO',
    IntervalStyle: 'iso_8601',
    extra_float_digits: '1',
    client_encoding: 'UTF8',
    jit: 'off',
    statement_timeout: String(statementTimeout),
  };
  return Object.entries(session)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ');
}
