/** A request that writes a collection by a delta, from its headers to its answer, which is a delta too. Protocol §11.4.12, JSON §15 */
import { odataError, type ODataError } from '../error';
import { negotiateFormat } from '../http/negotiate';
import { appliedHeader } from '../http/preferences';
import { readRequestBody } from '../http/request-body';
import type { Item } from '../payload/change';
import { isLink, readDelta, type LinkItem } from '../payload/delta';
import { ownKey } from '../payload/entity-keys';
import type { EntityWritePlan } from '../plan/write';
import { collectionUrl, contextPath, type ContextOf } from './context-url';
import { navigationOf, writeDelta, writeEachItem, type DeltaResult } from './delta-write';
import { JsonOutput } from './json-output';
import type { Response } from './message';
import { wholeRepresentation } from './negotiated';
import { preparedRead, type Planned } from './planned';
import { callOf, keyInUrl, SingleRow } from './read';
import { withWrittenKey } from './write-answer';
import { checkMethod } from './write-context';
import { bodyVersion, type Writing } from './writing';

/** Answers a PATCH of a collection. */
export async function writeCollection(writing: Writing, planned: Planned<EntityWritePlan>): Promise<Response> {
  const { options, negotiated, context, bindings, conditions } = writing;
  const { request, preferences, version, format: option } = negotiated;
  const { plan, compiled } = planned;
  const { target } = plan;
  const format = negotiateFormat(request.headers['accept'], option, 'data', version);
  const representation = wholeRepresentation(options.model, format);
  const isMinimal = preferences.return === 'minimal';
  const read = isMinimal ? undefined : preparedRead(plan.readBack, compiled, representation);
  const rows: SingleRow[] = [];
  const readItem = (index: number, key: Readonly<Record<string, string>>) => {
    if (!read) return undefined;
    const row = new SingleRow();
    rows[index] = row;
    return callOf(read, withWrittenKey(bindings, key), row.onRow);
  };
  const isEach = preferences.continueOnError && context.database.isShared !== true;
  checkMethod(target, ['PATCH']);
  const write = isEach ? writeEachItem : writeDelta;
  const { results, tag } = await write(context, target, conditions, deltaOf(writing, planned), readItem);
  const applied = appliedHeader(preferences, [
    ...(preferences.return ? (['return'] as const) : []),
    ...(isEach ? (['continue-on-error'] as const) : []),
  ]);
  const headers = { ...applied, ...(tag === undefined ? {} : { ETag: tag }) };
  const hasFailed = results.some(({ refused }) => refused !== undefined);
  if (isMinimal && !hasFailed) return { status: 204, headers };
  const row = rows.find((one) => one?.exists)?.row;
  const shown: ContextOf = { bindings, version, home: read?.compiled.home, row };
  const path = collectionUrl(target.collectionPath, shown);
  const output = new JsonOutput(4096);
  const { prefix } = representation;
  const context4 = `${request.root}$metadata#${contextPath(target.collectionPath, shown)}`;
  output.text('{');
  if (format.metadata !== 'none') output.text(`"${prefix}context":${JSON.stringify(`${context4}/$delta`)},`);
  output.text('"value":[');
  results.forEach((result, index) => {
    if (index > 0) output.text(',');
    const own = rows[index];
    if (read && own?.exists === true && result.refused === undefined) {
      output.text('{');
      const contentId = entityOf(result)?.change.contentId;
      if (contentId !== undefined) output.text(`"@Core.ContentID":${JSON.stringify(contentId)}`);
      read.writer.members(own.row, output);
      output.text('}');
    } else output.text(JSON.stringify(shortItem(result, { prefix, path, context: context4, version, target })));
  });
  output.text(']}');
  return { status: 200, headers: { 'Content-Type': format.contentType, ...headers }, body: output.finish() };
}

function deltaOf(
  { options: { rules, model }, negotiated: { request, version } }: Writing,
  { plan }: Planned<EntityWritePlan>,
) {
  const body = readRequestBody(request.headers, request.body);
  if (!body) throw odataError('InvalidBody', { message: 'The request needs a body: a delta of the collection.' });
  return readDelta(body.bytes, navigationOf(plan.target), {
    version: bodyVersion(request, version),
    rulesOf: (type) => rules.of(type.target),
    namespace: model.namespace,
    enumTypes: model.enumTypes,
  });
}

interface DeltaShape {
  readonly prefix: string;
  readonly path: string;
  readonly context: string;
  readonly version: '4.0' | '4.01';
  readonly target: EntityWritePlan['target'];
}

const entityOf = ({ item }: DeltaResult): Item | undefined => (item === undefined || isLink(item) ? undefined : item);

/** A relationship as it was sent. JSON §15.4, §15.5 */
const linkOf = ({ isAdded, source, relationship, target }: LinkItem, { prefix, context }: DeltaShape): object => ({
  [`${prefix}context`]: `${context}/${isAdded ? '$link' : '$deletedLink'}`,
  ...{ source, relationship, target },
});

const exception = (error: ODataError, operation: DeltaResult['operation']): object => ({
  '@Core.DataModificationException': exceptionOf(error, operation),
});

/** An item without its properties: a link, removed, refused, or left out under return=minimal. */
function shortItem(result: DeltaResult, shape: DeltaShape): object {
  const { prefix, path, context, version, target } = shape;
  const { key, refused, operation } = result;
  if (result.item && isLink(result.item))
    return { ...linkOf(result.item, shape), ...(refused && exception(refused, operation)) };
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
