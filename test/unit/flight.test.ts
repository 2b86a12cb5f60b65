/** What many rules wait for comes in one round trip, and between those who then go on others have their turn. */
import { Turns } from '../../src/odata/payload/turns';
import type { Call } from '../../src/odata/service/database';
import { Flight, type Lookup } from '../../src/odata/service/flight';

interface Asked extends Lookup {
  readonly values: readonly [number];
}

/** A flight whose lookups are answered with their values, and the lookups of each round trip. */
function flying(): { readonly flight: Flight<Asked>; readonly turns: Turns; readonly trips: (readonly number[])[] } {
  const trips: (readonly number[])[] = [];
  const turns = new Turns();
  const session = { run: (calls: readonly Call[]) => Promise.resolve(calls.map(() => 1)) };
  const flight = new Flight<Asked>(session, turns, function* (lookups) {
    yield;
    trips.push(lookups.map(({ values: [value] }) => value));
    return {
      statement: { name: '', text: '' },
      values: [],
      answers: function* () {
        yield;
        return lookups.map(({ values: [value] }) => String(value));
      },
    };
  });
  return { flight, turns, trips };
}

/** The work of a rule: as long on any machine as the clock shows a millisecond to have passed. */
function work(): void {
  const end = performance.now() + 1;
  while (performance.now() < end);
}

/** How often others have had their turn while something ran. */
async function turnsOfOthers(running: Promise<unknown>): Promise<number> {
  let turns = 0;
  let isRunning = true;
  const turn = (): void => {
    turns++;
    if (isRunning) setImmediate(turn);
  };
  turn();
  await running.finally(() => (isRunning = false));
  return turns;
}

const RULES = 100;
const numbers = Array.from({ length: RULES }, (_, index) => index);
const ask = (value: number): Asked => ({ shape: 'x', values: [value] });

test('those who have waited for one answer go on in turns, and ask together again', async () => {
  const { flight, trips } = flying();
  const done: number[] = [];
  const rule = async (index: number): Promise<void> => {
    const first = Number(await flight.look(ask(index)));
    work();
    done.push(Number(await flight.look(ask(RULES + first))) - RULES);
  };
  const others = await turnsOfOthers(Promise.all(numbers.map(rule)));
  expect(trips).toEqual([numbers, numbers.map((index) => RULES + index)]);
  expect(done).toEqual(numbers);
  expect(others).toBeGreaterThan(8);
});

test('so do those who ask for a turn before they ask for anything else', async () => {
  const { flight, turns, trips } = flying();
  const rule = async (index: number): Promise<void> => {
    await turns.next();
    work();
    await flight.look(ask(index));
  };
  const others = await turnsOfOthers(Promise.all(numbers.map(rule)));
  expect(trips).toEqual([numbers]);
  expect(others).toBeGreaterThan(4);
});

test('so do those who ask for one only where the turn is over', async () => {
  const { flight, turns, trips } = flying();
  const rule = async (index: number): Promise<void> => {
    if (turns.isOver) await turns.next();
    work();
    await flight.look(ask(index));
  };
  const others = await turnsOfOthers(Promise.all(numbers.map(rule)));
  expect(trips).toEqual([numbers]);
  expect(others).toBeGreaterThan(4);
});

test('and those that a loop begins one after the other', async () => {
  const { flight, turns, trips } = flying();
  const rules: Promise<void>[] = [];
  const rule = async (index: number): Promise<void> => {
    await Promise.resolve();
    work();
    await flight.look(ask(index));
  };
  const begin = async (): Promise<void> => {
    for (const index of numbers) {
      rules.push(rule(index));
      await turns.between();
    }
    await Promise.all(rules);
  };
  expect(await turnsOfOthers(begin())).toBeGreaterThan(4);
  expect(trips).toEqual([numbers]);
});

test('who fails keeps nobody else waiting, and is told in turns, too', async () => {
  const turns = new Turns();
  const failing = { run: () => Promise.reject(new Error('gone')) };
  const flight = new Flight<Asked>(failing, turns, function* () {
    yield;
    return {
      statement: { name: '', text: '' },
      values: [],
      answers: function* () {
        yield;
        return [];
      },
    };
  });
  const rule = async (index: number): Promise<void> => {
    await flight.look(ask(index)).catch(work);
  };
  expect(await turnsOfOthers(Promise.all(numbers.map(rule)))).toBeGreaterThan(4);
});

test('where little is to be done nobody waits for others', async () => {
  const { flight, turns } = flying();
  let isOthersTurn = false;
  setImmediate(() => (isOthersTurn = true));
  await turns.next();
  expect(await flight.look(ask(1))).toBe('1');
  expect(isOthersTurn).toBe(false);
});
