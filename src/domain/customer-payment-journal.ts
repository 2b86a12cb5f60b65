/** What a payment journal may and may not do. */
import { Account, type CustomerPaymentJournal } from '../../entities';
import type { Draft, RuleContext, Rules } from '../odata';
import { given } from './blank';
import { refuse } from './refuse';
import { upperCode } from './upper-code';

const CODE_LENGTH = 10;
const DOCUMENT_DIGITS = 6;

export const customerPaymentJournalRules: Rules<CustomerPaymentJournal> = {
  async create(draft, context) {
    upperCode(draft, CODE_LENGTH);
    await checkAccount(draft, context);
    const { id, code } = draft;
    if (id !== undefined && code !== undefined)
      context.startSeries({ code: `PAYMENT:${id}`, owner: id, prefix: `${code}-`, digits: DOCUMENT_DIGITS });
  },

  async update(draft, _current, context) {
    upperCode(draft, CODE_LENGTH);
    await checkAccount(draft, context);
  },
};

/** Payments can be balanced on an account only that journals may post on. */
async function checkAccount(
  { balancingAccountId }: Draft<CustomerPaymentJournal>,
  context: RuleContext,
): Promise<void> {
  const id = given(balancingAccountId);
  if (id === undefined) return;
  const account = await context.find(Account, { id }, ['number', 'blocked', 'directPosting']);
  if (!account) throw refuse('The "balancingAccountNumber" does not match to a G/L Account.', 'balancingAccountId');
  if (account.blocked) throw refuse(`The G/L Account ${account.number} is blocked.`, 'balancingAccountId');
  if (!account.directPosting)
    throw refuse(`The G/L Account ${account.number} does not allow direct posting.`, 'balancingAccountId');
}
