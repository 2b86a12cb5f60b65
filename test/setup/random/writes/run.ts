/** Sends random writes to a service and to its model, and compares what they say and what they keep. */
import type { Answer, Json, TestService } from '../../service';
import { Dice } from '../dice';
import type { Kind } from './kinds';
import { alike, MAYBE, Model, NEW, TOUCHED, type Row, type State } from './model';
import { Steps, type Step } from './steps';

/** Tables, and what the model does not look at. */
export interface Place {
  readonly service: TestService;
  readonly kinds: readonly Kind[];
  readonly pairs: readonly string[];
  readonly namespace: string;
}

/** All rows, by plain SQL. */
async function load({ service, kinds, pairs }: Place): Promise<State> {
  const tables = [...kinds.map(({ table }) => table), ...pairs];
  const parts = tables.map((table) => `'${table}', (SELECT coalesce(jsonb_agg(to_jsonb(t)), '[]') FROM ${table} t)`);
  const [row] = await service.sql(`SELECT jsonb_build_object(${parts.join(', ')}) AS all`);
  const state = row?.['all'] as Record<string, Row[]>;
  for (const { table, ignored } of kinds)
    for (const each of state[table] ?? []) for (const column of ignored) delete each[column];
  return state;
}

/** Columns of a row that its type has. */
function owned(model: Model, kind: Kind, row: Row): Row {
  const columns = new Set([
    ...kind.key.map(({ column }) => column),
    ...columnsOf(model.fieldsOf(kind, row)),
    ...model.linksOf(kind, row).map(({ column }) => column),
    ...[kind.version, kind.open, kind.discriminator].flatMap((column) => column ?? []),
  ]);
  return Object.fromEntries([...columns].map((column) => [column, row[column] ?? null]));
}
const columnsOf = (fields: Kind['fields']): string[] =>
  fields.flatMap(({ parts, column }) => (parts ? columnsOf(parts) : [column]));

/** How the tables differ from the model; undefined when they do not. Versions that the model does not know are judged by those before. */
function difference(before: Model, wanted: Model, found: Model, pairs: readonly string[]): string | undefined {
  const names = new Map<string, unknown>();
  for (const kind of wanted.kinds) {
    const [column = ''] = kind.key.map((field) => field.column);
    const keyOf = (row: Row): string => JSON.stringify(kind.key.map((field) => row[field.column]));
    const olds = new Map(before.rows(kind).map((row) => [keyOf(row), row]));
    const left = new Map(found.rows(kind).map((row) => [keyOf(row), owned(found, kind, row)]));
    for (const row of wanted.rows(kind)) {
      const should = owned(wanted, kind, row);
      const isCounted = String(row[column]).startsWith('#');
      const match = isCounted
        ? [...left].find(
            ([key, each]) =>
              !olds.has(key) && isSame(kind, { ...should, [column]: each[column] }, each, undefined, names),
          )?.[0]
        : keyOf(row);
      const is = match === undefined ? undefined : left.get(match);
      if (match === undefined || !is)
        return `${kind.table}: is not there: ${JSON.stringify(should)}\n   are: ${JSON.stringify([...left.values()])}`;
      if (isCounted) names.set(String(row[column]), is[column]);
      left.delete(match);
      const given = isCounted ? { ...should, [column]: is[column] } : should;
      if (!isSame(kind, given, is, olds.get(match), names))
        return `${kind.table}:\n   is        ${JSON.stringify(is)}\n   should be ${JSON.stringify(given)}\n   was       ${JSON.stringify(olds.get(match))}`;
    }
    if (left.size > 0) return `${kind.table}: should not be there: ${JSON.stringify([...left.values()])}`;
  }
  for (const table of pairs) {
    const texts = (rows: readonly Row[] = []): string[] =>
      rows
        .map((row) =>
          JSON.stringify(
            Object.entries(row)
              .sort()
              .map(([name, value]) => [name, names.get(String(value)) ?? value]),
          ),
        )
        .sort();
    const [is, should] = [texts(found.state[table]), texts(wanted.state[table])];
    if (!alike(is, should)) return `${table}:\n   is        ${is.join()}\n   should be ${should.join()}`;
  }
  return undefined;
}

function isSame(
  kind: Kind,
  wanted: Row,
  found: Row,
  before: Row | undefined,
  names: ReadonlyMap<string, unknown>,
): boolean {
  for (const [column, value] of Object.entries(wanted)) {
    const is = found[column];
    if (column === kind.version) {
      const old = before?.[column];
      if (value === TOUCHED || value === NEW ? is === old || typeof is !== 'number' : value !== MAYBE && is !== value)
        return false;
    } else if (!alike(names.get(String(value)) ?? value, is)) return false;
  }
  return true;
}

const clone = (model: Model, isNewer: boolean): Model =>
  new Model(model.kinds, structuredClone(model.state), model.namespace, isNewer);

const isNewer = ({ headers }: Step): boolean => headers['OData-Version'] === '4.01';

const shown = ({ method, path, headers, body, raw, parts }: Step): string =>
  `${method} ${path} ${JSON.stringify(headers)} ${raw ?? JSON.stringify(body) ?? ''}${(parts ?? []).map(({ step, group }) => `\n      ${group ?? ''}: ${shown(step)}`).join('')}`;

/** Judges a request alone: what it leaves, and how it may be answered. */
function judge(
  before: Model,
  step: Step,
): { readonly after: Model; readonly statuses: readonly number[]; readonly isDone: boolean } {
  const after = clone(before, isNewer(step));
  step.judge(after);
  after.check();
  const isDone = after.faults.size === 0;
  return { after: isDone ? after : clone(before, true), statuses: isDone ? step.ok : [...after.faults], isDone };
}

export class Run {
  private model: Model;
  readonly steps: Steps;
  readonly failed: string[] = [];
  /** How often requests of each method were done and refused. */
  readonly told: Record<string, number> = {};

  private constructor(
    private readonly place: Place,
    dice: Dice,
    state: State,
  ) {
    this.model = new Model(place.kinds, state, place.namespace);
    this.steps = new Steps(dice, place.kinds, place.namespace);
  }

  static async begin(place: Place, seed: number): Promise<Run> {
    return new Run(place, new Dice(seed), await load(place));
  }

  async step(): Promise<void> {
    const step = this.steps.next(this.model);
    const problem = step.parts ? await this.batch(step) : await this.single(step);
    if (problem !== undefined)
      this.failed.push(`${shown(step)}\n   ${problem} ${this.place.service.takeFailures().join()}`);
  }

  private async compare(wanted: Model): Promise<string | undefined> {
    const found = new Model(this.place.kinds, await load(this.place), this.place.namespace);
    const problem = difference(this.model, wanted, found, this.place.pairs);
    this.model = found;
    return problem;
  }

  private count(step: Step, status: number): void {
    const name = `${step.method} ${status}`;
    this.told[name] = (this.told[name] ?? 0) + 1;
  }

  private async single(step: Step): Promise<string | undefined> {
    const { after, statuses } = judge(this.model, step);
    const answer = await this.place.service.send(
      step.method,
      step.path,
      { ...step.headers },
      step.raw ?? (step.body === undefined ? undefined : JSON.stringify(step.body)),
    );
    this.count(step, answer.status);
    const isWrong = !statuses.includes(answer.status);
    const before = this.model;
    const problem = await this.compare(after);
    if (isWrong) return `${answer.status} instead of ${statuses.join()}: ${answer.text.slice(0, 300)} ${problem ?? ''}`;
    return problem ?? this.tag(step, answer, before);
  }

  /** The ETag of the answer is that of the row. */
  private tag(step: Step, answer: Answer, before: Model): string | undefined {
    if (answer.status >= 300 || step.root === undefined || !before.resolve(step.root)) return undefined;
    const found = this.model.resolve(step.root);
    if (!found?.kind.version) return undefined;
    const wanted = `W/"${String(found.row[found.kind.version])}"`;
    const told = [answer.headers['etag'], answer.json['@odata.etag'] ?? answer.json['@etag']].filter(
      (tag) => tag !== undefined,
    );
    return told.length > 0 && told.every((tag) => tag === wanted)
      ? undefined
      : `the ETag is ${told.map(String).join()} instead of ${wanted}`;
  }

  private async batch(batch: Step): Promise<string | undefined> {
    const parts = batch.parts ?? [];
    const requests = parts.map(({ step, group }, at) => ({
      id: String(at),
      ...(group !== undefined && { atomicityGroup: group }),
      method: step.method,
      url: step.path,
      headers: step.headers,
      ...(step.raw !== undefined || step.body !== undefined ? { body: step.raw ?? step.body } : {}),
    }));
    let model = this.model;
    const wanted: (readonly number[])[] = [];
    for (let at = 0; at < parts.length;) {
      const { group } = parts[at] ?? {};
      const size = group === undefined ? 1 : parts.filter((part) => part.group === group).length;
      let within = model;
      let failed: number | undefined;
      const statuses: (readonly number[])[] = [];
      for (const { step } of parts.slice(at, at + size)) {
        if (failed !== undefined) {
          statuses.push([424]);
          continue;
        }
        const { after, statuses: own, isDone } = judge(within, step);
        statuses.push(own);
        within = after;
        if (!isDone) failed = statuses.length - 1;
      }
      if (failed === undefined) model = within;
      const at_ = failed;
      wanted.push(...statuses.map((own, index) => (at_ === undefined || index >= at_ ? own : [424])));
      at += size;
    }
    const answer = await this.place.service.send('POST', '$batch', { ...batch.headers }, JSON.stringify({ requests }));
    this.count(batch, answer.status);
    const problem = await this.compare(model);
    const responses = new Map(((answer.json['responses'] ?? []) as Json[]).map((each) => [String(each['id']), each]));
    const wrong = wanted.flatMap((own, at) => {
      const response = responses.get(String(at));
      const status = Number(response?.['status']);
      return own.includes(status)
        ? []
        : [`part ${at}: ${status} instead of ${own.join()} ${JSON.stringify(response?.['body'])?.slice(0, 300)}`];
    });
    if (answer.status !== 200 || wrong.length > 0) return `${answer.status} ${wrong.join('; ')} ${problem ?? ''}`;
    return problem;
  }
}
