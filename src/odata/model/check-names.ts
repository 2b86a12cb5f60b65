/** Names that clients and PostgreSQL can live with: CSDL §15.2, Protocol 4.01 §13.2.1 item 11. */
import type { EntityType, Model } from './model';

const identifier = /^[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Nd}\p{Mn}\p{Mc}\p{Pc}\p{Cf}]*$/u;
/** Names become SQL aliases with suffixes such as `@odata.navigationLink`, and PostgreSQL cuts aliases at 63 bytes. */
const LONGEST = 40;
const LONGEST_ALIAS = 63;
const reservedNamespaces: readonly string[] = ['edm', 'odata', 'system', 'transient'];

/** All that has a name in a model; lists, because a name may stand in them twice. */
interface Named extends Pick<Model, 'namespace' | 'container' | 'complexTypes' | 'enumTypes' | 'operations'> {
  /** Entity types with the names of their classes. */
  readonly entityTypes: readonly (readonly [owner: string, type: EntityType])[];
  readonly typeDefinitions: Iterable<string>;
  readonly entitySets: readonly string[];
  readonly singletons: Iterable<string>;
}

/** The problems of all names of a model: they are unique in their scope, whatever their case. CSDL §15.2 */
export function checkModelNames({ namespace, container, entityTypes, operations, ...named }: Named): readonly string[] {
  const { complexTypes, enumTypes, typeDefinitions, entitySets, singletons } = named;
  const types = [...entityTypes.map(([, { name }]) => name), ...complexTypes.keys(), ...enumTypes.keys()];
  const names = new Set(operations.map(({ name }) => name));
  const imports = new Set(operations.flatMap(({ name, binding }) => (binding ? [] : [name])));
  return [
    ...checkNamespace(namespace),
    ...checkNames(`The schema ${namespace}`, [...types, ...typeDefinitions, ...names, container]),
    ...checkAdvertised(namespace, names),
    ...checkNames('The container', [...entitySets, ...singletons, ...imports]),
    ...entityTypes.flatMap(([owner, { properties, joins, streams }]) =>
      checkNames(owner, [...properties.keys(), ...joins.keys(), ...(streams?.keys() ?? [])]),
    ),
    ...[...complexTypes.values()].flatMap(({ name, properties }) => checkNames(name, properties.keys())),
    ...[...enumTypes.values()].flatMap(({ name, members }) => checkNames(name, members.keys())),
  ];
}

/** The problems of names that stand in one scope, each as a sentence that begins with the scope. */
export function checkNames(scope: string, names: Iterable<string>): readonly string[] {
  const all = [...names];
  return [
    ...all.filter((name) => !identifier.test(name)).map((name) => `'${name}' is no simple identifier.`),
    ...all
      .filter((name) => Buffer.byteLength(name) > LONGEST)
      .map((name) => `'${name}' is longer than ${LONGEST} bytes.`),
    ...clashes(all),
  ].map((problem) => `${scope}: ${problem}`);
}

/** Operations go out as members named `#Namespace.name`, which are SQL aliases too. JSON Format 4.01 §16 */
const checkAdvertised = (namespace: string, operations: Iterable<string>): readonly string[] =>
  [...operations]
    .filter((name) => Buffer.byteLength(`#${namespace}.${name}`) > LONGEST_ALIAS)
    .map((name) => `'#${namespace}.${name}' is longer than ${LONGEST_ALIAS} bytes.`);

/** The problems of a schema's namespace: identifiers with dots between them, none of the reserved ones. CSDL §5.1 */
function checkNamespace(namespace: string): readonly string[] {
  const isValid = namespace.length <= 511 && namespace.split('.').every((part) => identifier.test(part));
  return [
    ...(isValid ? [] : [`'${namespace}' is no namespace.`]),
    ...(reservedNamespaces.includes(namespace.toLowerCase()) ? [`The namespace '${namespace}' is reserved.`] : []),
  ];
}

function clashes(names: readonly string[]): readonly string[] {
  const byLowerCase = new Map<string, string[]>();
  for (const name of names) byLowerCase.set(name.toLowerCase(), [...(byLowerCase.get(name.toLowerCase()) ?? []), name]);
  return [...byLowerCase.values()]
    .filter((same) => same.length > 1)
    .map((same) =>
      new Set(same).size === 1 ? `'${same[0]}' is declared twice.` : `${same.join(' and ')} differ by case only.`,
    );
}
