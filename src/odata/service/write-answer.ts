/** The answer to a create or update of an entity. Protocol §11.4.1.5, §8.2.8.7 */
import { tagHeader } from '../http/entity-tags';
import { negotiateFormat } from '../http/negotiate';
import { appliedHeader } from '../http/preferences';
import type { EntityType } from '../model/model';
import type { Change, WriteMode } from '../payload/change';
import { writtenKey, type EntityWritePlan, type Expansion, type ReadBack } from '../plan/write';
import type { Bindings } from '../sql';
import { collectionUrl } from './context-url';
import type { Response } from './message';
import { wholeRepresentation, type Negotiated, type ServiceOptions } from './negotiated';
import { CompiledReads, preparedRead, type Planned } from './planned';
import { callOf, entityResponse, keyInUrl, SingleRow, type PreparedRead, type ReadRequest } from './read';
import { withContentIds } from './content-ids';
import type { ItemPlaces, WriteContext, Written } from './write-context';

/** What the answer must expand: the navigations whose entities are written along. Protocol §11.4.2.2 */
function expansionOf(changes: readonly Change[], type: EntityType, namespace: string): Expansion {
  const behind = new Map<string, { readonly target: EntityType; readonly found: readonly Change[] }>();
  for (const { nested, type: own } of changes) {
    for (const [{ name, target }, { form, items }] of nested) {
      const path = type.navigations.has(name) ? name : `${namespace}.${own.name}/${name}`;
      const before = behind.get(path)?.found ?? [];
      const found = items.filter(({ change }) => !isReference(change)).map(({ change }) => change);
      if (found.length > 0 || form !== 'added') behind.set(path, { target, found: [...before, ...found] });
    }
  }
  return {
    behind: new Map([...behind].map(([path, { target, found }]) => [path, expansionOf(found, target, namespace)])),
  };
}

/** True for an item that only names an entity. */
const isReference = ({ id, values, nested, bindings }: Change): boolean =>
  id !== undefined && values.size === 0 && nested.size === 0 && bindings.size === 0;

/** What was compiled of the read-backs of deep writes. */
const compiledOf = new WeakMap<ReadBack, CompiledReads>();

function compiledReads(plan: ReadBack, planned: Planned<EntityWritePlan>): CompiledReads {
  if (plan === planned.plan.readBack) return planned.compiled;
  const found = compiledOf.get(plan) ?? new CompiledReads(planned.compiled.parts);
  compiledOf.set(plan, found);
  return found;
}

/** The answer to a create or update: negotiated before anything is written, filled by the row that is read back with the write. */
export class WriteAnswer {
  private readonly prepared: PreparedRead<ReadBack> | undefined;
  private readonly headers: Readonly<Record<string, string>>;
  private readonly request: Omit<ReadRequest, 'bindings'>;
  private readonly isMinimal: boolean;
  private row = new SingleRow();
  private bindings: Bindings;

  constructor(
    { model }: ServiceOptions,
    negotiated: Negotiated,
    private readonly planned: Planned<EntityWritePlan>,
    bindings: Bindings,
    change: Change,
  ) {
    const { request, preferences, version, format: option } = negotiated;
    const format = negotiateFormat(request.headers['accept'], option, 'data', version);
    const representation = wholeRepresentation(model, format);
    const { plan } = planned;
    this.bindings = bindings;
    const readBack =
      change.nested.size === 0
        ? plan.readBack
        : plan.expanded(expansionOf([change], plan.target.range.type, model.namespace));
    this.isMinimal = preferences.return === 'minimal';
    const shown = this.isMinimal ? plan.reference : readBack;
    const prepared = preparedRead(shown, compiledReads(shown, planned), representation);
    // An id has the keys of the model: where the request has others, the row tells them.
    const isToldByRow = change.mode === 'create' && prepared.compiled.home !== undefined;
    this.prepared = this.isMinimal && !isToldByRow ? undefined : prepared;
    this.headers = appliedHeader(preferences, preferences.return ? ['return'] : []);
    this.request = {
      root: request.root,
      target: request.target,
      headers: { 'Content-Type': format.contentType, ...this.headers },
      version,
      prefix: representation.prefix,
      withContext: format.metadata !== 'none',
      ieee754: representation.ieee754,
      page: { length: 1, remaining: undefined, asked: undefined },
    };
  }

  /** The read-back of the entity with the key; undefined where nothing of it is told. */
  get readBack(): WriteContext['readBack'] {
    const { prepared } = this;
    if (!prepared) return undefined;
    return (key) => {
      this.row = new SingleRow();
      return callOf(prepared, this.withKey(key), this.row.onRow);
    };
  }

  private withKey(key: Written['key']): Bindings {
    this.bindings = withWrittenKey(this.bindings, key);
    return this.bindings;
  }

  response({ key, etag, contentIds }: Written, mode: WriteMode): Response {
    const { target } = this.planned.plan;
    const { cast } = target.steps.at(-1) ?? {};
    const path = target.collectionPath.filter((piece) => piece !== `/${cast ?? ''}`);
    const home = this.prepared?.compiled.home;
    const collection = collectionUrl(path, { bindings: this.bindings, home, row: this.row.row });
    const url = `${this.request.root}${collection}${keyInUrl(target.range, key)}`;
    const location = mode === 'create' ? { Location: url } : {};
    if (this.prepared && !this.isMinimal) {
      const request: ReadRequest = {
        ...this.request,
        headers: { ...this.request.headers, ...location },
        bindings: this.bindings,
      };
      return withContentIds(
        entityResponse(this.prepared, request, this.row, mode === 'create' ? 201 : 200),
        target.range.type,
        contentIds,
      );
    }
    const id = mode === 'create' ? { 'OData-EntityId': url } : {};
    return { status: 204, headers: { ...this.headers, ...location, ...id, ...tagHeader(etag) } };
  }
}

/** The bindings of a request with the key of the entity that it has written, and the places of items that conditions have left. */
export const withWrittenKey = (bindings: Bindings, key: Written['key'], places: ItemPlaces = {}): Bindings => ({
  ...bindings,
  extra: { ...Object.fromEntries(Object.entries(key).map(([name, value]) => [writtenKey(name), value])), ...places },
});
