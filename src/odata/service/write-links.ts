/** Links that a body sets: `nav@odata.bind`, `{"nav":{"@id":…}}`, entities that are written along. Protocol §11.4.2.1 */
import { odataError, ODataError } from '../error';
import { isOfType } from '../model/inheritance';
import type { EntityType, NavigationProperty } from '../model/model';
import type { Change, Value } from '../payload/change';
import { targetAs } from '../plan/resource-path';
import type { EntityWrite } from './entity-write';
import { leaf, leaves, type StoredRow } from './stored-row';
import type { RowLock } from './target-sql';
import type { Reference } from './write-context';
import type { Work } from './write-work';

/** Values of columns that a body cannot change. */
export type Tied = ReadonlyMap<string, string | null>;

/** The navigations that a body sets by reference, as values of foreign keys. They win over foreign keys in the body. */
export async function bind(work: Work, write: EntityWrite, fixed: Promise<Tied>): Promise<void> {
  const asked = [...write.change.bindings].map(
    async ([navigation, reference]) =>
      [navigation, reference === null ? undefined : await referenced(work, navigation, reference)] as const,
  );
  const [tied, ...found] = await Promise.all([fixed, ...asked]);
  for (const [navigation, row] of found) link(write, navigation, tied, (column) => row?.columns.get(column) ?? null);
}

/** Refers to entities that are written along with this one. */
export async function refer(write: EntityWrite, tied: Tied): Promise<void> {
  for (const [navigation, other] of write.referred) {
    await other.accepted();
    link(write, navigation, tied, (column) => other.end(column) ?? null);
  }
}

/** The row behind an id of the body. */
export async function referenced(
  work: Work,
  navigation: NavigationProperty,
  reference: string,
  lock?: RowLock,
): Promise<StoredRow> {
  if (work.isTurnOver) await work.nextTurn();
  const row = await work.referenced(navigation.target, resolved(work, navigation, reference), lock);
  if (row) return row;
  throw badReference(navigation, `'${reference}' refers to no existing record.`);
}

function resolved(work: Work, navigation: NavigationProperty, reference: string): Reference {
  try {
    const found = work.resolve(reference);
    const { type } = found.target.range;
    if (found.target.single && isOfType(type, navigation.target)) return found;
    if (found.target.single && isOfType(navigation.target, type))
      return { ...found, target: targetAs(work.model, found.target, navigation.target) };
  } catch (error) {
    if (!(error instanceof ODataError) || error.status >= 500) throw error;
    throw badReference(navigation, `'${reference}' is no id of an entity: ${error.message}`, error);
  }
  throw badReference(navigation, `'${reference}' is not the id of one ${navigation.target.name}.`);
}

function link(
  write: EntityWrite,
  navigation: NavigationProperty,
  tied: Tied,
  valueOf: (column: string) => string | null,
): void {
  if (!navigation.owning) throw badReference(navigation, 'It is set from the other side.');
  for (const { column, targetColumn } of navigation.join) {
    const value = valueOf(targetColumn);
    if (!tied.has(column)) setForeignKey(write, navigation, column, value);
    else if (tied.get(column) !== value) throw badReference(navigation, 'It contradicts the URL.');
  }
}

/** Sets a foreign key: by its property, so that the rules see it, or in its column when it has none. */
export function setForeignKey(
  { type, draft, links }: EntityWrite,
  navigation: NavigationProperty,
  column: string,
  value: string | null,
): void {
  const found = leaves(type).find((candidate) => candidate.column === column);
  if (!found) links.set(column, value);
  else if (found.property.computed) throw badReference(navigation, 'It cannot be changed.');
  else draft[found.path] = value;
}

/** True when an entity can be without the foreign key. */
export function isOptional(type: EntityType, column: string): boolean {
  const found = leaves(type).find((candidate) => candidate.column === column);
  if (found) return found.property.nullable && !found.property.computed;
  return [...type.joins.values()].some(
    ({ owning, nullable, join }) => owning && nullable && join.some((pair) => pair.column === column),
  );
}

/** A link of the body that cannot be set. */
export const badReference = ({ name }: NavigationProperty, reason: string, cause?: unknown): ODataError =>
  odataError(
    'Internal_InvalidTableRelation',
    { message: `The link "${name}" cannot be set. ${reason}` },
    { target: name, cause },
  );

/** A foreign key in the body must not name another parent than the URL does. Protocol §11.4.2.1 */
export function checkTied(type: EntityType, change: Change, tied: Tied): void {
  for (const [path, value] of change.values) {
    const found = leaf(type, path);
    if (!found || !tied.has(found.column) || tied.get(found.column) === value) continue;
    throw odataError('InvalidValue', { message: `The value of "${path}" contradicts the URL.` }, { target: path });
  }
}

/** Gives a draft the foreign keys that its place decides. */
export function takeTied({ type, draft }: EntityWrite, tied: Tied): void {
  for (const { path, property, column } of leaves(type))
    if (!property.computed && tied.has(column)) draft[path] = tied.get(column) ?? (null satisfies Value);
}
