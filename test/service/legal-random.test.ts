/**
 * Random requests that the standard takes, made of what `$metadata` says of both models: none may be refused. `LEGAL_RUNS` makes it longer,
 * `LEGAL_SEED` another one, `LEGAL_LOG` names a file for what is refused.
 */
import { run } from '../setup/random/case';
import { Dice } from '../setup/random/dice';
import { Requests } from '../setup/random/legal/requests';
import { schemaOf } from '../setup/random/legal/schema';
import { startService } from '../setup/service';
import { startTripPin } from '../setup/trip-pin/service';

const RUNS = Number(process.env['LEGAL_RUNS'] ?? 250);
const SEED = Number(process.env['LEGAL_SEED'] ?? 20_261_127);
const LOG = process.env['LEGAL_LOG'];

test.each([
  ['payments', startService],
  ['the second model', startTripPin],
])(
  '%s',
  async (name, start) => {
    const service = await start();
    const requests = new Requests(service, await schemaOf(service), new Dice(SEED));
    const refused = await run(name, requests.next, RUNS, LOG);
    await service.close();
    expect(refused).toEqual([]);
  },
  100_000_000,
);
