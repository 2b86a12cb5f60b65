import { offered } from '../../../src/odata/model/capabilities';
import { defaultPlanLimits } from '../../../src/odata/plan/limits';
import { functionNames } from '../../../src/odata/plan/functions';

/** Written as words or signs in expressions, and no entries of the table of functions. */
const operators = ['eq', 'ne', 'gt', 'ge', 'lt', 'le', 'in', 'has', 'and', 'or', 'not', 'any', 'all'];

test('functions and operators are those of the table', () => {
  const declared = offered.filterFunctions.map((name) => name.toLowerCase());
  const known = [...functionNames.filter((name) => name !== 'negate'), ...operators];
  expect(declared.sort()).toEqual(known.sort());
});

test('the depth of $expand is that of the planner', () => {
  expect(offered.expandLevels).toBe(defaultPlanLimits.expandDepth);
});
