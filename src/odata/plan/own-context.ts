/** Contexts of what the request made and named itself: each tells its own, relative to that of the answer. Protocol §10, Data Aggregation §3.1.1 */
import { lineage } from '../model/inheritance';
import type { EntityType, Model } from '../model/model';

/** What the context begins and ends with: between them stands the list of what is selected and expanded. */
export interface OwnContext {
  readonly path: string;
  readonly end: '' | '/$entity';
}

/** Combinations of entity sets are no type of the model. */
export const COMBINATION = 'Edm.ComplexType';

/** The context of one instance of the type, or of a collection of them; undefined for contained entities, which are told by no set. */
export function ownContext(model: Model, type: EntityType, form: 'one' | 'many'): OwnContext | undefined {
  const name = complexName(model, type);
  if (name !== undefined) return { path: form === 'one' ? name : `Collection(${name})`, end: '' };
  const sets = [...model.entitySets.values()];
  const set = lineage(type).flatMap((base) => sets.find((candidate) => candidate.type === base) ?? [])[0];
  if (!set) return undefined;
  const cast = set.type === type ? '' : `/${model.namespace}.${type.name}`;
  return { path: set.name + cast, end: form === 'one' ? '/$entity' : '' };
}

const complexName = ({ namespace }: Model, { item, name, columns }: EntityType): string | undefined =>
  item ? `${namespace}.${name}` : columns && name === COMBINATION ? name : undefined;
