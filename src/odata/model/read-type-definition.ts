/** Names for primitive types with facets. CSDL §11 */
import type { PropertyOptions } from './decorators';
import type { EdmType, Facets, TypeDefinition } from './model';

type Sizes = Pick<Facets, 'maxLength' | 'precision' | 'scale'>;

/** Reads the type definitions that properties name; all that name one must mean the same. */
export class TypeDefinitionReader {
  readonly found = new Map<string, TypeDefinition>();

  constructor(private readonly problems: string[]) {}

  /** The definition of a property and the facets that it has by it, beside those of its column. */
  read(
    at: string,
    declared: NonNullable<PropertyOptions['typeDefinition']>,
    type: EdmType,
    column: Sizes,
  ): Sizes & { readonly definition?: TypeDefinition } {
    if (type.kind !== 'primitive') {
      this.problems.push(`${at}: a type definition needs a primitive type.`);
      return {};
    }
    const { name, description, ...sizes } = declared;
    const made: TypeDefinition = Object.freeze({ ...sizes, name, underlying: type.name, description });
    const known = this.found.get(name) ?? made;
    this.found.set(name, known);
    if (JSON.stringify(known) !== JSON.stringify(made))
      this.problems.push(`${at}: another property declares the type definition ${name} otherwise.`);
    if (!isHeld(sizes, column)) this.problems.push(`${at}: the column does not hold all values of ${name}.`);
    return { ...sizes, definition: known };
  }
}

const isHeld = (wanted: Sizes, column: Sizes): boolean =>
  (column.maxLength === undefined || column.maxLength >= (wanted.maxLength ?? 0)) &&
  (['precision', 'scale'] as const).every(
    (facet) => wanted[facet] === undefined || column[facet] === undefined || wanted[facet] === column[facet],
  );
