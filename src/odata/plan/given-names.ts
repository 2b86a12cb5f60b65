/** The names that the request gave entities by the whole of which rows are grouped, and what rows are told of them. Data Aggregation §3.1.2 */
import { edm } from '../model/edm';
import type { Property } from '../model/model';
import type { PlanContext } from './context';
import { hiddenProperty } from './derived-type';
import { asRow, keysOf, type Group, type MadeAgain } from './group';
import { asOne } from './own-functions';
import type { Bound } from './plan';
import { wholeNumber } from './row-values';
import { ofAll, textOf, textOfMade, type Choose } from './shapes';

/** A name that the request gave an entity, and what that is: bare, because entities within it have names of their own. */
export interface Given {
  /** The names that lead to the entity, and this one. */
  readonly of: string;
  readonly name: string;
  readonly is: Group | MadeAgain;
  /** Values in one shape can be compared. */
  readonly shape: string;
}

export const isGroup = (is: Group | MadeAgain): is is Group => 'kind' in is;

/** An entity without what the request gave it, or what has such within it. */
export function bare(group: Group): Group {
  if (group.kind === 'value') return group;
  if (group.kind === 'parts') return { ...group, parts: group.parts.map(bare) };
  return { ...group, added: [], made: new Map(), isUneven: false };
}

/** The names in a group, to which `way` leads. */
export function givenIn(group: Group, way: string): readonly Given[] {
  if (group.kind === 'value') return [];
  const behind = (part: Group): readonly Given[] => givenIn(part, `${way}/${part.name}`);
  if (group.kind === 'parts') return group.parts.flatMap(behind);
  return [
    ...group.added.flatMap((one) => {
      const is = bare(one);
      return [{ of: way, name: one.name, is, shape: textOf(is) }, ...behind(one)];
    }),
    ...[...group.made].map(([name, is]) => ({ of: way, name, is, shape: textOfMade(is) })),
  ];
}

export const wayOf = ({ of, name }: Given): string => `${of}/${name}`;

/** Tells a name in one shape from all others. */
export const textOfGiven = (given: Given): string => `${wayOf(given)} ${given.shape}`;

/** The same for what is the same; never null. Values are so only in the same shape, collections whatever made them: one is not looked at that only one transformation has made of the entity alone. */
function markOf(given: Given, isOneShape: boolean): Bound {
  const { is } = given;
  const shape: Bound = { kind: 'value', slot: () => given.shape, type: edm('Edm.String'), nullable: false };
  const values = isGroup(is) ? [shape, ...keysOf([is])] : [isOneShape && !is.it ? shape : is.content()];
  return asOne(values);
}

/** A value of the rows that tell it, and the column in which all have it that are told. */
interface Held {
  readonly value: Bound;
  readonly property: Property;
}

/** What rows are told by one name: what tells it apart, the number of its shape, and its values in each. */
export interface ToldName {
  readonly way: string;
  readonly mark: Bound;
  readonly number: Held;
  readonly shapes: readonly (Given & { readonly values: readonly (Held | undefined)[] })[];
}

/** What rows of several groupings, of which some have the name, are told by it. */
export function toldName(context: PlanContext, choose: Choose, given: readonly (Given | undefined)[]): ToldName {
  const ones = given.flatMap((one) => one ?? []);
  const texts = [...new Set(ones.map(textOfGiven))];
  const shapes = texts.flatMap((text) => {
    const isOfShape = (one: Given | undefined): one is Given => one !== undefined && textOfGiven(one) === text;
    const groups = given.map((one) => (isOfShape(one) ? (isGroup(one.is) ? one.is : one.is.it) : undefined));
    const known = groups.some((group) => group !== undefined) ? ofAll(choose, groups, false) : undefined;
    const values = known ? keysOf([known]).map((value) => held(context, value)) : [];
    return ones
      .filter(isOfShape)
      .slice(0, 1)
      .map((first) => {
        if (isGroup(first.is)) return { ...first, is: known ?? first.is, values };
        return { ...first, is: { ...first.is, it: asRow(known) }, values };
      });
  });
  const number = held(
    context,
    choose(given.map((one) => (one ? wholeNumber(texts.indexOf(textOfGiven(one))) : { kind: 'null' }))),
  );
  const [way] = ones.map(wayOf);
  if (way === undefined || !number) throw new Error('A name is given by some');
  return {
    way,
    mark: choose(given.map((one) => (one ? markOf(one, texts.length === 1) : { kind: 'null' }))),
    number,
    shapes,
  };
}

function held(context: PlanContext, value: Bound): Held | undefined {
  if (value.kind === 'null') return undefined;
  return { value, property: hiddenProperty(context.nextColumn(), value.type) };
}

/** The columns that hold it. */
export const columnsIn = ({ number, shapes }: ToldName): readonly Held[] => [
  number,
  ...shapes.flatMap(({ values }) => values.flatMap((value) => value ?? [])),
];
