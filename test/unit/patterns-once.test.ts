/** A pattern is translated once for a request that is planned and bound, in however many places it stands. URL Conventions §5.1.1.7.1 */
import { parsePattern } from '../../src/odata/plan/pattern-syntax';
import { preparedRead, Plans } from '../../src/odata/service/planned';
import { bound } from '../../src/odata/sql';
import { splitUrl } from '../../src/odata/url';
import { rep, seq } from '../setup/constructs';
import { paymentsModel } from './support/models';

jest.mock('../../src/odata/plan/pattern-syntax', () => {
  const real = jest.requireActual<{ parsePattern: typeof parsePattern }>('../../src/odata/plan/pattern-syntax');
  return { ...real, parsePattern: jest.fn(real.parsePattern) };
});

const translations = jest.mocked(parsePattern).mock.calls;

const representation = {
  metadata: 'minimal',
  ieee754: false,
  omit: undefined,
  prefix: '@odata.',
  namespace: 'Microsoft.NAV',
} as const;

const of = (pattern: string): string => `matchesPattern(number,'${pattern}')`;

test.each([
  ['of several patterns', `$filter=${seq(9, (i) => of(`(a|b)*${i}`), ' or ')}`, 9],
  ['of one in many places', `$filter=${rep(of('(a|b)*'), 9, ' or ')}`, 1],
  ['of one behind an alias', `$filter=${rep('matchesPattern(number,@a)', 9, ' or ')}&@a='(a|b)*'`, 1],
  ['of one that is put together', `$filter=${rep("matchesPattern(number,concat('(a|b)','*'))", 9, ' or ')}`, 1],
])('%s', async (_, options, patterns) => {
  const plans = new Plans(await paymentsModel());
  for (const isKnown of [false, true]) {
    translations.length = 0;
    const { planned, shape } = plans.read(splitUrl(`customers?${options}`));
    const { compiled } = preparedRead(planned.plan, planned.compiled, representation);
    const { literals } = shape;
    expect(translations).toHaveLength(isKnown ? 0 : patterns);
    const { values } = bound(compiled.statement, { literals, partition: null, extra: {} });
    expect(values.filter((value) => typeof value === 'string' && value.startsWith('(?:(?:a|b)*'))).not.toHaveLength(0);
    expect(translations).toHaveLength(patterns);
  }
});
