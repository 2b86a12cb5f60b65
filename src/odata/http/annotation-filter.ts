/** The preference include-annotations: which instance annotations the client wants. Protocol §8.2.8.4. */

/** Tells whether an annotation, by qualified term name and qualifier, goes out. */
type AnnotationFilter = (term: string, qualifier?: string) => boolean;

interface Pattern {
  readonly exclude: boolean;
  readonly name: string;
  readonly qualifier: string | undefined;
  /** The more exact pattern wins; of equals the excluding one. */
  readonly rank: number;
}

function patternOf(text: string): Pattern {
  const exclude = text.startsWith('-');
  const [name = '', qualifier] = (exclude ? text.slice(1) : text).split('#');
  const breadth = name === '*' ? 0 : name.endsWith('.*') ? 1000 + name.length : 100_000;
  return { exclude, name, qualifier, rank: breadth * 4 + (qualifier === undefined ? 0 : 2) + (exclude ? 1 : 0) };
}

const fits = ({ name, qualifier }: Pattern, term: string, given: string | undefined): boolean =>
  (qualifier === undefined || qualifier === given) &&
  (name === '*' || name === term || (name.endsWith('.*') && term.startsWith(name.slice(0, -1))));

const identifier = '[\\p{L}_][\\p{L}\\p{Nd}_]*';
const pattern = `-?(?:\\*|${identifier}(?:\\.${identifier})*\\.(?:\\*|${identifier}))(?:#${identifier})?`;
const listOfPatterns = new RegExp(`^${pattern}(?:\\s*,\\s*${pattern})*$`, 'u');

/** The list when it is one: terms and groups of terms are qualified names. Protocol §8.2.8.4. */
export const annotationList = (value: string | undefined): string | undefined =>
  value !== undefined && listOfPatterns.test(value.trim()) ? value : undefined;

/** Makes the filter of a list such as `display.*,-*`; what no pattern fits stays out. Protocol §8.2.8.4. */
export function annotationFilter(list: string): AnnotationFilter {
  const patterns = list
    .split(',')
    .map((text) => text.trim())
    .filter((text) => text !== '')
    .map(patternOf)
    .sort((a, b) => b.rank - a.rank);
  return (term, qualifier) => {
    const first = patterns.find((pattern) => fits(pattern, term, qualifier));
    return first !== undefined && !first.exclude;
  };
}
