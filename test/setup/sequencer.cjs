const { default: Sequencer } = require('@jest/test-sequencer');

/**
 * The order of files where no earlier run has measured them, as in a fresh clone: jest takes the largest ones first, but tests of faults are small and
 * take long, since they start processes. One that came last would keep one processor waiting.
 */
module.exports = class extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    const isFirst = ({ path, duration }) => duration === undefined && /[\\/]faults[\\/]/.test(path);
    return [...sorted.filter(isFirst), ...sorted.filter((test) => !isFirst(test))];
  }
};
