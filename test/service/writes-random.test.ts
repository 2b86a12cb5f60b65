/**
 * Random writes, one behind the other: a model in JavaScript says how each is answered and what the tables hold then. `WRITE_RUNS` makes it
 * longer, `WRITE_SEED` another one.
 */
import { pairTables, tripPinKinds } from '../setup/random/writes/kinds';
import { Run } from '../setup/random/writes/run';
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
