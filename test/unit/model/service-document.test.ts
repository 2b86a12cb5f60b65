import { serviceDocument } from '../../../src/odata/model/service-document';
import { paymentsModel } from '../support/models';

test('lists the entity sets, and nothing that is contained', async () => {
  const names = [
    'companies',
    'customerPaymentJournals',
    'customers',
    'salesInvoices',
    'accounts',
    'dimensions',
    'dimensionValues',
    'customerLedgerEntries',
    'customerPaymentDetails',
  ];
  expect(serviceDocument(await paymentsModel())).toEqual(names.map((name) => ({ name, kind: 'EntitySet', url: name })));
});
