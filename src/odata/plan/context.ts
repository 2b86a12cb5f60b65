/** What planning one request needs beside the Ast: the model, the request's shape, aliases, and the variables in sight. */
import { ODataError, odataError } from '../error';
import type { ComplexType, EdmType, EntityType, Model } from '../model/model';
import type { Slot, SqlValue } from '../sql';
import { didYouMean, literalText, type OptionName } from '../url';
import type { Ast, Expression, Literal, Place, QueryOptions, ResourceSegment, Shape, SourceName } from '../url/ast';
import type { ExpandStep } from './expand-options';
import type { FollowedAlias } from './followed-alias';
import { defaultPlanLimits, QUERY_PARTS, type PlanLimits } from './limits';
import type { Members } from './members';
import type { Bound, BoundCollection, BoundValues, Element, Range, Results } from './plan';
import type { Group } from './group';
import type { Rows } from './rows';
import type { Trace } from './trace';

/** What a text that is planned brings along beside its Ast. */
interface PlannedText {
  /** The literals that it leaves open; without it they are constants. */
  readonly shape?: Shape;
  readonly aliases?: ReadonlyMap<string, Expression> | undefined;
  /** Options without `$` and `@`, which may be parameters of a function. */
  readonly custom?: Ast['custom'];
  /** What aliases stand for in the definition of a function. */
  readonly values?: ReadonlyMap<string, Bound>;
  /** Set where it is planned to find what has failed. */
  readonly trace?: Trace | undefined;
  /** The types that the items of $expand led through, where a page behind a link is planned. */
  readonly passed?: readonly string[] | undefined;
}

/** Shared by everything that is planned for one request. Finds out, too, whether the plan serves every request of the same shape. */
export class PlanContext {
  /** Those of the request that is planned. */
  readonly literals: Shape['literals'];
  private readonly positions = new Map<SourceName, Map<number, number>>();
  private readonly used = new Set<number>();
  private inspected = false;
  private columns = 0;
  private readonly named = new Map<string, string>();
  private parts = 0;
  private depth = 0;
  private readonly transformations = new Set<Place>();

  /** The types that the request has made of those of complex values. */
  readonly structures: ComplexType[] = [];
  /** The values of lists of literals beside operands of a type, by their first literal: an alias lets one stand in many places. */
  readonly lists = new Map<Expression, ReadonlyMap<EdmType, readonly Bound[]>>();

  constructor(
    readonly model: Model,
    private readonly text: PlannedText = {},
    readonly limits: PlanLimits = defaultPlanLimits,
  ) {
    const { literals = [] } = text.shape ?? {};
    this.literals = literals;
    for (const [index, { source, at }] of literals.entries()) {
      const within = this.positions.get(source) ?? new Map<number, number>();
      this.positions.set(source, within.set(at, index));
    }
  }

  /**
   * The source of a literal's value. When the shape leaves the literal open, it is read from each request anew; `read` gets the
   * literal's text and throws when it is no value of the wanted type. It runs once now, so that this request's error comes at once.
   */
  slot(literal: Literal, read: (text: string) => SqlValue): Slot {
    const index = this.positions.get(literal.place.source)?.get(literal.place.at);
    const scanned = index === undefined ? undefined : this.literals[index];
    const first = located(literal.place, () => read(literal.text));
    if (index === undefined || scanned?.raw !== literal.raw) return () => first;
    this.used.add(index);
    return ({ literals }) => {
      const written = literals[index];
      return located(written ?? literal.place, () => read(literalText(written?.raw ?? '')));
    };
  }

  /** Lets the literal's value decide something now: then the plan serves this very request only. */
  inspect<T>(literal: Pick<Literal, 'text'>, decide: (text: string) => T): T {
    this.inspected = true;
    return decide(literal.text);
  }

  /** Counts parts of the plan, and refuses more than there may be: by aliases, stars and derived types a short text can mean many. */
  count(place: Place, parts = 1): void {
    this.checkRoom(place, parts);
    this.parts += parts;
  }

  /** How many were counted. */
  get size(): number {
    return this.parts;
  }

  /** Refuses parts that are not counted yet. */
  checkRoom(place: Place, parts: number): void {
    const { parts: most } = this.limits;
    if (this.parts + parts > most)
      throw tooMany(
        `Written out, with its aliases and all that it expands, the request has more than ${most} parts.`,
        place,
      );
  }

  /** Counts a transformation, which is planned once for each structure that its rows may have. */
  countTransformation(place: Place): void {
    const { transformations: most } = this.limits;
    if (this.transformations.add(place).size > most)
      throw tooMany(`The request has more than ${most} transformations.`, place);
    this.count(place, QUERY_PARTS);
  }

  /** Refuses rows of more structures than transformations may be: concat doubles them each time. */
  checkStructures(structures: number, place: Place): void {
    const { transformations: most } = this.limits;
    if (structures > most)
      throw tooMany(`concat and rollup must not lead to more than ${most} structures of rows.`, place);
  }

  /** Plans an expression within another one. */
  within(node: Expression, plan: () => Bound): Bound {
    const { trace } = this;
    return this.nested(node.place, trace ? () => trace.around(pointOf(node), plan) : plan);
  }

  /** Plans what is within an expression: aliases stand for expressions that are nested in the one around them. */
  nested<T>(place: Place, plan: () => T): T {
    this.count(place);
    this.depth += 1;
    const { levels: most } = this.limits;
    if (this.depth > most)
      throw odataError(
        'NestedTooDeeply',
        { message: `With its aliases, the expression is nested more than ${most} levels deep.` },
        placeOf(place),
      );
    const planned = plan();
    this.depth -= 1;
    return planned;
  }

  /** A name for a column of a query, used nowhere else in the statement. */
  nextColumn(): string {
    this.columns += 1;
    return `d${this.columns}`;
  }

  /** The same for a name that a client has given, each time. */
  columnFor(name: string): string {
    const column = this.named.get(name) ?? this.nextColumn();
    this.named.set(name, column);
    return column;
  }

  /** True when every open literal of the shape reaches the statement through a slot, so that its value decided nothing. */
  get isShareable(): boolean {
    return !this.inspected && this.used.size === this.literals.length;
  }

  /** What marks the expressions that may fail; nothing does where no failure is looked for. */
  get trace(): Trace | undefined {
    return this.text.trace;
  }

  get passed(): readonly string[] {
    return this.text.passed ?? [];
  }

  /** The context of a text of our own, such as the definition of a function: its literals are constants, its aliases stand for values. */
  forDefinition(values: ReadonlyMap<string, Bound>): PlanContext {
    return new PlanContext(this.model, { values }, this.limits);
  }

  /** The value that an alias stands for in a definition. */
  value(name: string): Bound | undefined {
    return this.text.values?.get(name);
  }

  /** The names that can be parameters of a function without standing in its parentheses. Protocol §11.5.4.1.1 */
  get implicitParameters(): ReadonlySet<string> {
    const { aliases, custom = [] } = this.text;
    return new Set([...(aliases?.keys() ?? []), ...custom.map(({ name }) => name)]);
  }

  /** The text of a parameter that stands in the query string by its own name. */
  implicitText(wanted: string): string | undefined {
    const [found, another] = (this.text.custom ?? []).filter(({ name }) => name === wanted);
    if (another) throw odataError('RepeatedOption', { name: wanted }, { target: wanted });
    return found?.value;
  }

  /** The value of a parameter alias; an alias without one is null. URL Conventions §5.3 */
  alias(name: string, options: QueryOptions | undefined): Expression | undefined {
    return options?.aliases?.get(name) ?? this.text.aliases?.get(name);
  }
}

/** The variables that an expression may speak of. */
export interface Scope {
  /** What paths without a variable start at. */
  readonly current: Range;
  /** `$it`: the entity that the outermost options speak of. */
  readonly it: Range;
  /** Lambda variables by name. */
  readonly variables: ReadonlyMap<string, Range>;
  /** Variables that stand for values: lambda variables of collections of values, `$it` and `$this` where they are no entity. */
  readonly elements?: ReadonlyMap<string, Element>;
  /** Variables that stand for what is given for each member of a collection, where that is a collection; `$it` may be one. URL Conventions §4.13 */
  readonly collections?: ReadonlyMap<string, Results>;
  /** The options around the expression: their aliases come before those of the request. */
  readonly options?: QueryOptions;
  /** The items of $expand that led here. */
  readonly within?: readonly ExpandStep[];
  /** The types of the entities that this one is expanded in, or what these are derived from. */
  readonly above?: readonly EntityType[];
  /** The expression only decides something: objects in it are no part of a value, and may lack what is never null. */
  readonly isCompared?: true;
  /** The aliases that have led to the expression. */
  readonly aliases?: FollowedAlias;
  /** What a variable has beside the properties of its type. */
  readonly members?: ReadonlyMap<Range, Members>;
  /** `$these`: undefined where the option speaks of no collection. */
  readonly these?: These | undefined;
  /** Conditions of the resource path that have been judged: the places, from 1, of the items that they leave. */
  readonly judged?: ReadonlyMap<ResourceSegment, Bound>;
}

/**
 * The collection that an option, a transformation or a `/$filter` speaks of: rows of the query around the expression, or of a collection that is
 * opened anew; values; or the rows of one group. Data Aggregation §3.6
 */
export type These = TheseRows | BoundValues;

/** Rows of which there may be more than one. */
export interface TheseRows {
  readonly rows: Rows;
  /** What the rows are made of; undefined for those of the query around. */
  readonly collection?: BoundCollection;
  /** The variable of the rows that come of it. */
  readonly range?: Range;
  /** Of the rows those that are in one group with the row that the expression speaks of. */
  readonly groups?: readonly Group[];
}

/** The same scope for an expression that only decides something. */
export const comparing = (scope: Scope): Scope => (scope.isCompared ? scope : { ...scope, isCompared: true });

/** Target and position of an error in the request. */
export const placeOf = (place: Place): { target: string; position: number } => ({
  target: place.source,
  position: place.at,
});

/** The error for what is more than the service allows. */
export const tooMany = (message: string, place: Place): Error =>
  odataError('TooManyParts', { message }, placeOf(place));

/** Where an expression is computed: at its operator, if it has one. */
const pointOf = (node: Expression): Place =>
  node.kind === 'binary' ? { ...node.place, at: node.operatorAt } : node.place;

/** An error that does not say where it is, of a text that stands at the place. */
export function located<T>(place: Place, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ODataError) || error.target !== undefined) throw error;
    throw new ODataError(error.code, error.message, { ...placeOf(place), cause: error.cause });
  }
}

/** The scope in which all paths start at one variable. */
export const startScope = (range: Range, options?: QueryOptions): Scope => ({
  current: range,
  it: range,
  variables: new Map(),
  ...(options && { options }),
});

/** The error for a segment of the resource path that leads nowhere; `names` are those that may be meant. Protocol §9.2.1 */
export function unknownSegment(segment: ResourceSegment | undefined, names: readonly string[] = []): Error {
  const text = segment?.kind === 'name' ? segment.name : (segment?.kind ?? '');
  return odataError(
    'BadRequest_NotFound',
    { segment: text, hint: didYouMean(text, names) },
    segment && placeOf(segment.place),
  );
}

/** What the standard has but this service does not offer yet; told by its place, or by the option alone. */
export const notImplemented = (what: string, place: Place | OptionName | undefined): Error =>
  odataError(
    'NotImplemented',
    { message: `${what} is not offered by this service yet.` },
    typeof place === 'string' ? { target: place } : place && placeOf(place),
  );
