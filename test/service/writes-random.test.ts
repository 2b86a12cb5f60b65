/**
 * Random writes of both models, one behind the other: a model in JavaScript says how each is answered and what the tables hold then. `WRITE_RUNS` makes it
 * longer, `WRITE_SEED` another one.
 */
import { Dice } from '../setup/random/dice';
import { pairTables, tripPinKinds } from '../setup/random/writes/kinds';
import { PaymentWrites } from '../setup/random/writes/payments';
import { Run } from '../setup/random/writes/run';
import { startService } from '../setup/service';
import { startTripPin } from '../setup/trip-pin/service';

const RUNS = Number(process.env['WRITE_RUNS'] ?? 250);
const SEED = Number(process.env['WRITE_SEED'] ?? 20_261_127);

test('the second model', async () => {
  const service = await startTripPin();
  // The model has no such entities, and airlines are referred to by them.
  await service.sql('DELETE FROM plan_items');
  const run = await Run.begin(
    { service, kinds: tripPinKinds, pairs: Object.keys(pairTables), namespace: 'Trip.Pin' },
    SEED,
  );
  for (let left = RUNS; left > 0 && run.failed.length < 12; left -= 1) await run.step();
  if (process.env['WRITE_LOG']) console.log(JSON.stringify(run.told));
  await service.close();
  expect(run.failed).toEqual([]);
}, 100_000_000);

test('payments, journals, customers and invoices', async () => {
  const service = await startService();
  const writes = await PaymentWrites.begin(service, new Dice(SEED));
  for (let left = RUNS; left > 0 && writes.failed.length < 12; left -= 1) await writes.step();
  if (process.env['WRITE_LOG']) console.log(JSON.stringify(writes.told));
  await service.close();
  expect(writes.failed).toEqual([]);
}, 100_000_000);
