/**
 * What an entity may be meant for, and a button that makes it so: an action that lists candidates, and one that takes the id of one of them.
 * Found in the model: both are bound to the same type, and the candidates have a property with the name of the other's one parameter. An action
 * may do something: nobody but a click asks for it.
 */
import { toast } from './dialog.js';
import { button, element } from './element.js';
import { textOf } from './format.js';
import { cellsOf, linesTable } from './lines-table.js';
import { sendLong } from './long-request.js';
import { labelOf, listOf, objectOf } from './metadata.js';
import { saying } from './problem.js';
import { RequestError, send } from './request.js';

/**
 * @typedef {import('./metadata.js').Json} Json
 * @typedef {import('./metadata.js').Model} Model
 * @typedef {import('./metadata.js').Operation} Operation
 * @typedef {import('./metadata.js').Property} Property
 * @typedef {import('./location.js').Location} Location
 * @typedef {{ readonly candidates: Operation, readonly action: Operation, readonly parameter: string }} Suggestion
 */

/** Candidates that are shown. */
const MOST_SHOWN = 5;

/**
 * @param {Model} model
 * @param {Location} location of an entity
 * @returns {readonly Suggestion[]}
 */
export function suggestionsOf({ operations }, { type }) {
  const bound = operations.filter(
    ({ boundTo, boundToCollection }) => boundTo === type.qualifiedName && !boundToCollection,
  );
  return bound.flatMap((action) => {
    const [parameter, ...others] = action.parameters;
    if (action.kind !== 'Action' || !parameter || others.length > 0) return [];
    const candidates = bound.find(
      ({ kind, parameters, returns, returnsCollection }) =>
        kind === 'Action' && parameters.length === 0 && returnsCollection && returns?.properties.has(parameter.name),
    );
    return candidates ? [{ candidates, action, parameter: parameter.name }] : [];
  });
}

/**
 * What tells candidates apart in a few words: the number beside the id, an amount, a date, and a text that may be empty.
 * @param {Suggestion} suggestion
 * @returns {readonly Property[]}
 */
function tellingProperties({ candidates, parameter }) {
  const properties = [...(candidates.returns?.properties.values() ?? [])];
  const prefix = parameter.replace(/Id$/, '');
  return [
    properties.find(({ name }) => name === `${prefix}Number` || name === `${prefix}Code`),
    properties.find(({ type }) => type === 'Edm.Decimal'),
    properties.findLast(({ type }) => type === 'Edm.Date'),
    properties.find(({ type, nullable, name }) => type === 'Edm.String' && nullable && !name.startsWith(prefix)),
  ].filter((property) => property !== undefined);
}

/**
 * The parts of the panel: a button each, and what it finds in its place.
 * @param {Model} model
 * @param {Location} location of an entity
 * @param {Json} row
 * @param {() => Promise<void>} reload
 * @returns {readonly HTMLElement[]}
 */
export const suggestionParts = (model, location, row, reload) =>
  suggestionsOf(model, location).map((suggestion) => {
    const { candidates } = suggestion;
    const place = element('section', { class: 'part', 'aria-live': 'polite' });
    const ask = button(
      labelOf(candidates.name),
      async () => {
        ask.disabled = true;
        try {
          await fill(place, suggestion, location, row, reload);
        } catch (error) {
          if (!(error instanceof RequestError)) throw error;
          toast(error.whole, 'problem');
          ask.disabled = false;
        }
      },
      candidates.description === '' ? {} : { title: candidates.description },
    );
    place.append(ask);
    return place;
  });

/**
 * @param {HTMLElement} place
 * @param {Suggestion} suggestion
 * @param {Location} location
 * @param {Json} row
 * @param {() => Promise<void>} reload
 */
async function fill(place, suggestion, location, row, reload) {
  const { candidates, parameter } = suggestion;
  const { json } = await send(`${location.path}/${candidates.qualifiedName}?$top=${MOST_SHOWN}`, {
    method: 'POST',
    body: {},
  });
  // What the entity refers to already needs no suggestion.
  const others = listOf(json['value'])
    .map(objectOf)
    .filter((one) => !Object.values(row).includes(one[parameter]));
  const properties = tellingProperties(suggestion);
  const label = labelOf(candidates.name);
  place.replaceChildren(
    element('h3', {}, label),
    others.length === 0
      ? element('p', { class: 'muted' }, 'Nothing fits.')
      : linesTable(
          label,
          properties.map((property) => ({ label: property.label, right: property.type === 'Edm.Decimal' })),
          others.map((one) => candidateLine(one, properties, suggestion, location, reload)),
        ),
  );
}

/**
 * @param {Json} candidate
 * @param {readonly Property[]} properties
 * @param {Suggestion} suggestion
 * @param {Location} location
 * @param {() => Promise<void>} reload
 */
function candidateLine(candidate, properties, { action, parameter }, location, reload) {
  const name = textOf(properties[0] && candidate[properties[0].name]);
  const take = button(
    labelOf(action.name).split(' ')[0] ?? '',
    async () => {
      take.disabled = true;
      const isDone = await saying(async () => {
        await sendLong(`${location.path}/${action.qualifiedName}`, {
          method: 'POST',
          body: { [parameter]: candidate[parameter] },
        });
        toast(`${labelOf(action.name)} ${name}: done.`);
        await reload();
      });
      take.disabled = isDone;
    },
    { title: action.description || `${labelOf(action.name)} ${name}` },
  );
  take.setAttribute('aria-label', `${labelOf(action.name)} ${name}`);
  const columns = properties.map((property) => ({
    path: property.name,
    property,
    right: property.type === 'Edm.Decimal',
  }));
  const cells = cellsOf(columns, candidate).map((cell, at) =>
    at > 0 && properties[at]?.type === 'Edm.String' ? { ...cell, text: labelOf(cell.text) } : cell,
  );
  return { cells, actions: [take] };
}
