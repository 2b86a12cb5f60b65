/** The command line of `npm run api-keys`. */
import { readArguments, UsageError } from '../usage-error';

/** A key to be made. */
export interface AddCommand {
  readonly kind: 'add';
  readonly name: string;
  /** The name of the only company that it opens; undefined for all. */
  readonly company: string | undefined;
  readonly readOnly: boolean;
  /** How long it opens something; undefined for ever. */
  readonly days: number | undefined;
}

/** What is asked for. */
export type KeyCommand = AddCommand | { readonly kind: 'list' } | { readonly kind: 'remove'; readonly name: string };

/** How the command is used. */
export const USAGE = `Usage: npm run api-keys -- add NAME (--company NAME | --all-companies) [--read-only] [--days NUMBER]
       npm run api-keys -- list
       npm run api-keys -- remove NAME`;

const MOST_DAYS = 36_500;

/** Reads the command line. */
export function keyCommand(args: readonly string[]): KeyCommand {
  const { values, positionals } = parsed(args);
  const [kind, name, another] = positionals;
  if (another !== undefined)
    throw new UsageError(`'${another}' is one name too many; put a name with blanks in quotes.`);
  if (kind === 'list') return { kind };
  if (kind !== 'add' && kind !== 'remove') throw new UsageError('Say add, list or remove.');
  if (name === undefined || !/^[^:\p{Cc}]{1,100}$/u.test(name))
    throw new UsageError('Give the key a name of 1 to 100 characters without a colon.');
  if (kind === 'remove') return { kind, name };
  if ((values.company === undefined) !== values['all-companies'])
    throw new UsageError('Say which company the key opens: --company NAME, or --all-companies.');
  return { kind, name, company: values.company, readOnly: values['read-only'], days: daysOf(values.days) };
}

function daysOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const days = Number(text);
  if (!/^\d+$/.test(text) || days < 1 || days > MOST_DAYS)
    throw new UsageError(`--days must be a whole number from 1 to ${MOST_DAYS}.`);
  return days;
}

function parsed(args: readonly string[]) {
  const flag = { type: 'boolean', default: false } as const;
  const text = { type: 'string' } as const;
  return readArguments({
    args: [...args],
    allowPositionals: true,
    options: { company: text, 'all-companies': flag, 'read-only': flag, days: text },
  });
}
