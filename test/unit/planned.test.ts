/** Plans are kept for the next request of their shape, as long as they do not take too much memory together. */
import { loadConfig } from '../../src/config';
import { defaultRequestLimits, Plans, requestLimits } from '../../src/odata/service/planned';
import { splitUrl } from '../../src/odata/url';
import { seq } from '../setup/constructs';
import { paymentsModel } from './support/models';

test('the limits of an engine without settings are those of the settings by default', () => {
  expect(defaultRequestLimits).toEqual(requestLimits(loadConfig({})));
});

test('many small plans are kept, and a few large ones', async () => {
  const plans = new Plans(await paymentsModel());
  const read = (target: string): unknown => plans.read(splitUrl(target)).planned;
  const first = read("customers?$filter=number eq '1'");
  for (let index = 0; index < 1000; index++) read(`customers?$top=1&$compute=balance as x${index}`);
  expect(read("customers?$filter=number eq '2'")).toBe(first);
  const large = (index: number): string => `customers?$filter=${seq(1500, () => 'balance gt 1', ' or ')}&x${index}=1`;
  const one = read(large(0));
  expect(read(large(0))).toBe(one);
  for (let index = 1; index < 100; index++) read(large(index));
  expect(read("customers?$filter=number eq '2'")).not.toBe(first);
  expect(read(large(99))).toBe(read(large(99)));
});
