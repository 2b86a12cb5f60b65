/** The delta of a collection as a body: `{"@context":"#$delta","value":[…]}`. JSON Format 4.01 §15, Protocol §11.4.12 */
import { MAX_FAULTS, odataError, ODataError, throwTogether } from '../error';
import type { NavigationProperty } from '../model/model';
import { readItem, type BodyOptions } from './body';
import { emptyChange, type Item } from './change';
import { wrong } from './faults';
import { isArray, isObject, type JsonObject, type JsonValue } from './json';
import type { Steps } from './turns';

/** A relationship between entities that exist, which a delta adds or ends. JSON §15.4, §15.5 */
export interface LinkItem {
  /** Where it stands in the body: `value/1`. */
  readonly path: string;
  readonly isAdded: boolean;
  /** Ids as they were written; without a target a single-valued relationship ends, whichever entity it leads to. */
  readonly source: string;
  readonly relationship: string;
  readonly target: string | undefined;
}

/** An item, or what is wrong with it. */
export type DeltaItem = Item | LinkItem | ODataError;

/** True for a relationship, false for an entity. */
export const isLink = (item: Item | LinkItem): item is LinkItem => 'relationship' in item;

/** Reads the items of a delta. Each has its own errors, because the others may be done without it; behind so many errors nothing is read. */
export function* readDelta(
  json: JsonValue,
  navigation: NavigationProperty,
  options: Omit<BodyOptions, 'mode'>,
  mostFaults: number,
): Steps<readonly DeltaItem[]> {
  const value = isObject(json) ? json.get('value') : undefined;
  if (value === undefined || !isArray(value))
    throw odataError('InvalidBody', {
      message: 'The body must be a delta of the collection: {"@context":"#$delta","value":[…]}.',
    });
  throwTogether(
    strangers(json)
      .slice(0, MAX_FAULTS + 1)
      .map((name) => wrong(`The body of a delta has no "${name}".`, name)),
  );
  const items: DeltaItem[] = [];
  let faults = 0;
  for (const [index, item] of value.entries()) {
    try {
      items.push(yield* deltaItem(item, navigation, `value/${index}`, options));
    } catch (error) {
      if (!(error instanceof ODataError) || error.status !== 400) throw error;
      items.push(error);
      faults += Math.max(error.details.length, 1);
      if (faults > mostFaults) break;
    }
  }
  return items;
}

/** Members that neither are the items nor control information. */
const strangers = (json: JsonValue | undefined): readonly string[] =>
  json !== undefined && isObject(json)
    ? [...json.keys()].filter((name) => name !== 'value' && !name.includes('@'))
    : [];

function* deltaItem(
  json: JsonValue,
  navigation: NavigationProperty,
  path: string,
  options: Omit<BodyOptions, 'mode'>,
): Steps<Item | LinkItem> {
  yield;
  if (!isObject(json)) throw wrong(`"${path}" must be an object.`, path);
  const context = json.get('@context') ?? json.get('@odata.context');
  const kind = typeof context === 'string' ? /\/\$(deletedEntity|link|deletedLink)$/.exec(context)?.[1] : undefined;
  if (kind === undefined) return yield* readItem(json, navigation, path, options);
  if (kind === 'deletedEntity') return deletedEntity(json, navigation, path);
  return linkItem(json, path, kind === 'link');
}

const linkMembers: ReadonlySet<string> = new Set(['source', 'relationship', 'target']);

/** What a link leaves out or says too much is told at once. */
function linkItem(json: JsonObject, path: string, isAdded: boolean): LinkItem {
  const kind = isAdded ? 'link' : 'deleted link';
  const errors: ODataError[] = [];
  const text = (name: string, isNeeded: boolean): string | undefined => {
    const value = json.get(name);
    if (typeof value === 'string') return value;
    if (value !== undefined) errors.push(wrong(`The "${name}" of a ${kind} must be a string.`, `${path}/${name}`));
    else if (isNeeded) errors.push(wrong(`A ${kind} has its "${name}".`, `${path}/${name}`));
    return undefined;
  };
  const source = text('source', true) ?? '';
  const relationship = text('relationship', true) ?? '';
  const target = text('target', isAdded);
  for (const name of json.keys())
    if (!linkMembers.has(name) && !name.includes('@'))
      errors.push(wrong(`A ${kind} has no "${name}".`, `${path}/${name}`));
  throwTogether(errors);
  return { path, isAdded, source, relationship, target };
}

/** A removed entity as OData 4.0 writes it. JSON §15.3 */
function deletedEntity(json: JsonObject, { target }: NavigationProperty, path: string): Item {
  const id = json.get('id') ?? json.get('@odata.id') ?? json.get('@id');
  const reason = json.get('reason') ?? 'changed';
  if (typeof id !== 'string') throw wrong('A deleted entity has its "id".', path);
  if (reason !== 'changed' && reason !== 'deleted')
    throw wrong('The reason of a deleted entity is "changed" or "deleted".', path);
  const change = { ...emptyChange(target, 'update'), id, removed: reason } as const;
  return { path, change, asCreate: () => change };
}
