/** The migrations in the order they are run. */
import { Initial1795500000000 } from './1795500000000-initial';
import { Posting1795700000000 } from './1795700000000-posting';
import { SearchIndexes1795600000000 } from './1795600000000-search-indexes';
import { TextIndexes1795600000001 } from './1795600000001-text-indexes';
import { KeptRequests1795800000000 } from './1795800000000-kept-requests';
import { PaymentImports1795900000000 } from './1795900000000-payment-imports';
import { ApiKeys1796100000000 } from './1796100000000-api-keys';
import { Changes1796200000000 } from './1796200000000-changes';
import { ChangesOfOneTable1796300000000 } from './1796300000000-changes-of-one-table';
import { ChangesFromOneTransaction1796400000000 } from './1796400000000-changes-from-one-transaction';
import { DefaultDimensions1796500000000 } from './1796500000000-default-dimensions';
import { InvoiceEntries1796600000000 } from './1796600000000-invoice-entries';

export const migrations = [
  Initial1795500000000,
  SearchIndexes1795600000000,
  TextIndexes1795600000001,
  Posting1795700000000,
  KeptRequests1795800000000,
  PaymentImports1795900000000,
  ApiKeys1796100000000,
  Changes1796200000000,
  ChangesOfOneTable1796300000000,
  ChangesFromOneTransaction1796400000000,
  DefaultDimensions1796500000000,
  InvoiceEntries1796600000000,
];
