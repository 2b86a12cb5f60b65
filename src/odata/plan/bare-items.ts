/** Collections whose items are values, not objects that hold them. JSON §11, §12 */
import { untyped } from '../model/edm';
import type { EdmType } from '../model/model';
import { VALUE } from '../model/row-type';
import { heldValue } from './dynamic-property';
import type { CollectionPlan, Field } from './plan';
import { boundProperty } from './select';

/** Rows of values without declared parts: an object with the value says no more than that, one that is an object is the item itself. JSON §11, §12 */
export function ofValues(type: EdmType, collection: CollectionPlan): CollectionPlan {
  if (type.kind !== 'primitive' && type.kind !== 'enum' && type !== untyped) return collection;
  const { selection } = collection;
  const { range } = selection;
  const { whole } = range.type;
  if (type === untyped && whole) {
    const value = heldValue(VALUE, boundProperty(range, whole));
    const field: Field = { kind: 'untyped', name: VALUE, value, isAlone: true };
    return { ...collection, selection: { ...selection, fields: [field], isBare: true } };
  }
  const alone = (field: Field): Field =>
    field.kind === 'property' && field.value.property === whole ? { ...field, name: '' } : field;
  return { ...collection, selection: { ...selection, fields: selection.fields.map(alone), isBare: true } };
}
