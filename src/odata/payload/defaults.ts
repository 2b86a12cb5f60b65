/** Defaults of properties. CSDL 4.01 §7.2.7 */
import { complexItems } from '../model/edm';
import type { EdmType, Property } from '../model/model';
import type { Single, Value } from './change';

/** The default of a property, which the model keeps as text, as a value; items of a collection stand in a JSON array. */
export function typedDefault({ type }: Pick<Property, 'type'>, text: string): Value {
  if (type.kind !== 'collection' || complexItems({ type })) return typedText(type, text);
  return (JSON.parse(text) as readonly (string | null)[]).map((item) => item && typedText(type.of, item));
}

function typedText(type: EdmType, text: string): Single {
  if (type.kind !== 'primitive') return text;
  if (type.name === 'Edm.Boolean') return text === 'true';
  const isSmallNumber =
    type.name === 'Edm.Int32' || type.name === 'Edm.Int16' || type.name === 'Edm.Byte' || type.name === 'Edm.SByte';
  return isSmallNumber ? Number(text) : text;
}
