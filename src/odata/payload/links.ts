/** Control information and navigations of a body: `@etag`, `nav@odata.bind`, `{"nav":{"@id":…}}`. JSON Format 4.01 §4.6, §8.5. */
import { odataError } from '../error';
import type { EntityType, NavigationProperty } from '../model/model';
import { didYouMean } from '../url/did-you-mean';
import type { Change, Value, WriteMode } from './change';
import { isArray, isObject, type JsonObject, type JsonValue } from './json';

/** A change while its body is read. */
export interface BodyDraft extends Change {
  readonly version: '4.0' | '4.01';
  readonly mode: WriteMode;
  readonly values: Map<string, Value>;
  readonly fixed: Map<string, Value>;
  readonly bindings: Map<NavigationProperty, string | null>;
  etag: string | undefined;
}

const later = (message: string, target: string): Error => odataError('NotImplemented', { message }, { target });
const wrong = (message: string, target: string): Error => odataError('InvalidBody', { message }, { target });

/** `odata.` before the name of control information may be left out in 4.01, and is optional for us always. JSON §4.6 */
const controlName = (name: string): string => (name.startsWith('odata.') ? name.slice('odata.'.length) : name);

/** Control information of the entity itself; annotations are not stored and ignored. JSON §4.6, §22 */
export function controlInformation(draft: BodyDraft, name: string, value: JsonValue): void {
  const control = controlName(name);
  if (control === 'type') return checkType(draft.type, value);
  if (control !== 'etag' || draft.version !== '4.01' || draft.mode === 'create' || value === null) return;
  if (typeof value !== 'string') throw wrong('The value of "@etag" must be a string.', '@etag');
  draft.etag = value;
}

function checkType(type: EntityType, value: JsonValue): void {
  const name =
    typeof value === 'string' ? value.slice(Math.max(value.lastIndexOf('.'), value.lastIndexOf('#')) + 1) : undefined;
  if (name !== type.name) throw wrong(`The type of the body must be '${type.name}'.`, '@odata.type');
}

/** Control information of a member: `customer@odata.bind` sets a navigation; annotations are ignored. Protocol §11.4.2.1 */
export function readBinding(draft: BodyDraft, name: string, term: string, value: JsonValue): void {
  const control = controlName(term);
  const target = `${name}@${term}`;
  if (control === 'delta') throw later('Nested changes of a collection are not offered by this service yet.', target);
  if (control !== 'bind') return;
  const navigation = draft.type.navigations.get(name);
  if (!navigation) {
    throw odataError(
      'UnknownProperty',
      { type: draft.type.name, name, hint: didYouMean(name, draft.type.navigations.keys()) },
      { target },
    );
  }
  if (navigation.collection) throw later(`Entities cannot be put into "${name}" by reference yet.`, target);
  if (value !== null && typeof value !== 'string')
    throw wrong(`The value of "${target}" must be the id of an entity, such as "customers(…)".`, target);
  bind(draft, navigation, value, target);
}

function bind(draft: BodyDraft, navigation: NavigationProperty, reference: string | null, target: string): void {
  if (reference === null && !navigation.nullable) throw wrong(`"${navigation.name}" must not be null.`, target);
  draft.bindings.set(navigation, reference);
}

/** A navigation with a value in its place: a reference, null, or entities to be written along with this one. */
export function readNavigation(draft: BodyDraft, navigation: NavigationProperty, value: JsonValue): void {
  const { name, collection } = navigation;
  if (collection ? !isArray(value) : value !== null && !isObject(value)) {
    throw wrong(`The value of "${name}" must be ${collection ? 'an array' : 'an object'}.`, name);
  }
  if (value === null) return bind(draft, navigation, null, name);
  const reference = isObject(value) ? referenceOf(value) : undefined;
  if (reference !== undefined) return bind(draft, navigation, reference, name);
  if (draft.mode === 'create' && isArray(value) && value.length === 0) return;
  if (draft.mode !== 'create' && draft.version === '4.0') {
    throw wrong(
      `An update in OData 4.0 cannot hold the entities of "${name}". Refer to one with "${name}@odata.bind".`,
      name,
    );
  }
  throw later(`Writing the entities of "${name}" together with this one is not offered by this service yet.`, name);
}

/** The id in an object that holds nothing else of the entity. JSON §14 */
function referenceOf(value: JsonObject): string | undefined {
  if ([...value.keys()].some((name) => !name.startsWith('@'))) return undefined;
  const id = value.get('@id') ?? value.get('@odata.id');
  return typeof id === 'string' ? id : undefined;
}
