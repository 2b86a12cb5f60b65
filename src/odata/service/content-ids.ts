/** Core.ContentID: the answer to a deep write repeats the names that the client gave to its entities. Protocol §11.4.2.2, §11.4.3.1 */
import type { EntityType } from '../model/model';
import { isArray, isObject, JsonNumber, type JsonObject, type JsonValue } from '../payload/json';
import { storedJson } from '../payload/stored-json';
import { jsonText } from '../payload/json-text';
import type { EntityWrite } from './entity-write';
import type { Response } from './message';
import type { ContentId } from './write-context';

/** The entities with a name of the client's, by the keys that they have by now. */
export const contentIdsOf = (writes: readonly EntityWrite[]): readonly ContentId[] =>
  writes.flatMap(({ type, change: { contentId }, key }) => {
    if (contentId === undefined) return [];
    const values = type.key.map(({ name, source }) => {
      const value = source.kind === 'column' ? key.get(source.column)?.value : undefined;
      return [name, typeof value === 'string' ? value : ''] as const;
    });
    return [{ type, key: Object.fromEntries(values), id: contentId }];
  });

/** The answer with the names in it. Rare, so the text is read and written anew. */
export function withContentIds(response: Response, type: EntityType, ids: readonly ContentId[]): Response {
  if (ids.length === 0 || !(response.body instanceof Buffer)) return response;
  return { ...response, body: Buffer.from(jsonText(named(storedJson(response.body), type, ids))) };
}

function named(json: JsonValue, type: EntityType, ids: readonly ContentId[]): JsonValue {
  if (isArray(json)) return json.map((item) => named(item, type, ids));
  if (!isObject(json)) return json;
  const members = new Map<string, JsonValue>();
  const found = ids.find((candidate) => candidate.type === type && isMeant(candidate, json));
  if (found) members.set('@Core.ContentID', found.id);
  for (const [name, value] of json) {
    const navigation = type.navigations.get(name);
    members.set(name, navigation ? named(value, navigation.target, ids) : value);
  }
  // The context URL stays the first member: JSON §4.4.
  const context = [...members].filter(([name]) => name.endsWith('context') && name.startsWith('@'));
  return new Map([...context, ...members]);
}

const isMeant = ({ key }: ContentId, json: JsonObject): boolean =>
  Object.entries(key).every(([name, text]) => {
    const value = json.get(name);
    return value instanceof JsonNumber ? value.text === text : value === text;
  });
