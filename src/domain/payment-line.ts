/** A new line of a journal: its number, and what it takes over from the line beside it. */
import { CustomerPayment, type CustomerPaymentJournal } from '../../entities';
import { Above, odataError, parentKey, type Draft, type Row, type RuleContext } from '../odata';
import { given } from './blank';
import { nextDocumentNumber } from './document-number';

const STEP = 10_000;
const MOST = 2_147_483_647;
const DECIMALS = 5;
/** Lines of a document that are added up here; those of a longer one the database adds up. */
const LONG_DOCUMENT = 100;

const wanted = [
  'lineNumber',
  'postingDate',
  'documentNumber',
  'externalDocumentNumber',
  'customerId',
  'amount',
] as const;
type Neighbour = Pick<Row<CustomerPayment>, (typeof wanted)[number]>;

/** What is known of the journal before a line is added. */
export interface Surroundings {
  readonly last: Neighbour | undefined;
  /** The line that the new one comes to stand before. */
  readonly following: Neighbour | undefined;
  /** The next number of the journal's series. */
  readonly series: string | undefined;
}

/** True when the line depends on the lines that are there, so that two new lines must take turns. */
export const dependsOnOthers = ({ lineNumber, postingDate, documentNumber }: Draft<CustomerPayment>): boolean =>
  isUnnumbered(lineNumber) || given(postingDate) === undefined || given(documentNumber) === undefined;

const isUnnumbered = (lineNumber: number | undefined): lineNumber is 0 | undefined =>
  lineNumber === undefined || lineNumber === 0;

/** Looks at the lines around; starts at once. */
export async function surroundings(draft: Draft<CustomerPayment>, context: RuleContext): Promise<Surroundings> {
  const { lineNumber } = draft;
  if (!dependsOnOthers(draft)) return { last: undefined, following: undefined, series: undefined };
  const [last, following, series] = await Promise.all([
    context.find(CustomerPayment, { journalId: parentKey }, wanted, '-lineNumber'),
    isUnnumbered(lineNumber)
      ? undefined
      : context.find(
          CustomerPayment,
          { journalId: parentKey, lineNumber: new Above(lineNumber) },
          wanted,
          'lineNumber',
        ),
    given(draft.documentNumber) === undefined ? context.peek({ owner: parentKey }) : undefined,
  ]);
  return { last, following, series };
}

/** Fills line number, posting date and document number where the client left them out. */
export async function fillLine(
  draft: Draft<CustomerPayment>,
  journal: Row<CustomerPaymentJournal>,
  around: Surroundings,
  context: RuleContext,
): Promise<void> {
  const neighbour = around.following ?? around.last;
  if (isUnnumbered(draft.lineNumber)) draft.lineNumber = nextLineNumber(around.last);
  draft.postingDate = given(draft.postingDate) ?? neighbour?.postingDate ?? context.today;
  draft.documentNumber = given(draft.documentNumber) ?? (await documentNumber(draft, journal, around, context));
}

function nextLineNumber(last: Neighbour | undefined): number {
  const number = (last?.lineNumber ?? 0) + STEP;
  if (number <= MOST) return number;
  throw odataError(
    'InvalidValue',
    { message: 'The journal has no line number left after its last line. Give one in "lineNumber".' },
    { target: 'lineNumber' },
  );
}

/** Lines of one document share its number; a new one begins when the document balances, or comes from elsewhere. */
async function documentNumber(
  draft: Draft<CustomerPayment>,
  journal: Row<CustomerPaymentJournal>,
  around: Surroundings,
  context: RuleContext,
): Promise<string | null> {
  const neighbour = around.following ?? around.last;
  const current = given(neighbour?.documentNumber);
  if (!neighbour || current === undefined) return around.series ?? null;
  const begins = !around.following && !isEmpty(neighbour) && (await balances(journal, current, context));
  const external = given(draft.externalDocumentNumber);
  const comesFromElsewhere = external !== undefined && external !== neighbour.externalDocumentNumber;
  return begins || comesFromElsewhere ? nextDocumentNumber(current) : current;
}

const isEmpty = ({ customerId, amount }: Neighbour): boolean => customerId === null && amount === '0';

/** Each line balances on the journal's account; without one the lines of the document must, which stand together at the end. */
async function balances(
  journal: Row<CustomerPaymentJournal>,
  document: string,
  context: RuleContext,
): Promise<boolean> {
  if (journal.balancingAccountId !== null) return true;
  const fields = ['documentNumber', 'amount'] as const;
  const lines = await context.list(CustomerPayment, { journalId: parentKey }, fields, LONG_DOCUMENT, '-lineNumber');
  const end = lines.findIndex(({ documentNumber }) => documentNumber !== document);
  if (end >= 0 || lines.length < LONG_DOCUMENT) return isZero(lines.slice(0, end < 0 ? lines.length : end));
  return (await context.sum(CustomerPayment, { journalId: parentKey, documentNumber: document }, 'amount')) === '0';
}

/** True when amounts add up to nothing; exact, in the smallest unit that an amount can have. */
function isZero(lines: readonly { readonly amount: string }[]): boolean {
  const units = lines.map(({ amount }) => {
    const [whole = '', fraction = ''] = amount.split('.');
    return BigInt(whole + fraction.padEnd(DECIMALS, '0'));
  });
  return units.reduce((sum, unit) => sum + unit, 0n) === 0n;
}
