/** What a service says of its model in `$metadata`, for requests that are made of it. */
import type { Json, TestService } from '../../service';

/** A property, or a navigation property: `type` is the name of its type, `Edm.…` or one of the model without its namespace. */
export interface Part {
  readonly name: string;
  readonly type: string;
  readonly isMany: boolean;
}

/** A type with what it inherits. */
export interface Structure {
  readonly name: string;
  readonly isEntity: boolean;
  readonly isOpen: boolean;
  readonly hasStream: boolean;
  readonly key: readonly string[];
  /** Primitive values and enumerations. */
  readonly values: readonly Part[];
  readonly complex: readonly Part[];
  readonly navigations: readonly Part[];
  readonly streams: readonly string[];
  /** Types derived from it. */
  readonly derived: readonly string[];
}

/** Where entities are read. */
export interface Place {
  readonly path: string;
  readonly type: string;
  readonly isMany: boolean;
  /** Keys of some of its entities, as they stand in a path. */
  readonly keys: readonly string[];
}

export interface Schema {
  readonly namespace: string;
  readonly enums: Readonly<Record<string, readonly string[]>>;
  /** Enumerations of members that combine. */
  readonly flags: ReadonlySet<string>;
  readonly types: Readonly<Record<string, Structure>>;
  readonly places: readonly Place[];
  /** Types of sets that take $search, and those derived from them. */
  readonly searched: ReadonlySet<string>;
}

type Element = Readonly<Record<string, Json>>;

const isKind = (element: unknown, kind: string): boolean =>
  typeof element === 'object' && element !== null && (element as Json)['$Kind'] === kind;
const membersOf = (element: Json): [string, Json][] =>
  Object.entries(element).filter(
    (entry): entry is [string, Json] => /^[^$@]/.test(entry[0]) && !entry[0].includes('@'),
  );

/** Reads it, and a few keys of each set. */
export async function schemaOf(service: TestService): Promise<Schema> {
  const { json } = await service.get('$metadata?$format=json');
  const [namespace = ''] = String(json['$EntityContainer']).split(/\.[^.]*$/);
  const elements = json[namespace] as Element;
  const local = (name: unknown): string => String(name).replace(`${namespace}.`, '');
  const typeOf = (part: Json): string => {
    const name = local(part['$Type'] ?? 'Edm.String');
    const definition = elements[name];
    return isKind(definition, 'TypeDefinition') ? String(definition?.['$UnderlyingType']) : name;
  };
  const isStructured = (name: string): boolean =>
    isKind(elements[name], 'EntityType') || isKind(elements[name], 'ComplexType');
  const derivedOf = (name: string): string[] =>
    Object.keys(elements)
      .filter((other) => local(elements[other]?.['$BaseType']) === name)
      .flatMap((other) => [other, ...derivedOf(other)]);
  const structure = (name: string): Structure => {
    const own = elements[name] ?? {};
    const base = own['$BaseType'] === undefined ? undefined : structure(local(own['$BaseType']));
    const parts = membersOf(own).map(([part, said]) => ({
      name: part,
      type: typeOf(said),
      isMany: said['$Collection'] === true,
      isNavigation: isKind(said, 'NavigationProperty'),
    }));
    const properties = parts.filter(({ isNavigation }) => !isNavigation);
    const values = properties.filter(({ type }) => !isStructured(type) && type !== 'Edm.Stream');
    return {
      name,
      isEntity: isKind(own, 'EntityType'),
      isOpen: own['$OpenType'] === true || base?.isOpen === true,
      hasStream: own['$HasStream'] === true || base?.hasStream === true,
      key: base?.key ?? (own['$Key'] as readonly string[] | undefined) ?? [],
      values: [...(base?.values ?? []), ...values],
      complex: [...(base?.complex ?? []), ...properties.filter(({ type }) => isStructured(type))],
      navigations: [...(base?.navigations ?? []), ...parts.filter(({ isNavigation }) => isNavigation)],
      streams: [
        ...(base?.streams ?? []),
        ...properties.filter(({ type }) => type === 'Edm.Stream').map(({ name: stream }) => stream),
      ],
      derived: derivedOf(name),
    };
  };
  const types = Object.fromEntries(
    Object.keys(elements)
      .filter(isStructured)
      .map((name) => [name, structure(name)]),
  );
  const enums = Object.fromEntries(
    Object.entries(elements)
      .filter(([, element]) => isKind(element, 'EnumType'))
      .map(([name, element]) => [name, membersOf(element).map(([member]) => member)]),
  );
  const [container = {}] = Object.values(elements).filter((element) => isKind(element, 'EntityContainer'));
  const places: Place[] = [];
  const searched = new Set<string>();
  for (const [path, said] of membersOf(container)) {
    if (said['$Type'] === undefined) continue;
    const type = local(said['$Type']);
    const isMany = said['$Collection'] === true;
    const search = said['@Capabilities.SearchRestrictions'] as Json | undefined;
    if (search?.['Searchable'] === true) for (const one of [type, ...derivedOf(type)]) searched.add(one);
    const { value } = await service.get(`${path}?$top=3&$format=application/json;metadata=full`);
    const keys = isMany ? value.map((row) => keyText(types[type], row)) : [];
    places.push({ path, type, isMany, keys: keys.filter((key) => key !== undefined) });
  }
  const flags = new Set(Object.keys(enums).filter((name) => elements[name]?.['$IsFlags'] === true));
  return { namespace, enums, flags, types, places, searched };
}

/** A key as it stands in a path; undefined where it has a type of which the text does not tell. */
function keyText(type: Structure | undefined, row: Json): string | undefined {
  const texts = (type?.key ?? []).map((name) => {
    const known = type?.values.find((part) => part.name === name)?.type;
    const value = row[name];
    if (known === 'Edm.String' && !/[%/+]/.test(String(value)))
      return `${name}='${String(value).replaceAll("'", "''")}'`;
    return typeof value === 'number' || known === 'Edm.Guid' || known === 'Edm.Date'
      ? `${name}=${String(value)}`
      : undefined;
  });
  return texts.some((text) => text === undefined) ? undefined : texts.join(',');
}
