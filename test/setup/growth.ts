/** How much more work costs where there is more to do: no time is compared with a clock, only with that of the same work in the same run. */

/** Tries: what else the machine does may disturb some of them, and V8 may compile a function better between two measures. */
const TRIES = 20;

/** Microseconds that a quarter is measured for at least, by doing it several times: the clock of a processor is no finer than some of them. */
const [LEAST, MOST_TIMES] = [10_000, 16_384];

/**
 * How many times as much processor time the work takes for four times as much: about four where it grows with its size, sixteen where it grows
 * by its square. A quarter of short work is done four times as often as the whole, so that both measures let V8 see as much of it. The least of
 * several tries, as soon as it is below `enough`.
 */
export async function growth(work: (share: number) => unknown, enough = 8): Promise<number> {
  const cost = async (share: number, times: number): Promise<number> => {
    const before = process.cpuUsage();
    for (let time = 0; time < times; time++) await work(share);
    const { user, system } = process.cpuUsage(before);
    return user + system;
  };
  let quarters = 1;
  while ((await cost(0.25, quarters)) < LEAST && quarters < MOST_TIMES) quarters *= 2;
  const wholes = Math.max(1, quarters / 4);
  let least = Infinity;
  for (let turn = 0; turn < TRIES && least >= enough; turn++)
    least = Math.min(least, (await cost(1, wholes)) / wholes / ((await cost(0.25, quarters)) / quarters));
  return least;
}

/**
 * The same for the length of a text. A longer one may need memory of another kind, beyond a cache or a stack, which makes one step look as dear as
 * a square: what really grows by its square is as dear in the step before.
 */
export async function growthOfText(work: (share: number) => unknown, enough = 8): Promise<number> {
  const last = await growth(work, enough);
  return last < enough ? last : Math.min(last, await growth((share) => work(share / 4), enough));
}
