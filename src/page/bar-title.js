/** What a bar of a chart says to those who do not see it, and to those who point at it. */
import { formatDecimal, formatInteger } from './format.js';

/** @param {import('./chart-request.js').Bar} bar */
export const barTitle = ({ label, exact, rows }) =>
  `${label}: ${formatDecimal(exact)}, ${formatInteger(rows)} ${rows === 1 ? 'row' : 'rows'}`;
