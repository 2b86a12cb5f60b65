/** Values of annotations in expressions, as $metadata declares them. URL Conventions §5.1.1.16 */
import { odataError } from '../error';
import {
  described,
  navigationPropertyAnnotations,
  propertyAnnotations,
  streamAnnotations,
  typeAnnotations,
} from '../model/csdl-annotations';
import { offered } from '../model/capabilities';
import type { CsdlAnnotation, CsdlExpression } from '../model/csdl';
import { navigationAnnotations } from '../model/csdl-capabilities';
import { edm, untyped } from '../model/edm';
import { memberValue } from '../model/enum-values';
import type { Model, NavigationProperty, Property, Stream, StructuredType } from '../model/model';
import { vocabularyEnum, withAlias } from '../model/vocabulary-enums';
import { vocabularyTerms } from '../model/vocabulary-terms';
import { parseSegments } from '../url';
import type { PathSegment } from '../url/ast';
import { didYouMean } from '../url/did-you-mean';
import { untypedItems } from './coerce';
import { always } from './conditions';
import { placeOf, type PlanContext } from './context';
import type { Bound } from './plan';
import { saidOfRow, type Position } from './position';

type Segment = Extract<PathSegment, { kind: 'annotation' }>;

/** What a path leads to that starts where the annotated property is. CSDL §14.4.1 */
type Follow = (path: readonly PathSegment[]) => Bound;

const nowhere: Follow = () => ({ kind: 'null' });

/** Of a property. Null where the term is not applied to it. */
export const annotationOfProperty = (
  property: Property,
  key: readonly Property[],
  segment: Segment,
  follow: Follow,
): Bound => valueOf(propertyAnnotations(property, key), segment, follow);

/** Of a stream property, which has no value itself. */
export const annotationOfStream = (stream: Stream, segment: Segment, follow: Follow): Bound =>
  valueOf(streamAnnotations(stream), segment, follow);

/** Of an entity or a complex value: what is said of its type. */
export const annotationOfType = (
  { model }: Pick<PlanContext, 'model'>,
  type: StructuredType,
  segment: Segment,
): Bound => valueOf(annotationsOf(model, type), segment, nowhere);

/** Of a navigation property; of the one entity behind it where nothing is said of itself. */
export function annotationOfNavigation(
  { model }: PlanContext,
  navigation: NavigationProperty,
  behind: Position,
  segment: Segment,
): Bound {
  const annotations = [
    ...navigationPropertyAnnotations(model, navigation),
    ...navigationAnnotations(navigation, offered),
  ];
  const own = valueOf(annotations, segment, nowhere);
  if (own.kind !== 'null' || navigation.collection) return own;
  return saidOfRow(behind, annotationOfType({ model }, navigation.target, segment), segment.place);
}

/** Of what no model declares: what is said of the type of a complex value; null for others, if there is such a term. */
export const annotationOfComputed = ({ type }: Typed, segment: Segment): Bound =>
  valueOf(type.kind === 'complex' ? described(type) : [], segment, nowhere);

type Typed = Exclude<Bound, { kind: 'null' }>;

const annotationsOf = (model: Model, type: StructuredType): readonly CsdlAnnotation[] => {
  const entity = model.entityTypes.get(type.name);
  return entity ? typeAnnotations(model, entity) : described(type);
};

function valueOf(annotations: readonly CsdlAnnotation[], segment: Segment, follow: Follow): Bound {
  const name = withAlias(segment.name);
  const found = annotations.find(
    ({ term, qualifier }) => name === (qualifier === undefined ? term : `${term}#${qualifier}`),
  );
  if (found) return bound(found.value, follow);
  if (vocabularyTerms.has(name.replace(/#.*$/, ''))) return { kind: 'null' };
  const message = `There is no annotation @${segment.name} here.${didYouMean(name, [...vocabularyTerms])}`;
  throw odataError('InvalidValue', { message }, placeOf(segment.place));
}

/** Texts, numbers and members have their types, collections of texts are such; what else has parts tells its types itself. */
function bound(value: CsdlExpression, follow: Follow): Bound {
  if (typeof value === 'string') return constant(value, 'Edm.String');
  if (typeof value === 'number') return constant(String(value), 'Edm.Decimal');
  if (typeof value === 'boolean') return always(value);
  switch (value.kind) {
    case 'enum': {
      const type = vocabularyEnum(value.type);
      const text = value.members.join();
      const number = type && memberValue(type, text);
      if (!type || number === undefined) return constant(text, 'Edm.String');
      return { kind: 'value', slot: () => String(number), type, nullable: false };
    }
    case 'path':
      return value.of === 'Path' ? follow(parseSegments(value.path, value.path)) : constant(value.path, 'Edm.String');
    case 'collection': {
      const texts = value.items.map(jsonOf);
      if (!texts.every((text) => typeof text === 'string')) return untypedItems(untypedConstant(texts));
      const items = texts.map((text) => constant(text, 'Edm.String'));
      return { kind: 'list', items, type: { kind: 'collection', of: edm('Edm.String') }, nullable: false };
    }
    case 'record':
      return untypedConstant(jsonOf(value));
  }
}

function untypedConstant(value: unknown): Bound {
  const json = JSON.stringify(value);
  return { kind: 'value', slot: () => json, type: untyped, nullable: false };
}

/** The value as JSON, as payloads have it. JSON §7 */
function jsonOf(value: CsdlExpression): unknown {
  if (typeof value !== 'object') return value;
  switch (value.kind) {
    case 'enum':
      return value.members.join();
    case 'path':
      // What an instance has there is null: it is told of those that transformations leave.
      return value.of === 'Path' ? null : value.path;
    case 'collection':
      return value.items.map(jsonOf);
    case 'record':
      return Object.fromEntries(Object.entries(value.members).map(([name, member]) => [name, jsonOf(member)]));
  }
}

const constant = (text: string, type: 'Edm.String' | 'Edm.Decimal'): Bound => ({
  kind: 'value',
  slot: () => text,
  type: edm(type),
  nullable: false,
});
