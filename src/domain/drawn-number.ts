/** Numbers of customers and invoices, drawn when the client gives none. */
import { odataError, type RuleContext } from '../odata';

/** Numbers that clients took by hand may lie in the way; so many of them are skipped. */
const MOST_TAKEN = 100;

/** The next number of a series that no record has yet. */
export async function drawNumber(
  context: RuleContext,
  series: string,
  isTaken: (number: string) => Promise<boolean>,
): Promise<string> {
  for (let attempt = 0; attempt < MOST_TAKEN; attempt++) {
    const number = await context.next({ code: series });
    if (number === undefined) break;
    if (!(await isTaken(number))) return number;
  }
  throw odataError(
    'BadRequest_RequiredParamNotProvided',
    { message: 'A "number" must be provided.' },
    { target: 'number' },
  );
}
