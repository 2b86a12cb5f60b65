/**
 * Random reads of both models, written as OData and done in JavaScript over the rows that plain SQL gives. `ORACLE_RUNS` makes it longer,
 * `ORACLE_SEED` another one, `ORACLE_LOG` names a file for what differs.
 */
import { run } from '../setup/random/case';
import { Dice } from '../setup/random/dice';
import { Generator } from '../setup/random/generate';
import { paymentsWorld } from '../setup/random/payments';
import { applies, filters, reads, type Kind, type Place } from '../setup/random/questions';
import { tripPinWorld } from '../setup/random/trip-pin';
import { combinations, ways } from '../setup/random/ways';
import { startService } from '../setup/service';
import { startTripPin } from '../setup/trip-pin/service';

const RUNS = Number(process.env['ORACLE_RUNS'] ?? 350);
const SEED = Number(process.env['ORACLE_SEED'] ?? 20_261_126);
const LOG = process.env['ORACLE_LOG'];

const models: Readonly<Record<string, () => Promise<Place>>> = {
  payments: async () => {
    const service = await startService();
    return { service, world: await paymentsWorld(service) };
  },
  'the second model': async () => {
    const service = await startTripPin();
    return { service, world: await tripPinWorld(service, SEED) };
  },
};
/** By how many the number of runs is divided. */
const kinds: readonly (readonly [string, Kind, number])[] = [
  ['conditions', filters, 1],
  ['reads', reads, 1],
  ['ways', ways, 4],
  ['combinations', combinations, 4],
  ['transformations', applies, 1],
];

describe.each(Object.entries(models))('%s', (_, start) => {
  let place: Place;
  beforeAll(async () => {
    place = await start();
  });
  afterAll(() => place.service.close());

  test.each(kinds)(
    '%s',
    async (name, kind, part) => {
      const generator = new Generator(place.world, new Dice(SEED));
      expect(await run(name, () => kind(place, generator), Math.ceil(RUNS / part), LOG)).toEqual([]);
    },
    100_000_000,
  );
});
