/** What a body leaves out: a create must have some of it, and a PUT resets the rest. Protocol §11.4.2, §11.4.3 */
import type { ODataError } from '../error';
import { isNullValue } from '../model/edm';
import type { NavigationProperty, Property } from '../model/model';
import type { ReferringNames } from './blank';
import { typedDefault } from './defaults';
import { isTied } from './entity-keys';
import { missing } from './faults';
import type { BodyDraft } from './links';

/** Completes one entity of a body, once its members have been read. */
export class Completion {
  constructor(
    private readonly draft: BodyDraft,
    private readonly navigation: NavigationProperty | undefined,
    private readonly names: ReferringNames,
    /** What is wrong with the entity: what is faulty is not missing. */
    private readonly faults: readonly ODataError[],
  ) {}

  /** What a create lacks of the property; a PUT gives it its default. */
  complete(property: Property): readonly ODataError[] {
    const { name, computed, immutable, required, source } = property;
    const { mode, type } = this.draft;
    if (mode === 'create' && source.kind === 'complex') return this.missingParts(source.properties, name);
    if (computed || this.isGiven(property)) return [];
    if (mode === 'create') return required ? [missing(name)] : [];
    const { foreignKeys, references } = this.names;
    if (immutable || type.key.includes(property) || foreignKeys.has(name) || references.has(name)) return [];
    return source.kind === 'complex' || source.kind === 'column' ? setDefault(this.draft, property, name) : [];
  }

  /** Parts of complex values are wanted like properties, to any depth. */
  private missingParts(parts: ReadonlyMap<string, Property>, path: string): readonly ODataError[] {
    if (this.faults.some(({ target }) => target === path)) return [];
    return [...parts.values()].flatMap(({ name, required, source }) => {
      const place = `${path}/${name}`;
      if (source.kind === 'complex') return this.missingParts(source.properties, place);
      return required && !this.draft.values.has(place) && !this.isFaulty(place) ? [missing(place)] : [];
    });
  }

  private isFaulty(path: string): boolean {
    return this.faults.some(({ target }) => target === path || target?.startsWith(`${path}/`));
  }

  private isGiven({ name, source }: Property): boolean {
    const { values } = this.draft;
    if (this.isFaulty(name) || isTied(source, this.navigation)) return true;
    if (source.kind !== 'complex') return values.has(name) || this.isBound(name);
    return [...values.keys()].some((path) => path.startsWith(`${name}/`));
  }

  /** A link of the body sets it. */
  private isBound(name: string): boolean {
    return [...this.draft.bindings.keys(), ...this.draft.nested.keys()].some(({ referentialConstraints }) =>
      referentialConstraints.some(({ property }) => property === name),
    );
  }
}

/** Gives a property, or all parts of a complex one, their defaults; tells those that have none and need a value. */
export function setDefault(draft: Pick<BodyDraft, 'values'>, property: Property, path: string): readonly ODataError[] {
  const { defaultValue, required, source } = property;
  if (source.kind === 'complex')
    return [...source.properties.values()].flatMap((part) => setDefault(draft, part, `${path}/${part.name}`));
  if (defaultValue !== undefined) draft.values.set(path, typedDefault(property, defaultValue));
  else if (isNullValue(property)) draft.values.set(path, null);
  else if (required) return [missing(path)];
  return [];
}
