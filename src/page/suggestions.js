/**
 * What an entity may be meant for, and a button that makes it so: a function that lists candidates, and an action that takes the id of one.
 * Found in the model: both are bound to the same type, and the candidates have a property with the name of the action's one parameter.
 */
import { toast } from './dialog.js';
import { button, element } from './element.js';
import { textOf } from './format.js';
import { cellsOf, linesTable } from './lines-table.js';
import { sendLong } from './long-request.js';
import { labelOf, listOf, objectOf } from './metadata.js';
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
        kind === 'Function' && parameters.length === 0 && returnsCollection && returns?.properties.has(parameter.name),
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
 * The parts of the panel; each fills itself, and is not seen when there is nothing to suggest.
 * @param {Model} model
 * @param {Location} location of an entity
 * @param {Json} row
 * @param {() => Promise<void>} reload
 * @returns {readonly HTMLElement[]}
 */
export const suggestionParts = (model, location, row, reload) =>
  suggestionsOf(model, location).map((suggestion) => {
    const place = element('section', { class: 'part', hidden: true });
    void fill(place, suggestion, location, row, reload);
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
  /** @type {readonly Json[]} */ let found;
  try {
    const { json } = await send(`${location.path}/${candidates.qualifiedName}()?$top=${MOST_SHOWN}`);
    found = listOf(json['value']).map(objectOf);
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    return;
  }
  // What the entity refers to already needs no suggestion.
  const others = found.filter((one) => !Object.values(row).includes(one[parameter]));
  if (others.length === 0) return;
  const properties = tellingProperties(suggestion);
  const label = labelOf(candidates.name);
  place.append(
    element('h3', {}, label),
    linesTable(
      label,
      properties.map((property) => ({ label: property.label, right: property.type === 'Edm.Decimal' })),
      others.map((one) => candidateLine(one, properties, suggestion, location, reload)),
    ),
  );
  place.hidden = false;
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
      try {
        await sendLong(`${location.path}/${action.qualifiedName}`, {
          method: 'POST',
          body: { [parameter]: candidate[parameter] },
        });
        toast(`${labelOf(action.name)} ${name}: done.`);
        await reload();
      } catch (error) {
        if (!(error instanceof RequestError)) throw error;
        toast(error.whole, 'problem');
        take.disabled = false;
      }
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
