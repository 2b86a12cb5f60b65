/** A metadata document with the annotations that a client asks for. Protocol §8.2.8.4 */
import type { CsdlAnnotation, CsdlDocument, CsdlOptions } from './csdl';

interface Annotated {
  readonly annotations: readonly CsdlAnnotation[];
}

/** The document with some of its annotations, wherever they stand. */
export function withAnnotations(document: CsdlDocument, includes: NonNullable<CsdlOptions['includes']>): CsdlDocument {
  const kept = <T extends Annotated>(part: T): T => ({
    ...part,
    annotations: part.annotations.filter(({ term, qualifier }) => includes(term, qualifier)),
  });
  const { children, operations, container } = document;
  return kept({
    ...document,
    children: children.map((child) =>
      kept(
        child.kind === 'EnumType' || child.kind === 'TypeDefinition'
          ? child
          : { ...child, members: child.members.map((member) => kept(member)) },
      ),
    ),
    operations: operations.map((operation) => kept({ ...operation, parameters: operation.parameters.map(kept) })),
    container: kept({
      ...container,
      children: container.children.map((child) => kept(child)),
      imports: container.imports.map((one) => kept(one)),
    }),
  });
}
