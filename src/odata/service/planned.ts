/** Parse, plan and compile, each once per shape: requests that differ in literals only share everything but their values. */
import { Aliases } from '../compile/aliases';
import { compileChanges } from '../compile/changes';
import { compileFlat } from '../compile/flat-changes';
import type { CompiledRead, PageShape } from '../compile/compiled-read';
import { compileRead } from '../compile/read';
import type { Representation } from '../compile/representation';
import type { Model } from '../model/model';
import { PlanContext } from '../plan/context';
import { defaultPlanLimits, type PlanLimits } from '../plan/limits';
import { optionsWithin, type ExpandStep } from '../plan/expand-options';
import type { ReadPlan } from '../plan/plan';
import { planRead } from '../plan/read';
import type { Trace } from '../plan/trace';
import { planAction, type ActionPlan } from '../plan/action';
import { trackingOf } from '../plan/tracking';
import { planWrite, type WritePlan } from '../plan/write';
import { defaultLimits, parseRequest, shapeOf, type Limits } from '../url';
import type { Ast, Shape, UrlParts } from '../url/ast';
import { RowWriter } from './json-writer';
import type { PreparedRead } from './read';

/** What was compiled of a plan, by format and continuation. */
export class CompiledReads extends Map<string, PreparedRead> {
  /** `parts`: what a statement may have. */
  constructor(readonly parts: number) {
    super();
  }
}

/** A plan with what was compiled of it. */
export interface Planned<P> {
  readonly plan: P;
  readonly ast: Ast;
  readonly compiled: CompiledReads;
  /** What it weighs in the memory of the process. */
  readonly weight: number;
}

/** A plan for a request: shared with others of its shape, and this one's literals. */
export interface Found<P> {
  readonly planned: Planned<P>;
  readonly shape: Shape;
}

/** Plans that one process keeps, and what they may come to together; those unused for longest go first. */
const [MAX_PLANS, MAX_KEPT] = [2000, 4_000_000];
/** What a part of a plan weighs beside the characters of its key: it becomes a text of a statement. */
const PART_WEIGHT = 5;
/** Formats and continuations that one plan keeps. */
const MAX_COMPILED = 32;

/** What a request may ask of parser and planner; more is answered with a code of its own. */
export type RequestLimits = Limits & PlanLimits;

export const defaultRequestLimits: RequestLimits = { ...defaultLimits, ...defaultPlanLimits };

/** Settings of what one request may ask. */
interface LimitSettings {
  readonly maxUrlLength: number;
  readonly maxNesting: number;
  readonly maxParts: number;
  readonly maxListLength: number;
  readonly maxExpandDepth: number;
  readonly maxTransformations: number;
  readonly maxPatternLength: number;
}

/** The limits that the settings mean: the body of POST …/$query may be longer than any URL, and what is written out has more parts and levels. */
export const requestLimits = (settings: LimitSettings): RequestLimits => ({
  length: 2 * settings.maxUrlLength,
  depth: settings.maxNesting,
  nodes: settings.maxParts,
  listLength: settings.maxListLength,
  expandDepth: settings.maxExpandDepth,
  patternLength: settings.maxPatternLength,
  transformations: settings.maxTransformations,
  parts: 2 * settings.maxParts,
  levels: 4 * settings.maxNesting,
});

/** The plans of a service. */
export class Plans {
  private readonly reads: PlanCache<ReadPlan>;
  private readonly writes: PlanCache<WritePlan>;
  private readonly actions: PlanCache<ActionPlan | undefined>;
  private readonly actionNames: ReadonlySet<string>;

  constructor(
    private readonly model: Model,
    limits: RequestLimits = defaultRequestLimits,
    trace?: Trace,
  ) {
    this.reads = new PlanCache<ReadPlan>(planRead, limits, trace);
    this.writes = new PlanCache<WritePlan>(planWrite, limits, trace);
    this.actions = new PlanCache<ActionPlan | undefined>(planAction, limits, trace);
    this.actionNames = new Set(model.operations.flatMap(({ kind, name }) => (kind === 'action' ? [name] : [])));
  }

  /** The plan of a GET. */
  read = (parts: UrlParts, within?: readonly ExpandStep[]): Found<ReadPlan> =>
    this.reads.find(this.model, parts, within);

  /** The plan of a POST, PATCH, PUT or DELETE. */
  write = (parts: UrlParts): Found<WritePlan> => this.writes.find(this.model, parts);

  /** The plan of a POST to an action; undefined when the path leads to none. */
  action(parts: UrlParts): Found<ActionPlan> | undefined {
    const last = /[^.]*$/.exec(parts.segments.at(-1)?.split('(')[0] ?? '')?.[0] ?? '';
    if (!this.actionNames.has(last)) return undefined;
    const { planned, shape } = this.actions.find(this.model, parts);
    const { plan } = planned;
    return plan && { planned: { ...planned, plan }, shape };
  }
}

class PlanCache<P> {
  private readonly plans = new Map<string, Planned<P>>();
  private weight = 0;

  constructor(
    private readonly plan: (context: PlanContext, ast: Ast) => P,
    private readonly limits: RequestLimits,
    private readonly trace: Trace | undefined,
  ) {}

  /** `within`: the options are those of an item of the request's $expand. */
  find(model: Model, parts: UrlParts, within?: readonly ExpandStep[]): Found<P> {
    const shape = shapeOf(parts);
    const suffix = within ? `\n${JSON.stringify(within)}` : '';
    const shared = `${shape.key}${suffix}`;
    const exact = (): string => `${exactKey(parts)}${suffix}`;
    const known = this.known(shared) ?? this.known(exact());
    if (known) return { planned: known, shape };
    const whole = parseRequest(parts, this.limits);
    const ast = within ? { ...whole, options: optionsWithin(whole.options, within) } : whole;
    const passed = within?.flatMap(([, , from]) => from ?? []);
    const text = { shape, aliases: whole.options.aliases, custom: ast.custom, trace: this.trace, passed };
    // The levels of $expand on the way are no longer there to be counted.
    const expandDepth = this.limits.expandDepth - (within?.length ?? 0);
    const context = new PlanContext(model, text, { ...this.limits, expandDepth });
    const plan = this.plan(context, ast);
    const key = context.isShareable ? shared : exact();
    const weight = key.length + PART_WEIGHT * context.size;
    const planned: Planned<P> = { plan, ast, compiled: new CompiledReads(this.limits.parts), weight };
    this.keep(key, planned);
    return { planned, shape };
  }

  private known(key: string): Planned<P> | undefined {
    const found = this.plans.get(key);
    if (found) {
      this.plans.delete(key);
      this.plans.set(key, found);
    }
    return found;
  }

  private keep(key: string, planned: Planned<P>): void {
    this.plans.set(key, planned);
    this.weight += planned.weight;
    for (const [oldest, { weight }] of this.plans) {
      if (this.plans.size <= MAX_PLANS && this.weight <= MAX_KEPT) return;
      this.plans.delete(oldest);
      this.weight -= weight;
    }
  }
}

/** No shape's key starts like this. */
const exactKey = ({ segments, options }: UrlParts): string =>
  `=${JSON.stringify([segments, options.map(({ name, value }) => [name, value])])}`;

/** The statement and writer of a plan for one format and continuation, made once. */
export function preparedRead<P extends ReadPlan>(
  plan: P,
  compiled: CompiledReads,
  representation: Representation,
  page: PageShape = {},
): PreparedRead<P> {
  const { metadata, ieee754, omit, prefix } = representation;
  const mode = page.changes ? `${page.changes} ${page.section ?? ''}` : page.tracked ? 'tracked' : '';
  const tag = page.tellsTag === true ? 'tag' : '';
  const key = `${metadata} ${ieee754} ${omit ?? ''} ${prefix} ${page.magnitude ?? ''} ${page.after?.join('') ?? ''} ${mode} ${tag}`;
  const found = compiled.get(key);
  if (found) return { ...found, plan };
  const made = prepareRead(
    plan,
    compiledRead(plan, representation, page, new Aliases(compiled.parts)),
    representation,
    page,
  );
  if (compiled.size >= MAX_COMPILED) compiled.clear();
  compiled.set(key, made);
  return made;
}

function compiledRead(plan: ReadPlan, representation: Representation, page: PageShape, aliases: Aliases): CompiledRead {
  const tracking = page.changes && trackingOf(plan);
  if (tracking?.flat && page.section !== undefined) return compileFlat(tracking.flat, representation, page, aliases);
  return tracking && plan.kind === 'collection'
    ? compileChanges(plan, tracking, representation, page, aliases)
    : compileRead(plan, representation, page, aliases);
}

const prepareRead = <P extends ReadPlan>(
  plan: P,
  compiled: CompiledRead,
  representation: Representation,
  page: PageShape,
): PreparedRead<P> => ({
  plan,
  compiled,
  writer: new RowWriter(compiled.pieces, representation),
  removed: compiled.changes && {
    writer: new RowWriter(compiled.changes.removed, representation),
    withContext: page.changes === '4.0' || representation.metadata === 'full',
  },
});
