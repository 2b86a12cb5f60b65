import { didYouMean } from '../../../src/odata/url';

test.each([
  ['postingdate', ['postingDate', 'documentDate'], " Did you mean 'postingDate'?"],
  ['postnigDate', ['postingDate', 'documentDate'], " Did you mean 'postingDate'?"],
  ['contain', ['concat', 'contains'], " Did you mean 'contains'?"],
  ['$fitler', ['$filter', '$format'], " Did you mean '$filter'?"],
  ['amount', ['customerId', 'id'], ''],
  ['x', [], ''],
])('%s', (name, candidates, hint) => expect(didYouMean(name, candidates)).toBe(hint));
