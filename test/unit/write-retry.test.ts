import { odataError } from '../../src/odata';
import { databaseError } from '../../src/odata/service/database-errors';
import { retrying } from '../../src/odata/service/collision';

/** Transactions that only run the work. */
const attempt = <T>(work: () => Promise<T>, isShared = false): Promise<T> =>
  retrying({ database: { transaction: (run) => run({ run: nothing, finish: nothing }), isShared } }, work);
const nothing = async (): Promise<readonly number[]> => [];

const failing = (code: string, times: number) => {
  let left = times;
  let tried = 0;
  const work = async (): Promise<string> => {
    tried += 1;
    if (left-- > 0) throw databaseError({ code });
    return `tried ${tried} times`;
  };
  return { work, tries: () => tried };
};

it.each(['40001', '40P01'])('tries again after %s, three times in all', async (code) => {
  await expect(attempt(failing(code, 2).work)).resolves.toBe('tried 3 times');
  await expect(attempt(failing(code, 3).work)).rejects.toMatchObject({ status: 409, code: 'Conflict' });
});

it.each(['55P03', '23505', '57014', 'ECONNRESET'])('gives up at once after %s', async (code) => {
  const { work, tries } = failing(code, 1);
  await expect(attempt(work)).rejects.toMatchObject({ name: 'ODataError' });
  expect(tries()).toBe(1);
});

it('leaves a transaction that others share to them', async () => {
  const { work, tries } = failing('40P01', 1);
  await expect(attempt(work, true)).rejects.toMatchObject({ code: 'Conflict' });
  expect(tries()).toBe(1);
});

it('gives up at once when the client is wrong', async () => {
  let tried = 0;
  const work = async (): Promise<never> => {
    tried += 1;
    throw odataError('Conflict', { message: 'x' });
  };
  await expect(attempt(work)).rejects.toMatchObject({ status: 409 });
  expect(tried).toBe(1);
});
