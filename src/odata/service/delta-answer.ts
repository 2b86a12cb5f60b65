/** The delta that answers a delta: what was made and changed as it is now, what is gone, and what was refused. JSON §15 */
import type { Representation } from '../compile/representation';
import type { ODataError } from '../error';
import type { Version } from '../http/negotiate';
import type { Item } from '../payload/change';
import { isLink, type LinkItem } from '../payload/delta';
import { ownKey } from '../payload/entity-keys';
import type { Steps } from '../payload/turns';
import type { Target } from '../plan/plan';
import type { Bindings } from '../sql';
import { collectionUrl, contextPath, type ContextOf } from './context-url';
import type { DeltaResult } from './delta-write';
import { JsonOutput } from './json-output';
import { keyInUrl, type PreparedRead, type SingleRow } from './read';

/** How the answer is written. */
interface DeltaForm {
  readonly root: string;
  readonly target: Target;
  readonly bindings: Bindings;
  readonly version: Version;
  readonly representation: Representation;
  readonly withContext: boolean;
}

/** What was read back, by the place of its item; nothing where the client asked for nothing. */
interface ReadBack {
  readonly read: PreparedRead;
  readonly rows: readonly SingleRow[];
}

/** What an item without its properties is named by. */
interface Names {
  readonly prefix: string;
  /** The URL of the collection. */
  readonly path: string;
  readonly context: string;
  readonly version: Version;
  readonly target: Target;
}

/** Writes the answer, item by item. */
export function* deltaAnswer(
  { root, target, bindings, version, representation: { prefix }, withContext }: DeltaForm,
  results: readonly DeltaResult[],
  back: ReadBack | undefined,
): Steps<Buffer> {
  const row = back?.rows.find((one) => one?.exists)?.row;
  const shown: ContextOf = { bindings, version, home: back?.read.compiled.home, row };
  const context = `${root}$metadata#${contextPath(target.collectionPath, shown)}`;
  const names = { prefix, path: collectionUrl(target.collectionPath, shown), context, version, target };
  const output = new JsonOutput(4096);
  output.text('{');
  if (withContext) output.text(`"${prefix}context":${JSON.stringify(`${context}/$delta`)},`);
  output.text('"value":[');
  for (const [index, result] of results.entries()) {
    yield;
    if (index > 0) output.text(',');
    const own = back?.rows[index];
    if (!back || own?.exists !== true || result.refused !== undefined) {
      output.text(JSON.stringify(shortItem(result, names)));
      continue;
    }
    output.text('{');
    const contentId = entityOf(result)?.change.contentId;
    if (contentId !== undefined) output.text(`"@Core.ContentID":${JSON.stringify(contentId)}`);
    back.read.writer.members(own.row, output);
    output.text('}');
  }
  output.text(']}');
  return output.finish();
}

const entityOf = ({ item }: DeltaResult): Item | undefined => (item === undefined || isLink(item) ? undefined : item);

/** A relationship as it was sent. JSON §15.4, §15.5 */
const linkOf = ({ isAdded, source, relationship, target }: LinkItem, { prefix, context }: Names): object => ({
  [`${prefix}context`]: `${context}/${isAdded ? '$link' : '$deletedLink'}`,
  ...{ source, relationship, target },
});

const exception = (error: ODataError, operation: DeltaResult['operation']): object => ({
  '@Core.DataModificationException': exceptionOf(error, operation),
});

/** An item without its properties: a link, removed, refused, or left out under return=minimal. */
function shortItem(result: DeltaResult, names: Names): object {
  const { prefix, path, context, version, target } = names;
  const { key, refused, operation } = result;
  if (result.item && isLink(result.item))
    return { ...linkOf(result.item, names), ...(refused && exception(refused, operation)) };
  const item = entityOf(result);
  const contentId = item?.change.contentId === undefined ? {} : { '@Core.ContentID': item.change.contentId };
  const { type, identity } = target.range;
  const keyed =
    key ??
    keyOfItem(
      result,
      ownKey(type, identity?.kind === 'contained' ? identity.navigation : undefined).map(({ name }) => name),
    );
  const id = item?.change.id ?? (keyed ? `${path}${keyInUrl(target.range, keyed)}` : undefined);
  const named = id === undefined ? {} : { [`${prefix}id`]: id };
  if (refused) {
    const removed = operation === 'create' ? { [`${prefix}removed`]: { reason: 'deleted' } } : {};
    return { ...removed, ...named, ...contentId, ...exception(refused, operation) };
  }
  if (operation !== 'delete') return { ...named, ...contentId };
  const reason = item?.change.removed ?? 'deleted';
  if (version === '4.0') return { [`${prefix}context`]: `${context}/$deletedEntity`, id: id ?? '', reason };
  return { [`${prefix}removed`]: { reason }, ...named, ...contentId };
}

function keyOfItem(result: DeltaResult, names: readonly string[]): Readonly<Record<string, string>> | undefined {
  const key = entityOf(result)?.change.key;
  if (!key || names.some((name) => !key.has(name))) return undefined;
  return Object.fromEntries(names.map((name) => [name, String(key.get(name) ?? '')]));
}

const operations = { create: 'insert', update: 'update', delete: 'delete', link: 'link', unlink: 'unlink' } as const;

/** Core.DataModificationExceptionType */
const exceptionOf = (error: ODataError, operation: DeltaResult['operation']): object => ({
  failedOperation: operations[operation],
  responseCode: error.status,
  info: messageOf(error),
});

const messageOf = ({ code, message, target, details }: ODataError): object => ({
  code,
  message,
  severity: 'error',
  ...(target === undefined ? {} : { target }),
  ...(details.length === 0 ? {} : { details: details.map(messageOf) }),
});
