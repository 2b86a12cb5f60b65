/** Properties that are set on create only: a client may repeat them, but not change them. CSDL vocabulary Core.Immutable */
import { odataError } from '../error';
import type { EntityType, NavigationProperty, Property } from '../model/model';
import type { Value } from '../payload/change';
import type { EntityWrite } from './entity-write';
import { recordsLookup } from './lookup-sql';
import { isSameValue, leaf, typedValue, type StoredRow } from './stored-row';
import type { Work } from './write-work';

/** Throws when the body has another value for such a property than the record. */
export async function checkFixed(work: Work, { change, type, rules }: EntityWrite, current: StoredRow): Promise<void> {
  const { fixed } = change;
  if (fixed.size === 0) return;
  const stored = await Promise.all([...fixed.keys()].map((path) => storedValue(work, type, path, current)));
  [...fixed].forEach(([path, value], index) => {
    if (isSameValue(stored[index] ?? null, value)) return;
    const { fixedMessage } = rules;
    if (fixedMessage !== undefined)
      throw odataError('Application_DialogException', { message: fixedMessage }, { target: path });
    throw odataError('InvalidValue', { message: `The value of "${path}" cannot be changed.` }, { target: path });
  });
}

async function storedValue(work: Work, type: EntityType, path: string, current: StoredRow): Promise<Value> {
  if (leaf(type, path)) return current.values[path] ?? null;
  const property = type.properties.get(path);
  return property ? behindNavigations(work, type, property, current) : null;
}

/** The value of a property that another entity has. */
async function behindNavigations(
  work: Work,
  type: EntityType,
  { source, name }: Property,
  current: StoredRow,
): Promise<Value> {
  if (source.kind !== 'path') return null;
  const [first] = source.navigations;
  const navigation = first === undefined || source.navigations.length > 1 ? undefined : type.joins.get(first);
  if (!navigation) throw new Error(`The property ${name} of ${type.name} cannot be compared`);
  const answer = await work.look(
    recordsLookup(navigation.target, referenced(navigation, current), [source.property], 1),
  );
  const [[text = null] = []] = JSON.parse(answer ?? '[]') as readonly (readonly (string | null)[])[];
  const property = navigation.target.properties.get(source.property);
  return property ? typedValue(property, text) : null;
}

/** The condition that picks the record behind a navigation. */
function referenced({ target, join }: NavigationProperty, { columns }: StoredRow): Record<string, Value> {
  return Object.fromEntries(
    join.flatMap(({ column, targetColumn }) => {
      const property = [...target.properties.values()].find(
        ({ source }) => source.kind === 'column' && source.column === targetColumn,
      );
      return property ? [[property.name, columns.get(column) ?? null]] : [];
    }),
  );
}
