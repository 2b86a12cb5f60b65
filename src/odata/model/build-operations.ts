/** Declarations of functions and actions become part of the Model. CSDL §12 */
import { checkNames } from './check-names';
import type {
  ComplexDeclaration,
  FunctionDeclaration,
  NamedOperation,
  OneOrMany,
  OperationDeclaration,
  ValueDeclaration,
} from './declare-operation';
import { edm } from './edm';
import type { ComplexType, EdmType, EntitySet, EntityType, EnumType } from './model';
import {
  BINDING_PARAMETER,
  type FunctionDefinition,
  type Operation,
  type Parameter,
  type ReturnType,
} from './operation';
import { facetsOf, resultProperty, rowType } from './row-type';

/** What of the model is known when operations are added. */
interface KnownTypes {
  readonly entityTypes: ReadonlyMap<string, EntityType>;
  readonly complexTypes: ReadonlyMap<string, ComplexType>;
  readonly enumTypes: ReadonlyMap<string, EnumType>;
  readonly entitySets: ReadonlyMap<string, EntitySet>;
}

/** The operations, and the complex types that only they use. */
interface BuiltOperations {
  readonly operations: readonly Operation[];
  readonly complexTypes: ReadonlyMap<string, ComplexType>;
}

/** Builds them; what is wrong is added to `problems`. */
export function buildOperations(
  declared: readonly NamedOperation[],
  known: KnownTypes,
  problems: string[],
): BuiltOperations {
  const builder = new OperationBuilder(known, problems);
  const operations = declared.flatMap((named) => builder.build(named));
  problems.push(...overloadProblems(operations));
  return { operations, complexTypes: builder.complexTypes };
}

type Made = Pick<Operation, 'binding' | 'parameters' | 'entitySet' | 'entitySetPath'>;

class OperationBuilder {
  readonly complexTypes = new Map<string, ComplexType>();
  private readonly byClass: ReadonlyMap<unknown, EntityType>;
  private readonly partitionType: string;
  private readonly byDeclaration = new Map<ComplexDeclaration, ComplexType>();

  constructor(
    private readonly known: KnownTypes,
    private readonly problems: string[],
  ) {
    const types = [...known.entityTypes.values()];
    this.byClass = new Map(types.map((type) => [type.target, type]));
    this.partitionType = types.find(({ partition }) => partition)?.partition?.databaseType ?? 'text';
  }

  build({ kind, name, declaration }: NamedOperation): readonly Operation[] {
    const before = this.problems.length;
    const returns = this.returns(name, declaration.returns);
    const made = {
      ...this.common(kind, name, declaration, returns),
      name,
      description: declaration.description,
      declaration,
    };
    this.problems.push(...checkNames(name, [...made.parameters.map((one) => one.name), BINDING_PARAMETER]));
    if (kind === 'action') return this.problems.length > before ? [] : [Object.freeze({ ...made, kind, returns })];
    const definition = this.definition(name, declaration as FunctionDeclaration, returns);
    if (!returns || !definition || this.problems.length > before) return [];
    return [Object.freeze({ ...made, kind, returns, definition, declaration: declaration as FunctionDeclaration })];
  }

  private problem(name: string, text: string): undefined {
    this.problems.push(`The operation ${name}: ${text}`);
  }

  private common(
    kind: Operation['kind'],
    name: string,
    declaration: OperationDeclaration,
    returns: ReturnType | undefined,
  ): Made {
    const { binding, ofMembers = false, parameters = {} } = declaration;
    const found = binding === undefined ? undefined : this.entity(name, binding);
    const bound = found && { ...found, isWhole: found.collection && kind === 'action' && !ofMembers };
    const single = returns?.type.kind === 'collection' ? returns.type.of : returns?.type;
    const sets = [...this.known.entitySets.values()];
    return {
      binding: bound,
      parameters: Object.entries(parameters).map(([key, value]) => this.parameter(name, key, value)),
      entitySet: single?.kind === 'entity' ? sets.find(({ type }) => type === single) : undefined,
      entitySetPath: bound && single?.kind === 'entity' ? entitySetPath(declaration) : undefined,
    };
  }

  private entity(
    name: string,
    binding: NonNullable<OperationDeclaration['binding']>,
  ): Omit<NonNullable<Made['binding']>, 'isWhole'> | undefined {
    const type = this.byClass.get(one(binding));
    return type
      ? { type, collection: isMany(binding) }
      : this.problem(name, 'its binding parameter is no entity of the model.');
  }

  private parameter(
    operation: string,
    name: string,
    declared: NonNullable<OperationDeclaration['parameters']>[string],
  ): Parameter {
    const { collection = false, optional = false, default: defaultValue, description } = declared;
    const type = this.valueType(operation, declared);
    if (defaultValue !== undefined && !optional) this.problem(operation, `${name} has a default but is not optional.`);
    return {
      ...facetsOf(declared),
      name,
      type: collection ? { kind: 'collection', of: type } : type,
      // What is left out without a default is null.
      nullable: declared.nullable ?? (optional && defaultValue === undefined),
      optional,
      defaultValue,
      description,
    };
  }

  private valueType(operation: string, { type }: ValueDeclaration): EdmType {
    if (typeof type === 'string') return edm(type);
    const found = this.known.enumTypes.get(type.name);
    if (!found) this.problem(operation, `no property of an entity has the enumeration ${type.name}.`);
    return found ?? edm('Edm.String');
  }

  private returns(name: string, declared: OperationDeclaration['returns']): ReturnType | undefined {
    if (declared === undefined) return undefined;
    if (typeof declared === 'string') return { type: edm(declared), nullable: true };
    const single = one(declared);
    const type = typeof single === 'function' ? this.byClass.get(single) : this.complex(name, single);
    if (!type) return this.problem(name, 'it returns a class that is no entity of the model.');
    return { type: isMany(declared) ? { kind: 'collection', of: type } : type, nullable: false };
  }

  private complex(operation: string, declaration: ComplexDeclaration): ComplexType {
    const found = this.byDeclaration.get(declaration);
    if (found) return found;
    const { name, description, properties } = declaration;
    if (this.complexTypes.has(name) || this.known.complexTypes.has(name))
      this.problem(operation, `another complex type is called ${name}.`);
    const made: ComplexType = Object.freeze({
      kind: 'complex',
      name,
      description,
      properties: new Map(
        Object.entries(properties).map(([key, value]) => [
          key,
          resultProperty(key, value, this.valueType(operation, value)),
        ]),
      ),
    });
    this.byDeclaration.set(declaration, made);
    this.complexTypes.set(name, made);
    return made;
  }

  private definition(
    name: string,
    { definition, binding }: FunctionDeclaration,
    returns: ReturnType | undefined,
  ): FunctionDefinition | undefined {
    if (!returns) return undefined;
    const single = returns.type.kind === 'collection' ? returns.type.of : returns.type;
    if ('path' in definition)
      return single.kind === 'entity'
        ? { kind: 'path', path: definition.path }
        : this.problem(name, 'a path leads to entities, but it returns something else.');
    if (single.kind === 'entity') return this.problem(name, 'entities are reached by a path, not by rows.');
    const { rows, key = [], order = [] } = definition;
    const type = rowType(single, key, order);
    const unknown = [...key, ...order.map((item) => item.replace(/^-/, ''))].filter(
      (item) => !type.properties.has(item),
    );
    if (unknown.length > 0) return this.problem(name, `its rows have no ${unknown.join(', ')}.`);
    const isCollection = returns.type.kind === 'collection';
    if (isCollection && key.length === 0) return this.problem(name, 'its rows need a key.');
    if (binding && isMany(binding) && !isCollection)
      return this.problem(name, 'each member of what it is bound to gives rows, but it returns one value.');
    return { kind: 'rows', type, sql: rows, partitionType: this.partitionType };
  }
}

const isMany = <T>(declared: OneOrMany<T>): declared is readonly [T] => Array.isArray(declared);

const one = <T>(declared: OneOrMany<T>): T => (isMany(declared) ? declared[0] : declared);

function entitySetPath(declaration: OperationDeclaration | FunctionDeclaration): string | undefined {
  const path =
    'definition' in declaration
      ? 'path' in declaration.definition
        ? declaration.definition.path.split('/$')[0]
        : undefined
      : declaration.entitySetPath;
  if (path === undefined) return undefined;
  return path === '' ? BINDING_PARAMETER : `${BINDING_PARAMETER}/${path}`;
}

/** Overloads of functions differ in binding or parameter names, those of actions in binding; functions and actions never share a name. CSDL §12.3, §12.5 */
function overloadProblems(operations: readonly Operation[]): readonly string[] {
  const seen = new Map<string, Operation['kind']>();
  const signatures = new Set<string>();
  return operations.flatMap((operation) => {
    const { kind, name, binding, parameters } = operation;
    const names =
      kind === 'function'
        ? parameters
            .map((parameter) => parameter.name)
            .sort()
            .join()
        : '';
    const signature = `${name} ${binding?.type.name ?? ''} ${String(binding?.collection ?? '')} ${names}`;
    const problems = [
      ...(signatures.has(signature) ? [`The operation ${name} is declared twice for the same parameters.`] : []),
      ...((seen.get(name) ?? kind) === kind ? [] : [`${name} is both a function and an action.`]),
    ];
    seen.set(name, kind);
    signatures.add(signature);
    return problems;
  });
}
