/** Requests that make and end links: POST, PUT and DELETE of `…/$ref`. Protocol §11.4.6 */
import { odataError } from '../error';
import { readRequestBody } from '../http/request-body';
import { isArray, isObject, type JsonValue } from '../payload/json';
import { parseBody } from '../payload/parse-json';
import type { ReferenceWritePlan } from '../plan/write';
import type { Response } from './message';
import { addLinks, clearLinks, removeLink, replaceLinks, setLink } from './references';
import { checkAllowed } from './write-context';
import type { Writing } from './writing';

/** Answers a request that makes or ends links. */
export async function writeReferences(writing: Writing, plan: ReferenceWritePlan): Promise<Response> {
  const { context, conditions, negotiated } = writing;
  const { method } = negotiated.request;
  checkReference(plan, method);
  const { navigation, target, id } = plan;
  const links = { source: plan.source, target, navigation, conditions };
  if (id !== undefined && (method !== 'DELETE' || target.single || !navigation.collection))
    throw odataError(
      'OptionNotApplicable',
      { name: '$id', resource: 'links that are not taken out of a collection' },
      { target: '$id' },
    );
  if (method === 'POST') await addLinks(context, links, [await oneId(writing)]);
  else if (method === 'PUT' && navigation.collection) await replaceLinks(context, links, await manyIds(writing));
  else if (method === 'PUT') await setLink(context, links, await oneId(writing));
  else if (!navigation.collection) await setLink(context, links, null);
  else if (target.single || id !== undefined) await removeLink(context, links, id);
  else await clearLinks(context, links);
  return { status: 204, headers: {} };
}

function checkReference({ navigation, target }: ReferenceWritePlan, method: string): void {
  const writes = navigation.containsTarget
    ? []
    : !navigation.collection
      ? ['PUT', 'DELETE']
      : target.single
        ? ['DELETE']
        : ['POST', 'PUT', 'DELETE'];
  checkAllowed(['GET', 'HEAD', ...writes], [method], `${navigation.name}/$ref`);
}

async function bodyOf({ negotiated: { request, levels } }: Writing): Promise<JsonValue> {
  const body = readRequestBody(request.headers, request.body);
  return body ? parseBody(body.bytes, levels) : null;
}

const oneId = async (writing: Writing): Promise<string> => idOf(await bodyOf(writing));

function idOf(json: JsonValue): string {
  const id = isObject(json) ? (json.get('@id') ?? json.get('@odata.id')) : undefined;
  if (typeof id === 'string') return id;
  throw odataError('InvalidBody', {
    message: 'A reference is expected: a JSON object such as {"@odata.id":"EntitySet(key)"}.',
  });
}

async function manyIds(writing: Writing): Promise<readonly string[]> {
  const json = await bodyOf(writing);
  const value = isObject(json) ? json.get('value') : undefined;
  if (value !== undefined && isArray(value)) return value.map(idOf);
  throw odataError('InvalidBody', { message: 'References are expected: {"value":[{"@odata.id":"EntitySet(key)"}]}.' });
}
