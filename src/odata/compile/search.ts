/** The text that $search looks in: one expression for each entity type, so that one trigram index can serve it. */
import type { Property } from '../model/model';
import { containsPattern, foldCase } from '../plan/patterns';
import { SEPARATOR } from '../plan/search';
import { join, param, sql, textIn, type Slot, type Sql } from '../sql';

/** The searchable texts as one. Indexes are declared on exactly this expression. */
export const searchText = (properties: readonly Property[], valueOf: (property: Property) => Sql): Sql =>
  foldCase(
    sql`(${join(
      properties.map((property) => sql`coalesce(${valueOf(property)}, '')`),
      ` || ${SEPARATOR_TEXT} || `,
    )})`,
  );

const SEPARATOR_TEXT = `E'\\x${SEPARATOR.charCodeAt(0).toString(16)}'`;

/** True where the text holds the term. */
export const searchMatches = (text: Sql, term: Slot): Sql =>
  sql`(${text} like ${foldCase(param((bindings) => containsPattern(textIn(term, bindings)), 'text'))})`;
