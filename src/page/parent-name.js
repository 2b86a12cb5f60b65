/** A collection within an entity is called by that entity's name. */
import { titleOf } from './columns.js';
import { element } from './element.js';
import { RequestError, send } from './request.js';

/**
 * Writes the name into a heading, where the entity can be read.
 * @param {HTMLElement} heading
 * @param {import('./location.js').Location | undefined} location
 * @param {AbortSignal} signal
 */
export async function nameParent(heading, location, signal) {
  const { parent, via } = location ?? {};
  if (!parent || parent.collection || !via) return;
  try {
    const { json } = await send(parent.path, { signal });
    heading.replaceChildren(
      element('bdi', {}, titleOf(json, parent.type)),
      element('small', {}, ` ${via.label.toLowerCase()}`),
    );
  } catch (error) {
    if (!(error instanceof RequestError) && !signal.aborted) throw error;
  }
}
