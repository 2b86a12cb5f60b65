/** Members that are texts of their own, because no column of a row can be written as they are. */
import type { Field } from '../plan/plan';
import { keepsNull } from './default-value';
import { keepsNullIds, type Representation } from './representation';

/** What is within makes the object a text: collections, values behind types of their own, and nulls that go out where others are left out. */
export function isTextual(field: Field, representation: Representation): boolean {
  switch (field.kind) {
    case 'many':
    case 'nest':
    case 'dynamic':
    case 'untyped':
    case 'shared':
      return true;
    case 'stream':
      return field.isInline === true;
    case 'property':
      return keepsNull(field, representation);
    case 'transient':
      return keepsNullIds(representation);
    case 'complex':
      return [...field.fields, ...(field.computed ?? [])].some((part) => isTextual(part, representation));
    case 'one':
    case 'row':
      return (
        field.selection.variants !== undefined || field.selection.fields.some((part) => isTextual(part, representation))
      );
    default:
      return false;
  }
}
