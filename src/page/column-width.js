/** How wide the columns of a grid are: as wide as what they hold, within limits; a heading may take two lines. */
import { valueAt } from './columns.js';
import { formatValueFor } from './grid-cells.js';
import { element } from './element.js';

/**
 * @typedef {import('./columns.js').Column} Column
 * @typedef {import('./metadata.js').Json} Json
 */

const LEAST = 46;
const MOST = 270;
const PADDING = 22;
/** The first column stands away from the edge. */
const FIRST = 6;
const SORT_MARK = 14;
/** What is around a member of an enumeration. */
const BADGE = 18;
/** Rows that are measured; the others are like them. */
const SAMPLE = 100;

/** @returns {(text: string, font: string) => number} */
function ruler() {
  const context = element('canvas').getContext('2d');
  return (text, font) => {
    if (!context) return text.length * 8;
    context.font = font;
    return context.measureText(text).width;
  };
}

/**
 * What a heading needs when it may take two lines.
 * @param {string} label
 * @param {(text: string) => number} measure
 */
function headingWidth(label, measure) {
  const words = label.split(' ');
  const halves = words.map((_, at) =>
    Math.max(measure(words.slice(0, at).join(' ')), measure(words.slice(at).join(' '))),
  );
  return Math.min(...halves);
}

/**
 * The width that nine of ten have room in; all of them when they are numbers, of which no digit may be missing.
 * @param {readonly number[]} widths
 * @param {boolean} isNumber
 */
function contentWidth(widths, isNumber) {
  const sorted = widths.filter((width) => width > 0).sort((one, other) => one - other);
  return sorted[isNumber ? sorted.length - 1 : Math.ceil(sorted.length * 0.9) - 1] ?? 0;
}

/**
 * @param {readonly Column[]} columns
 * @param {readonly Json[]} rows none while they are not known: then the types tell
 * @returns {readonly number[]} pixels
 */
export function columnWidths(columns, rows) {
  const measure = ruler();
  const { fontFamily } = getComputedStyle(document.body);
  return columns.map((column, at) => {
    const heading = headingWidth(column.label, (text) => measure(text, `600 12.5px ${fontFamily}`)) + SORT_MARK;
    const values = rows.slice(0, SAMPLE).map((row) => {
      const { text } = formatValueFor(column, valueAt(row, column.path));
      return measure(text, `14px ${fontFamily}`) + (column.property.members ? BADGE : 0);
    });
    const content = rows.length === 0 ? column.width : contentWidth(values, column.right);
    return Math.round(Math.min(MOST, Math.max(LEAST, heading, content) + PADDING + (at === 0 ? FIRST : 0)));
  });
}
