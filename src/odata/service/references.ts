/** Links between entities that exist: each is an update of the entity with the foreign key, under the rules of its type. Protocol §11.4.6 */
import { odataError } from '../error';
import type { EntityType, NavigationProperty } from '../model/model';
import { emptyChange } from '../payload/change';
import { inTurns, type Steps } from '../payload/turns';
import type { Target } from '../plan/plan';
import { retrying } from './collision';
import type { EntityWrite, Under } from './entity-write';
import { isMember, members } from './members';
import { keyOf, type StoredRow } from './stored-row';
import { checkPreconditions, linkRow, unlink } from './update';
import { updateEntity } from './write';
import type { Preconditions, WriteContext } from './write-context';
import { referenced } from './write-links';
import { Work } from './write-work';

/** The links of a navigation of one entity. */
interface Links {
  readonly source: Target;
  /** The entities behind the navigation, or one of them. */
  readonly target: Target;
  readonly navigation: NavigationProperty;
  readonly conditions: Preconditions;
}

/** A link is no entity: If-Match is obeyed, but not asked for. */
const unconditional = (context: WriteContext): WriteContext => ({
  ...context,
  readBack: undefined,
  settings: { ...context.settings, requireIfMatch: false },
});

/** Sets or clears the link of a single-valued navigation. Protocol §11.4.6.3, §11.4.6.2 */
export async function setLink(context: WriteContext, links: Links, reference: string | null): Promise<void> {
  const { source, navigation, conditions } = links;
  if (!navigation.owning)
    return reference === null ? clearLinks(context, links) : replaceLinks(context, links, [reference]);
  if (reference === null && !navigation.nullable) throw needed(navigation);
  const bindings = new Map([[navigation, reference]]);
  const change = { ...emptyChange(source.range.type, 'update'), bindings };
  await updateEntity(unconditional(context), source, change, conditions);
}

const needed = ({ name }: NavigationProperty): Error =>
  odataError('InvalidValue', { message: `"${name}" must not be null.` }, { target: name });

/** Adds entities to a collection. Protocol §11.4.6.1 */
export const addLinks = (context: WriteContext, links: Links, references: readonly string[]): Promise<void> =>
  linking(context, links, async (work, parent) => {
    for (const reference of references) await add(work, parent, links, reference);
  });

async function add(work: Work, parent: EntityWrite, { navigation }: Links, reference: string): Promise<void> {
  const row = await referenced(work, navigation, reference, 'for no key update');
  linkRow(work, { kind: 'under', parent, navigation }, row, '');
}

/** Takes one entity out of a collection: the one that the path names, or the id. Protocol §11.4.6.2 */
export const removeLink = (context: WriteContext, links: Links, id: string | undefined): Promise<void> =>
  linking(context, links, async (work, parent, parentRow) => {
    const { navigation, target } = links;
    const row =
      id === undefined
        ? await work.row(target.steps, 'for no key update')
        : await referenced(work, navigation, id, 'for no key update');
    if (!(await isMember(work, navigation, parentRow, row)))
      throw odataError('Internal_RecordNotFound', { message: `The entity is not related by "${navigation.name}".` });
    unlink(work, { kind: 'under', parent, navigation }, row, '');
  });

/** Takes all entities out of a collection. Protocol §11.4.6.4 */
export const clearLinks = (context: WriteContext, links: Links): Promise<void> => replaceLinks(context, links, []);

/** Makes a collection hold the entities of the ids and no others. Protocol §11.4.6.4 */
export const replaceLinks = (context: WriteContext, links: Links, references: readonly string[]): Promise<void> =>
  linking(context, links, async (work, parent, parentRow) => {
    const { navigation } = links;
    const origin: Under = { kind: 'under', parent, navigation };
    const [before, ...wanted] = await Promise.all([
      members(work, navigation, parentRow),
      ...references.map((reference) => referenced(work, navigation, reference, 'for no key update')),
    ]);
    await inTurns(
      (function* (): Steps<void> {
        const [present, kept] = [yield* byKey(navigation.target, before), yield* byKey(navigation.target, wanted)];
        for (const [key, row] of present) {
          yield;
          if (!kept.has(key)) unlink(work, origin, row, '');
        }
        for (const [key, row] of kept) {
          yield;
          if (!present.has(key)) linkRow(work, origin, row, '');
        }
      })(),
    );
  });

function* byKey(type: EntityType, rows: readonly StoredRow[]): Steps<ReadonlyMap<string, StoredRow>> {
  const found = new Map<string, StoredRow>();
  for (const row of rows) {
    yield;
    found.set(JSON.stringify(keyOf(type, row)), row);
  }
  return found;
}

/** Runs `work` with the entity that the links start at, which is kept as it is. */
function linking(
  context: WriteContext,
  { source, conditions }: Links,
  change: (work: Work, parent: EntityWrite, row: StoredRow) => Promise<void>,
): Promise<void> {
  const asked = unconditional(context);
  return retrying(asked, async (transaction) => {
    const { type } = source.range;
    const work = new Work(asked, source, transaction);
    const parent = work.add('keep', emptyChange(type, 'update'), { kind: 'resource', target: source }, '');
    const row = await work.row(source.steps, 'for key share');
    checkPreconditions(asked, type, row, conditions, undefined);
    parent.current = row;
    parent.becomes(() => row.values);
    await change(work, parent, row);
    await work.settle();
    await work.finish({ key: keyOf(type, row), etag: undefined });
  });
}
