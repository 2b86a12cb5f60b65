/** What a request can repeat or nest without end, by how often it does. */

export const seq = (n: number, of: (index: number) => string, by = ''): string =>
  Array.from({ length: n }, (_, index) => of(index)).join(by);
export const rep = (text: string, n: number, by = ''): string => seq(n, () => text, by);
export const nest = (n: number, open: string, core: string, close: string): string =>
  open.repeat(n) + core + close.repeat(n);

const tree = '$root/Divisions,Matrix,code';
const levels =
  "com.sap.vocabularies.Hierarchy.v1.TopLevels(HierarchyNodes=$root/Divisions,HierarchyQualifier='Matrix',NodeProperty='code'";
const divisions = '$root/Divisions,Organization,division/code';

type Constructs = Readonly<Record<string, (n: number) => string>>;

/** No statement grows faster than the request. */
export const linear: Constructs = {
  '/$filter of $these': (n) => `customers${rep('/$filter(balance ge $these/aggregate(balance with average))', n)}`,
  'the same behind $root': (n) =>
    `customers?$filter=$root/customers${rep('/$filter(balance ge $these/aggregate(balance with average))', n)}/$count gt 1`,
  '$these within $these': (n) =>
    `customers${rep('/$filter($these/$count($filter=balance gt $these/aggregate(balance with average)) gt 1)', n)}`,
  '$these twice in each': (n) =>
    `customers${rep('/$filter($these/$count gt 1 and $these/aggregate(balance with max) ge balance)', n)}`,
  'item filters': (n) => `Hotels('grand')/rooms${rep('/$filter($these/$count gt 1)', n)}`,
  'item filters count': (n) => `Hotels('grand')/rooms${rep('/$filter($these/$count gt 1)', n)}/$count`,
  'item filters 0': (n) => `Hotels('grand')/rooms${rep('/$filter($these/$count gt 1)', n)}/0/name`,
  'value filters': (n) => `Hotels('grand')/kinds${rep('/$filter($these/$count gt 1)', n)}`,
  'value filters 2': (n) => `Hotels('grand')/kinds${rep('/$filter($these/$count gt 1 and $these/$count lt 9)', n)}`,
  'value filters any': (n) =>
    `Hotels?$filter=kinds${rep('/$filter($these/$count gt 1 and $these/$count lt 9)', n)}/any()`,
  'item filters any': (n) =>
    `Hotels?$filter=rooms${rep('/$filter($these/$count gt 1 and $these/$count lt 9)', n)}/any()`,
  'apply filters': (n) =>
    `customers?$apply=${rep('filter(balance ge $these/aggregate(balance with average))', n, '/')}`,
  'apply top': (n) => `customers?$apply=${rep('topcount($these/$count div 2 add 1,balance)', n, '/')}`,
  'apply topsum': (n) => `customers?$apply=${rep('topsum($these/aggregate(balance with sum) div 2,balance)', n, '/')}`,
  'apply skip': (n) => `customers?$apply=${rep('orderby(number)/skip(1)/top(100)', n, '/')}`,
  'compute round': (n) => `customers?$filter=${nest(n, 'round(', 'balance', ' add 1)')} gt 1`,
  substring: (n) => `customers?$filter=${nest(n, 'substring(', 'number', ',1)')} eq 'x'`,
  trim: (n) => `customers?$filter=${nest(n, 'trim(', 'number', ')')} eq 'x'`,
  'case fn': (n) => `customers?$filter=${nest(n, 'case(balance gt 1:', 'balance', ',true:1)')} gt 1`,
  'case cond': (n) => `customers?$filter=${nest(n, 'case(', 'balance gt 1', ':true,true:false)')}`,
  indexof: (n) => `customers?$filter=${nest(n, 'indexof(number,cast(', '1', ',Edm.String))')} eq 1`,
  'days add': (n) => `customers?$filter=${nest(n, '(', 'lastModifiedDateTime', " add duration'P1D')")} gt now()`,
  div: (n) => `customers?$filter=${nest(n, '(', 'balance', ' div 2)')} gt 1`,
  'div left': (n) => `customers?$filter=${nest(n, '(2 div ', 'balance', ')')} gt 1`,
  neg: (n) => `customers?$filter=${nest(n, '-(', 'balance', ')')} gt 1`,
  not: (n) => `customers?$filter=${nest(n, 'not (', 'balance gt 1', ')')}`,
  parens: (n) => `customers?$filter=${nest(n, '(', 'balance gt 1', ')')}`,
  'eq bool': (n) => `customers?$filter=${nest(n, '(', 'balance gt 1', ' eq true)')}`,
  'ne null': (n) => `customers?$filter=${nest(n, '(', 'balance gt 1', ' ne null)')}`,
  'eq tree': (n) => `customers?$filter=${nest(n, '(blocked eq null) eq (', 'balance gt 1', ')')}`,
  ands: (n) => `customers?$filter=${rep('balance gt 1', n, ' and ')}`,
  ors: (n) => `customers?$filter=${rep('balance gt 1', n, ' or ')}`,
  'in list': (n) => `customers?$filter=balance in (${rep('1', n, ',')})`,
  adds: (n) => `customers?$filter=${rep('balance', n, ' add ')} gt 1`,
  lambdas: (n) =>
    `customers?$filter=${seq(n, (i) => `${i ? `i${i - 1}/customer/` : ''}salesInvoices/any(i${i}:`)}true${')'.repeat(n)}`,
  'lambda all': (n) =>
    `customers?$filter=${seq(n, (i) => `${i ? `i${i - 1}/customer/` : ''}salesInvoices/all(i${i}:`)}true${')'.repeat(n)}`,
  'concat fn': (n) => `customers?$filter=${nest(n, 'concat(', 'number', ",'a')")} eq 'x'`,
  tol: (n) => `customers?$filter=${nest(n, 'tolower(toupper(', 'number', '))')} eq 'x'`,
  navs: (n) => `salesInvoices?$filter=${rep('customer/salesInvoices/$count gt 1', n, ' and ')}`,
  aliases: (n) => `customers?$filter=@a0&${seq(n, (i) => `@a${i}=(@a${i + 1})`, '&')}&@a${n}=balance gt 1`,
  'aliases of one another': (n) =>
    `customers?$filter=@a0&${seq(n, (i) => `@a${i}=@a${i + 1}`, '&')}&@a${n}=balance gt 1`,
  'paths behind aliases': (n) =>
    `customers?$filter=@a0/city eq 'x'&${seq(n, (i) => `@a${i}=@a${i + 1}`, '&')}&@a${n}=address`,
  'lists behind aliases': (n) =>
    `customers?$filter=number in @a0&${seq(n, (i) => `@a${i}=@a${i + 1}`, '&')}&@a${n}=["x"]`,
  'arguments behind aliases': (n) =>
    `agedReceivables(asOf=@a0)?${seq(n, (i) => `@a${i}=@a${i + 1}`, '&')}&@a${n}=2024-03-31`,
  search: (n) => `customers?$search=${nest(n, 'NOT (', 'a', ')')}`,
  'search or': (n) => `customers?$search=${rep('a', n, ' OR ')}`,
  'search and': (n) => `customers?$search=${rep('a b', n, ' ')}`,
  select: (n) => `customers?$select=${rep('number,address/city', n, ',')}`,
  orderby: (n) => `customers?$orderby=${rep('balance mul 2', n, ',')}`,
  crossjoin: (n) => `$crossjoin(customers,salesInvoices)?$filter=${rep('customers/balance gt 1', n, ' and ')}`,
  groupbys: (n) => `customers?$apply=${seq(n, () => `groupby((number,balance))`, '/')}`,
  aggregates: (n) =>
    `customers?$apply=groupby((number),aggregate(balance with sum as b0))/${seq(n, (i) => `groupby((number),aggregate(b${i} with sum as b${i + 1}))`, '/')}`,
  'concat wide': (n) => `customers?$apply=concat(${rep('identity', n + 1, ',')})`,
  rollups: (n) =>
    `customers?$apply=groupby((rollup(number,displayName)),aggregate($count as n0))/${seq(n, (i) => `groupby((rollup(number,displayName)),aggregate(n${i} with sum as n${i + 1}))`, '/')}`,
  joins: (n) => `customers?$apply=${seq(n, (i) => `join(salesInvoices as s${i})`, '/')}`,
  addnesteds: (n) =>
    `customers?$apply=${seq(n, (i) => `addnested(salesInvoices,filter(status ne 'Draft') as s${i})`, '/')}`,
  'addnested these': (n) =>
    `customers?$apply=addnested(salesInvoices,${rep('filter($these/$count gt 1)', n, '/')} as s0)`,
  'group these': (n) =>
    `customers?$apply=groupby((number,balance))/${rep('filter($these/$count gt 1)/groupby((number,balance))', n, '/')}`,
  'group in these': (n) =>
    `customers?$apply=groupby((currencyCode),${rep('filter(balance ge $these/aggregate(balance with average))', n, '/')})`,
  'eq items': (n) => `Hotels?$filter=${nest(n, '(rooms eq rooms) eq (', 'rooms eq rooms', ')')}`,
  min: (n) => `customers?$apply=aggregate(${seq(n, (i) => `balance with max as m${i}`, ',')})`,
  'aggregates of paths': (n) =>
    `customers?$apply=aggregate(${seq(n, (i) => `salesInvoices/remainingAmount with sum as m${i}`, ',')})`,
  all: (n) => `$all?$filter=${rep('true', n, ' and ')}`,
  casts: (n) => `Contacts${rep('/Trip.Pin.Employee', n)}`,
  'case wide': (n) => `customers?$filter=case(${rep('balance gt 1:1', n, ',')}) gt 1`,
  'functions behind functions': (n) =>
    `customers?$filter=${seq(n, (i) => `${i ? `i${i - 1}/customer/` : ''}Microsoft.NAV.openInvoices()/any(i${i}:`)}true${')'.repeat(n)}`,
  '$filter within lambdas': (n) =>
    `customers?$filter=${nest(n, "salesInvoices/$filter(status ne 'Draft')/any(i:i/customer/", 'salesInvoices/any()', ')')}`,
  'lambdas over values': (n) =>
    `Hotels?$filter=${seq(n, (i) => `kinds/any(i${i}:`)}${seq(n, (i) => `i${i} ne 'Double'`, ' and ')}${')'.repeat(n)}`,
  'lambdas over items': (n) =>
    `Hotels?$filter=${seq(n, (i) => `rooms/all(i${i}:`)}${seq(n, (i) => `i${i}/beds gt 1`, ' or ')}${')'.repeat(n)}`,
  '$root within $root': (n) =>
    `customers?$filter=${nest(n, '$root/customers/$filter(balance gt 1 and ', 'true', ')/$count gt 1')}`,
  '$count within $count': (n) =>
    `customers?$filter=${nest(n, 'salesInvoices/$count($filter=customer/', 'salesInvoices/$count gt 1', ') gt 1')}`,
  '$count within $expand': (n) =>
    `customers?$expand=salesInvoices/$count($filter=${rep('$it/balance gt 1', n, ' and ')})`,
  '$these within $expand': (n) => `customers?$expand=salesInvoices($filter=${rep('$these/$count gt 1', n, ' and ')})`,
  '$apply within $expand': (n) =>
    `customers?$expand=salesInvoices($apply=${rep('topcount($these/$count,remainingAmount)', n, '/')})`,
  'join of $these': (n) => `customers?$apply=join(salesInvoices as s,${rep('filter($these/$count gt 1)', n, '/')})`,
  'order by $these': (n) => `customers?$orderby=${rep('$these/$count mul balance', n, ',')}`,
  'an alias of objects': (n) => `Hotels?$filter=@a eq rooms&@a=[${rep('{"name":"x","beds":1}', n, ',')}]`,
  'an alias of deep JSON': (n) => `customers?$filter=@a eq null&@a=${nest(n, '{"a":', '1', '}')}`,
  'an alias of JSON': (n) => `customers?$filter=number in @a&@a=[${rep('"x"', n, ',')}]`,
  'starts of traverse': (n) => `Divisions?$apply=traverse(${tree},preorder,${rep('filter(number gt 1)', n, '/')})`,
  'orders of traverse': (n) => `Divisions?$apply=traverse(${tree},preorder,${rep('number mul 2', n, ',')})`,
  traverses: (n) => `Divisions?$apply=${rep(`traverse(${tree},preorder)`, n, '/')}`,
  ExpandLevels: (n) =>
    `Divisions?$apply=${levels},ExpandLevels=[${seq(n, (i) => `{"NodeID":"${i}","Levels":1}`, ',')}])`,
  'descendants within descendants': (n) =>
    `Divisions?$apply=${nest(n, `descendants(${tree},`, 'filter(number gt 1)', ',keep start)')}`,
  'ancestors of descendants': (n) =>
    `Divisions?$apply=${nest(n, `ancestors(${tree},descendants(${tree},`, 'filter(number gt 1)', ',2),keep start)')}`,
  'within rolluprecursive': (n) =>
    `Deals?$apply=groupby((rolluprecursive(${divisions})),${rep('filter(amount gt 1)', n, '/')}/aggregate($count as n))`,
  'starts of rolluprecursive': (n) =>
    `Deals?$apply=groupby((rolluprecursive(${divisions},${rep('filter(number gt 1)', n, '/')})),aggregate($count as n))`,
  'aggregates of rolluprecursive': (n) =>
    `Deals?$apply=groupby((rolluprecursive(${divisions})),aggregate(${seq(n, (i) => `amount with max as m${i}`, ',')}))`,
  isdescendant: (n) =>
    `Divisions?$filter=${seq(n, (i) => `Org.OData.Aggregation.V1.isdescendant(HierarchyNodes=$root/Divisions,HierarchyQualifier='Matrix',Node=code,Ancestor='${i}')`, ' or ')}`,
};

/** What hundreds and thousands stand side by side of. */
export const wide: Constructs = {
  'names of $compute': (n) => `customers?$compute=${seq(n, (i) => `1 as x${i}`, ',')}&$select=x0`,
  'names that are selected': (n) =>
    `customers?$compute=${seq(n, (i) => `1 as x${i}`, ',')}&$select=${seq(n, (i) => `x${i}`, ',')}`,
  'names behind concat': (n) =>
    `customers?$apply=concat(aggregate(balance with max as b),identity)/compute(${seq(n, (i) => `1 as x${i}`, ',')})`,
  'names that rows are grouped by': (n) =>
    `customers?$apply=compute(${seq(n, (i) => `1 as x${i}`, ',')})/groupby((${seq(n, (i) => `x${i}`, ',')}))`,
  'aggregates that rows are grouped by': (n) =>
    `customers?$apply=groupby((number),aggregate(${seq(n, (i) => `balance with max as x${i}`, ',')}))/groupby((${seq(n, (i) => `x${i}`, ',')}))`,
  'one property many times': (n) => `customers?$apply=groupby((${rep('number', 3 * n, ',')}))`,
  'lists in a list': (n) => `customers?$filter=[number,displayName] in [${rep("['a','b']", n, ',')}]`,
  'items of collections': (n) => `Hotels?$filter=${rep('rooms/any(r:r/beds gt 1)', n, ' or ')}`,
};

/** Each of many speaks of each of the others. */
export const square: Constructs = {
  TopLevels: (n) => `Divisions?$apply=${rep(`${levels})`, n, '/')}`,
  'rolluprecursive beside one another': (n) =>
    `Deals?$apply=concat(${rep(`groupby((rolluprecursive(${divisions})),aggregate($count as n))`, n + 1, ',')})`,
  '$these behind /$filter': (n) =>
    `customers${rep('/$filter(balance ge 1)', n)}?$filter=${rep('$these/$count gt 1', n, ' and ')}`,
  'concat nest': (n) => `customers?$apply=${nest(n, 'concat(identity,', 'identity', ')')}`,
  nests: (n) => `customers?$apply=${seq(n, (i) => `nest(filter(balance gt 1) as s${i})`, '/')}`,
  'addnested self': (n) =>
    `customers?$apply=addnested(salesInvoices,identity as s0)/${seq(n, (i) => `addnested(s${i},filter(status ne 'Draft') as s${i + 1})`, '/')}`,
  'join these': (n) =>
    `customers?$apply=${seq(n, (i) => `join(salesInvoices as s${i})/filter($these/$count gt 1)`, '/')}`,
};

/** What doubles each time, up to a limit. */
export const bounded: Constructs = {
  'aggregates of rollup': (n) =>
    `customers?$apply=groupby((rollup(${rep('number', n, ',')})),aggregate(${seq(n, (i) => `$count as m${i}`, ',')}))`,
  'aggregates of two rollups': (n) =>
    `customers?$apply=groupby((rollup(${rep('number', 9, ',')}),rollup(${rep('displayName', 9, ',')})),aggregate(${seq(n, (i) => `$count as m${i}`, ',')}))`,
  'names of all types': (n) => `$all?$compute=${seq(n, (i) => `1 as x${i}`, ',')}`,
  'orders of all types': (n) => `$all?$orderby=${rep('1', n, ',')}`,
  'conditions of many structures': (n) =>
    `customers?$apply=concat(${rep('identity', 50, ',')})/filter(${rep('balance gt 1', n, ' and ')})`,
  descendants: (n) => `Divisions?$apply=${rep(`descendants(${tree},filter(number gt 1),keep start)`, n, '/')}`,
  ancestors: (n) => `Divisions?$apply=${rep(`ancestors(${tree},topcount(9,number),1)`, n, '/')}`,
  'apply compute': (n) =>
    `customers?$apply=compute(balance as x0)/${seq(n, (i) => `compute(x${i} add x${i} as x${i + 1})`, '/')}`,
  'apply compute these': (n) =>
    `customers?$apply=compute(balance as x0)/${seq(n, (i) => `compute(x${i} add $these/aggregate(x${i} with sum) as x${i + 1})`, '/')}`,
  'apply compute these filter': (n) =>
    `customers?$apply=${seq(n, (i) => `compute($these/aggregate(balance with max) as x${i})/filter(balance lt x${i})`, '/')}`,
  compute: (n) =>
    `customers?$compute=balance as x0,${seq(n, (i) => `x${i} add x${i} as x${i + 1}`, ',')}&$select=x${n}`,
  'compute str': (n) =>
    `customers?$compute=number as x0,${seq(n, (i) => `concat(x${i},x${i}) as x${i + 1}`, ',')}&$select=x${n}`,
  expand: (n) => `customers?$expand=${nest(n, 'salesInvoices($expand=customer($expand=', 'salesInvoices', '))')}`,
  'order these mul': (n) => `customers?$apply=${rep('orderby($these/$count mul balance)/top(5)', n, '/')}`,
  'order these skip join': (n) =>
    `customers?$apply=${rep('orderby($these/$count mul balance)/skip(5)/filter($these/$count gt 1)', n, '/')}`,
  'levels b c': (n) => `customers?$expand=*($levels=${n})`,
  levels: (n) => `Guests?$expand=*($levels=${n})`,
  'aliases 2': (n) =>
    `customers?$filter=@a0&${seq(n, (i) => `@a${i}=(@a${i + 1} and @a${i + 1})`, '&')}&@a${n}=balance gt 1`,
  'aliases add': (n) =>
    `customers?$filter=@a0 gt 1&${seq(n, (i) => `@a${i}=(@a${i + 1} add @a${i + 1})`, '&')}&@a${n}=balance`,
  concats: (n) => `customers?$apply=${rep('concat(identity,identity)', n, '/')}`,
  'addnested nest': (n) =>
    `customers?$apply=${seq(n, (i) => `addnested(${i % 2 ? 'customer' : 'salesInvoices'},`)}identity${seq(n, (i) => ` as s${n - i})`)}`,
  'concat these': (n) =>
    `customers?$apply=${rep('filter($these/$count gt 1)/concat(topcount(1,balance),topcount(2,balance))', n, '/')}`,
  'group compute these': (n) =>
    `customers?$apply=${seq(n, (i) => `compute($these/$count add ${i ? `x${i - 1}` : '0'} as x${i})/groupby((number,balance,x${i}))`, '/')}`,
  'order these': (n) => `customers?$apply=${rep('orderby($these/$count)/top(5)', n, '/')}`,
};
