/** The entries of the service document. JSON Format 4.01 §5, Protocol §11.1.1 */
import { isInServiceDocument } from './csdl-operations';
import type { Model } from './model';

/** One resource at the service root. */
interface ServiceDocumentEntry {
  readonly name: string;
  readonly kind: 'EntitySet' | 'Singleton' | 'FunctionImport';
  /** Relative to the service root. */
  readonly url: string;
}

/** The resources at the service root, in the order of the model. Contained collections are not among them. */
export function serviceDocument(model: Model): readonly ServiceDocumentEntry[] {
  const functions = model.operations.filter((operation) => !operation.binding && isInServiceDocument(model, operation));
  return [
    ...[...model.entitySets.keys()].map((name) => entry('EntitySet', name)),
    ...[...model.singletons.keys()].map((name) => entry('Singleton', name)),
    ...[...new Set(functions.map(({ name }) => name))].map((name) => entry('FunctionImport', name)),
  ];
}

const entry = (kind: ServiceDocumentEntry['kind'], name: string): ServiceDocumentEntry => ({
  name,
  kind,
  url: encodeURIComponent(name),
});
