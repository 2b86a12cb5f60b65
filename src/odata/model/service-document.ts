/** The entries of the service document. JSON Format 4.01 §5, Protocol §11.1.1 */
import type { Model } from './model';

/** One resource at the service root. */
export interface ServiceDocumentEntry {
  readonly name: string;
  readonly kind: 'EntitySet' | 'Singleton' | 'FunctionImport';
  /** Relative to the service root. */
  readonly url: string;
}

/** The resources at the service root, in the order of the model. Contained collections are not among them. */
export const serviceDocument = ({ entitySets }: Model): readonly ServiceDocumentEntry[] =>
  [...entitySets.keys()].map((name) => ({ name, kind: 'EntitySet', url: encodeURIComponent(name) }));
