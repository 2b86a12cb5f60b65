/** The same question in other ways: HEAD, POST to `/$query`, a part of a batch, conditions and keys in the path, numbers, properties. */
import { withOptions, type Answer, type Json } from '../service';
import type { Case } from './case';
import { smaller as smallerExpression, type Expr } from './expression';
import { Generator } from './generate';
import { evaluate, queryOf, randomRead, sizeOf, smaller as smallerRead, type Read } from './read';
import { refused, STRINGS, type Kind, type Place } from './questions';
import { Faults, fromJson, keyOf, literal, type Value } from './values';
import { whole, type EType, type Row, type World } from './world';

type Root = World['roots'][number];

/** Keys beside those of the types. */
const alternates: Readonly<Record<string, string>> = {
  customer: 'number',
  salesInvoice: 'number',
  customerPaymentJournal: 'code',
  Airline: 'name',
  Employee: 'badge',
};

/** Headers that are others in each answer. */
const OWN = [
  'date',
  'request-id',
  'client-request-id',
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
];
const headersOf = ({ headers }: Answer): string =>
  JSON.stringify(
    Object.entries(headers)
      .filter(([name]) => !OWN.includes(name))
      .sort(),
  );

/** Links within items keep the options that they came of, aliases among them. */
const TOKEN = /\$skiptoken=[^"]*/g;

/** What an answer says, apart from where it was asked for. */
function said({ status, json, text }: Pick<Answer, 'status' | 'json' | 'text'>): string {
  if (status >= 400) return `${status} ${String((json['error'] as Json | undefined)?.['code'])}`;
  const { '@odata.context': _, '@odata.nextLink': next, ...rest } = json;
  const whole = Object.keys(json).length === 0 ? text : JSON.stringify(rest).replace(TOKEN, '$$skiptoken');
  return `${status} ${whole} ${typeof next}`;
}

/** How the same is asked for: what should be said, and what is. */
interface Way {
  readonly name: string;
  readonly ask: () => Promise<{ readonly is: string; readonly should: string }>;
}

function waysOf(
  { service, world }: Place,
  root: Root,
  read: Read,
  row: Row | undefined,
  { path, headers, first }: { readonly path: string; readonly headers: Record<string, string>; readonly first: Answer },
): readonly Way[] {
  const query = queryOf(read);
  const target = withOptions(path, query);
  const same = (name: string, ask: () => Promise<Answer>): Way => ({
    name,
    ask: async () => ({ is: said(await ask()), should: said(first) }),
  });
  const general: Way[] = [
    {
      name: 'HEAD',
      ask: async () => {
        const answer = await service.send('HEAD', target, headers);
        return {
          is: `${answer.status} ${headersOf(answer)} ${answer.bytes.length}`,
          should: `${first.status} ${headersOf(first)} 0`,
        };
      },
    },
    same('$query', () =>
      service.send('POST', `${path}/$query`, { ...headers, 'Content-Type': 'text/plain' }, target.split('?')[1] ?? ''),
    ),
    {
      name: '$batch',
      ask: async () => {
        const requests = [{ id: '1', method: 'GET', url: target, headers }];
        const answer = await service.send(
          'POST',
          '$batch',
          { 'Content-Type': 'application/json', Accept: 'application/json' },
          JSON.stringify({ requests }),
        );
        const [part] = (answer.json['responses'] ?? []) as Json[];
        const body = (part?.['body'] ?? {}) as Json;
        return first.status < 400
          ? { is: JSON.stringify(body), should: JSON.stringify(first.json) }
          : { is: said({ status: Number(part?.['status']), json: body, text: '' }), should: said(first) };
      },
    },
  ];
  const without = ({ [`$filter`]: _, ...others }: Record<string, string>): Record<string, string> => others;
  const { filter } = read;
  if (!row) {
    if (!filter || read.compute.length > 0) return general;
    const inPath = `${path}/$filter(@filter)`;
    const number = async (): Promise<string> => {
      const faults = new Faults();
      return String(evaluate({ ...read, orderby: [] }, root.rows, { faults }).kept.length);
    };
    const counted = (name: string, at: string): Way => ({
      name,
      ask: async () => {
        const answer = await service.get(at);
        return { is: `${answer.status} ${answer.text.replace('\uFEFF', '')}`, should: `200 ${await number()}` };
      },
    });
    return [
      ...general,
      same('/$filter', () => service.get(withOptions(inPath, { ...without(query), '@filter': filter.text }), headers)),
      ...(first.status === 200
        ? [
            counted('/$count', withOptions(`${path}/$count`, { $filter: filter.text, ...filter.aliases })),
            counted('/$filter/$count', withOptions(`${inPath}/$count`, { '@filter': filter.text, ...filter.aliases })),
          ]
        : []),
    ];
  }
  const type = whole(world, root.type);
  const texts = type.key.map((name) => {
    const ty = type.props.find((prop) => prop.name === name)?.ty ?? 'string';
    const value = (row[name] ?? null) as Value;
    return ty === 'string' ? String(value) : literal(ty, value, world.enums);
  });
  const alternate = alternates[type.name];
  const known = type.props.find(({ name }) => name === alternate);
  const other = known && ((row[known.name] ?? null) as Value);
  const isUnique = known && root.rows.filter((each) => each[known.name] === other).length === 1;
  const property = read.select.find(({ name, only }) => only === undefined && !name.includes(':'));
  return [
    ...general,
    ...(texts.every((text) => /^[^./]/.test(text))
      ? [
          same('key as segment', () =>
            service.get(withOptions([root.path, ...texts.map(encodeURIComponent)].join('/'), query), headers),
          ),
        ]
      : []),
    ...(known && isUnique && other !== null && other !== undefined
      ? [
          same('alternate key', () =>
            service.get(
              withOptions(
                `${root.path}(${known.name}=${encodeURIComponent(literal(known.ty, other, world.enums))})`,
                query,
              ),
              headers,
            ),
          ),
        ]
      : []),
    ...(property
      ? [
          {
            name: `/${property.name}`,
            ask: async () => {
              const answer = await service.get(`${path}/${property.name}`, STRINGS);
              const value = answer.status === 204 ? null : fromJson(property.ty, answer.json['value'], world.enums);
              return {
                is: `${answer.status} ${keyOf(value)}`,
                should: `${(row[property.name] ?? null) === null ? 204 : 200} ${keyOf((row[property.name] ?? null) as Value)}`,
              };
            },
          },
        ]
      : []),
  ];
}

function wayCase(
  place: Place,
  root: Root,
  read: Read,
  row: Row | undefined,
  keyText: string,
  pageSize: number | undefined,
): Case {
  const path = row ? `${root.path}(${encodeURIComponent(keyText)})` : root.path;
  const headers = { ...STRINGS, ...(pageSize !== undefined && { Prefer: `odata.maxpagesize=${pageSize}` }) };
  const query = queryOf(read);
  const check = async (): Promise<string | undefined> => {
    const first = await place.service.get(withOptions(path, query), headers);
    const faults = new Faults();
    evaluate(read, row ? [row] : root.rows, { faults });
    const wrong = first.status === 200 ? undefined : refused(place, first.status, first.text, faults);
    if (wrong !== undefined) return wrong;
    for (const { name, ask } of waysOf(place, root, read, row, { path, headers, first })) {
      const { is, should } = await ask();
      if (is !== should && !(faults.possible || faults.unknown))
        return `wrong: ${name}\n     is ${is.slice(0, 600)}\n     should be ${should.slice(0, 600)}`;
    }
    return undefined;
  };
  return {
    text: `${path} ${JSON.stringify(query)} ${pageSize ?? ''}`,
    size: sizeOf(read) + (pageSize === undefined ? 0 : 1),
    check,
    smaller: function* () {
      if (pageSize !== undefined) yield wayCase(place, root, read, row, keyText, undefined);
      for (const other of smallerRead(read)) yield wayCase(place, root, other, row, keyText, pageSize);
    },
  };
}

/** A read of a collection or of one entity, asked for in all ways. */
export const ways: Kind = (place, generator) => {
  const { dice, world } = generator;
  const root = dice.pick(world.roots);
  const read = randomRead(generator, root.type, dice.below(3));
  const row = dice.chance(0.4) && root.rows.length > 0 ? dice.pick(root.rows) : undefined;
  const pageSize = dice.chance(0.3) ? 1 + dice.below(4) : undefined;
  if (!row) return wayCase(place, root, read, undefined, '', pageSize);
  const one: Read = {
    ...read,
    isOne: true,
    filter: undefined,
    orderby: [],
    skip: undefined,
    top: undefined,
    isCounted: false,
  };
  return wayCase(place, root, one, row, generator.keyText(root.type, row), pageSize);
};

/** A type without properties: what combinations have beside the names of their sets. */
const NOTHING = 'nothing';
const nothing: EType = { name: NOTHING, props: [], navs: [], colls: [], key: [], order: [] };

/** Combinations of two sets that meet a condition. URL Conventions §4.15 */
export const combinations: Kind = (place, generator) => {
  const { dice } = generator;
  const roots = place.world.roots.filter(({ path }) => !path.includes('/'));
  const left = dice.pick(roots);
  const right = dice.pick(roots.filter((root) => root !== left));
  const scope = {
    here: NOTHING,
    it: NOTHING,
    vars: [left, right].map(({ path, type }) => ({ name: path, type, isOwn: true })),
    computed: [],
    hasIt: false,
  };
  const types = { ...place.world.types, [NOTHING]: nothing };
  const within = new Generator({ ...place.world, types }, dice);
  return combined(place, left, right, within.condition(scope, 1 + dice.below(3)));
};

function combined(place: Place, left: Root, right: Root, expr: Expr): Case {
  const { service, world } = place;
  const keys = [left, right].map(({ path, type }) => ({ path, type: whole(world, type) }));
  const query = {
    $filter: expr.text,
    $expand: keys.map(({ path, type }) => `${path}($select=${type.key.join(',')})`).join(','),
    $count: 'true',
    ...expr.aliases,
  };
  const path = `$crossjoin(${left.path},${right.path})`;
  const check = async (): Promise<string | undefined> => {
    const faults = new Faults();
    const nothing: Row = { $type: NOTHING };
    const shape = (of: (path: string, name: string) => Value): string =>
      keys.flatMap(({ path: name, type }) => type.key.map((key) => keyOf(of(name, key)))).join();
    const wanted = left.rows.flatMap((a) =>
      right.rows.flatMap((b) => {
        const vars = { [left.path]: a, [right.path]: b };
        if (expr.of({ it: nothing, here: nothing, vars, faults }) !== true) return [];
        return [shape((name, key) => ((name === left.path ? a : b)[key] ?? null) as Value)];
      }),
    );
    const first = await service.get(withOptions(path, query), STRINGS);
    if (first.status !== 200) return refused(place, first.status, first.text, faults);
    const rest = first.nextLink === undefined ? [] : await service.all(first.nextLink, STRINGS);
    if (faults.unknown) return undefined;
    const found = [...first.value, ...rest].map((each) =>
      shape((name, key) => {
        const ty = keys.find((one) => one.path === name)?.type.props.find((prop) => prop.name === key)?.ty ?? 'string';
        return fromJson(ty, (each[name] as Json | undefined)?.[key], world.enums);
      }),
    );
    const isSame = JSON.stringify([...found].sort()) === JSON.stringify([...wanted].sort());
    if (!isSame) return `wrong rows: ${found.length} instead of ${wanted.length}`;
    const count = String(first.json['@odata.count']);
    return count === String(wanted.length) ? undefined : `wrong count: ${count} instead of ${wanted.length}`;
  };
  return {
    text: `${path} ${JSON.stringify(query)}`,
    size: expr.text.length,
    check,
    smaller: function* () {
      for (const other of smallerExpression(expr)) yield combined(place, left, right, other);
    },
  };
}
