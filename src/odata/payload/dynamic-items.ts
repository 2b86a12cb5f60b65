/** The body of a request to items of a dynamic property that is a collection. Protocol §11.4.13, §11.4.14 */
import { odataError } from '../error';
import { DYNAMIC_TYPE } from '../model/edm';
import type { EntityType } from '../model/model';
import type { ItemsCondition } from '../plan/item-conditions';
import type { WrittenPlace } from '../plan/written-place';
import { emptyChange, type Change, type ItemsWrite } from './change';
import { mergedDynamic, readDynamicItem, type DynamicTypes } from './dynamic';
import { isArray, isObject, parseJson, type JsonValue } from './json';

/** What a request does with them: without a value it takes them out. */
interface DynamicEdit {
  readonly value: JsonValue | undefined;
  /** The type that the body gives to the value. */
  readonly given: JsonValue | undefined;
}

/** The change that becomes of the items that the place means. What is wrong with the value is told when it is known what is stored. */
export function dynamicItemsChange(
  type: EntityType,
  { value, given }: DynamicEdit,
  { path, items }: WrittenPlace,
  { conditions, types }: { readonly conditions: readonly ItemsCondition[]; readonly types: DynamicTypes },
): Change {
  const [name = '', ...members] = path;
  const changeOf: ItemsWrite['changeOf'] = ({ dynamic }, left) => {
    const all = dynamic === null ? null : parseJson(Buffer.from(dynamic));
    const before = path.reduce(memberOf, all);
    if (!isArray(before)) throw noCollection(path.join('/'));
    const told = members.length === 0 ? memberOf(all, name + DYNAMIC_TYPE) : null;
    const stored = typeof told === 'string' ? told : undefined;
    const place = `${path.join('/')}/$each`;
    const item = value === undefined ? undefined : readDynamicItem(place, value, { given, stored }, types);
    const meant = new Set(items?.condition === undefined ? before.keys() : left[items.condition]);
    if (meant.size === 0) return undefined;
    const json =
      item === undefined
        ? before.filter((_, at) => !meant.has(at))
        : before.map((old, at) => (meant.has(at) ? mergedDynamic(old, item) : old));
    return { dynamic: new Map([[name, { json, type: stored, isMerged: false, members }]]) };
  };
  return { ...emptyChange(type, 'update'), items: { conditions, changeOf } };
}

const memberOf = (json: JsonValue, name: string): JsonValue => (isObject(json) ? (json.get(name) ?? null) : null);

const noCollection = (path: string): Error =>
  odataError('Internal_RecordNotFound', { message: `"${path}" is no collection here.` }, { target: path });
