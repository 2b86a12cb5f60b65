/** What the writer of an answer puts around the columns of a statement. */
import type { JsonForm } from '../model/types';

/** One step of writing a row as JSON. Columns are counted from 0. */
export type Piece =
  | {
      readonly kind: 'value';
      /** Empty where it stands alone: it is the member `value`, and what is told of it is told of the object. JSON §11 */
      readonly name: string;
      readonly column: number;
      readonly form: JsonForm;
      /** Goes out beside the value, where that is not null. */
      readonly type?: string;
      /** The same as a column, where each value has a type of its own. */
      readonly typeColumn?: number;
      /** A column that is true where the value is its property's default, which then may be left out. */
      readonly isDefault?: number;
      /** A null is told although others may be left out: the default is another value. */
      readonly keepsNull?: boolean;
    }
  | { readonly kind: 'etag'; readonly column: number }
  /** `{"name":{…}}`, or null when all `tests` columns are null. */
  | {
      readonly kind: 'object';
      readonly name: string;
      readonly tests: readonly number[];
      readonly pieces: readonly Piece[];
    }
  /** The members of the structure that the text of the column stands for. */
  | { readonly kind: 'variants'; readonly column: number; readonly variants: ReadonlyMap<string, readonly Piece[]> }
  /** The bytes of a stream, in the form that their media type asks for. JSON §9, §10 */
  | {
      readonly kind: 'stream';
      readonly name: string;
      readonly content: number;
      readonly mediaType: number;
      /** The member that tells the media type; undefined where nothing is told. */
      readonly typeName: string | undefined;
    }
  /** A value of any type that stands alone: the members of an object, or `value` behind its type. JSON §10, §11 */
  | { readonly kind: 'untyped'; readonly column: number; readonly typeColumn: number | undefined }
  /** JSON as PostgreSQL wrote it, with marks where streams stand (compile/stream.ts). */
  | { readonly kind: 'marked'; readonly name: string; readonly column: number }
  /** Control information that is the same in every row. */
  | { readonly kind: 'constant'; readonly name: string; readonly value: string | null }
  /** Members as PostgreSQL wrote them, behind others; null where there are none. */
  | { readonly kind: 'members'; readonly column: number }
  /** All members as PostgreSQL wrote them. */
  | { readonly kind: 'raw'; readonly column: number }
  /** A URL made of texts and values of the key. */
  | { readonly kind: 'link'; readonly name: string; readonly parts: readonly (string | KeyColumn)[] };

/** A key value of the row, for links. */
export interface KeyColumn {
  readonly name: string;
  readonly column: number;
  readonly form: JsonForm;
}
