/** Paths to the properties that hold currencies: clients of the documents and expressions follow them. Measures.ISOCurrency, CSDL §14.4.1 */
import { complexItems } from './edm';
import type { NavigationProperty, Property } from './model';

/** What a path can go through from where the property that names it is declared. */
interface Structure {
  readonly properties: ReadonlyMap<string, Property>;
  readonly navigations?: ReadonlyMap<string, NavigationProperty>;
}

/** A sentence for each path of the structure, and of the complex values in it, that leads to no text. */
export const measureProblems = (structure: Structure): readonly string[] =>
  [...structure.properties.values()].flatMap((property) => {
    const { name, measure, source } = property;
    const path = measure && 'isoCurrencyOf' in measure ? measure.isoCurrencyOf : undefined;
    const isLost = path !== undefined && !leadsToText(structure, path.split('/'));
    const inner = source.kind === 'complex' ? source : complexItems(property);
    return [
      ...(isLost ? [`the path ${path} of ${name} leads to no text.`] : []),
      ...(inner ? measureProblems({ properties: inner.properties }) : []),
    ];
  });

function leadsToText({ properties, navigations }: Structure, [name = '', ...rest]: readonly string[]): boolean {
  const property = properties.get(name);
  if (property && rest.length === 0) return property.type.kind === 'primitive' && property.type.name === 'Edm.String';
  if (property) return property.source.kind === 'complex' && leadsToText(property.source, rest);
  const navigation = navigations?.get(name);
  return navigation !== undefined && !navigation.collection && leadsToText(navigation.target, rest);
}
