/** Writing one entity: with the version that was seen, so that nobody overwrites what somebody else has just changed. Protocol §11.4.1.1 */
import { titleOf } from './columns.js';
import { resolveConflict } from './conflict.js';
import { confirmed } from './dialog.js';
import { RequestError, send } from './request.js';

/**
 * @typedef {import('./metadata.js').Json} Json
 * @typedef {import('./metadata.js').StructuredType} StructuredType
 * @typedef {import('./location.js').Location} Location
 * @typedef {{ readonly path: string, readonly type: StructuredType, readonly name: string, readonly expand: string }} Entity expand: the query that reads it as it is shown
 */

/**
 * The query that reads an entity with what the panel shows of its surroundings.
 * @param {Location} location
 */
function expandOf({ type }) {
  const names = [...type.navigations.values()]
    .filter(({ collection, contained, partner, constraint }) =>
      collection ? contained : constraint !== undefined && partner === undefined,
    )
    .map(({ name }) => name);
  const lines = [...type.navigations.values()]
    .filter(({ collection, contained }) => collection && contained)
    .map(({ name }) => name);
  // Lines that people enter by the thousand have a grid of their own.
  const expands = names.map((name) =>
    lines.includes(name) &&
    [...(type.navigations.get(name)?.target.navigations.values() ?? [])].some(({ contained }) => contained)
      ? `${name}($count=true;$top=0)`
      : name,
  );
  return expands.length === 0 ? '' : `?$expand=${expands.join(',')}`;
}

/**
 * What is written, with its name in questions and how it is read again.
 * @param {Location} location
 * @param {Json} [row] as far as it is known
 * @returns {Entity}
 */
export const entityAt = (location, row = {}) => ({
  path: location.path,
  type: location.type,
  name: titleOf(row, location.type),
  expand: expandOf(location),
});

/** The version of a row as it was read. @param {Json} row */
const versionOf = (row) => (typeof row['@odata.etag'] === 'string' ? row['@odata.etag'] : '*');

/**
 * Reads an entity as it is now.
 * @param {Entity} entity
 * @param {AbortSignal} [signal]
 */
export async function readEntity({ path, expand }, signal) {
  const { json } = await send(path + expand, signal ? { signal } : {});
  return json;
}

/**
 * Changes an entity; resolves to it as it then is, or to undefined when the reader took the other's version or went back.
 * @param {Entity} entity
 * @param {Json} row as it was read
 * @param {Readonly<Record<string, unknown>>} changes
 * @returns {Promise<{ readonly row: Json, readonly saved: boolean } | undefined>}
 */
export async function saveEntity(entity, row, changes) {
  let body = changes;
  let seen = row;
  for (;;) {
    try {
      await send(entity.path, {
        method: 'PATCH',
        headers: { 'If-Match': versionOf(seen), Prefer: 'return=minimal' },
        body,
      });
      return { row: await readEntity(entity), saved: true };
    } catch (error) {
      if (!(error instanceof RequestError) || error.status !== 412) throw error;
    }
    const theirs = await readEntity(entity);
    const choice = await resolveConflict(entity, row, theirs, changes);
    if (choice === undefined) return undefined;
    if (Object.keys(choice).length === 0) return { row: theirs, saved: false };
    body = choice;
    seen = theirs;
  }
}

/**
 * Makes an entity in a collection.
 * @param {string} path
 * @param {Readonly<Record<string, unknown>>} body
 */
export async function createEntity(path, body) {
  const { json } = await send(path, { method: 'POST', body });
  return json;
}

/**
 * Deletes an entity after asking; resolves to whether it is gone.
 * @param {Entity} entity
 * @param {Json} row
 * @returns {Promise<boolean>}
 */
export async function deleteEntity(entity, row) {
  const what = entity.type.label.toLowerCase();
  if (!(await confirmed(`Delete this ${what}?`, `${entity.name} will be gone, with all that belongs to it.`, 'Delete')))
    return false;
  try {
    await send(entity.path, { method: 'DELETE', headers: { 'If-Match': versionOf(row) } });
    return true;
  } catch (error) {
    if (!(error instanceof RequestError) || error.status !== 412) throw error;
  }
  if (
    !(await confirmed(
      'Someone else changed this',
      `${entity.name} is not as you saw it any more. Delete it all the same?`,
      'Delete all the same',
    ))
  )
    return false;
  await send(entity.path, { method: 'DELETE', headers: { 'If-Match': versionOf(await readEntity(entity)) } });
  return true;
}
