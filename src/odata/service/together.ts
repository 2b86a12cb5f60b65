/** Questions of one statement, such as the rows of many references, become one question with lists of values. */
import type { Steps } from '../payload/turns';
import type { SqlValue, Statement } from '../sql';
import { isList, parameterText } from './array-text';
import type { Call } from './database';
import { eachRow, type TextRow } from './wire-row';

/** What is asked of the database. */
export interface Question extends Omit<Call, 'onRow'> {
  /** The statement that asks it for many sets of values (`forEachOf`), where there is one. */
  readonly ofMany?: () => Statement;
}

/** With fewer of them each is a call of its own. */
const LEAST_TOGETHER = 5;

/** The calls for questions, each where its first question stands. `answer` gets the rows with the place of their question. */
export function* together(
  questions: readonly Question[],
  answer: (row: TextRow, place: number) => void,
): Steps<readonly Call[]> {
  const groups = new Map<object, number[]>();
  for (const [place, question] of questions.entries()) {
    yield;
    const key = question.ofMany ? question.statement : question;
    const group = groups.get(key);
    if (group) group.push(place);
    else groups.set(key, [place]);
  }
  const calls: Call[] = [];
  for (const places of groups.values()) {
    const ofMany = places.length < LEAST_TOGETHER ? undefined : questions[places[0] ?? 0]?.ofMany;
    if (ofMany) calls.push(yield* manyCall(ofMany(), questions, places, answer));
    else for (const place of places) calls.push(singleCall(questions[place], place, answer));
  }
  return calls;
}

function singleCall(
  question: Question | undefined,
  place: number,
  answer: (row: TextRow, place: number) => void,
): Call {
  if (!question) throw new Error('A question has a place');
  const { statement, values } = question;
  return { statement, values, onRow: eachRow((row) => answer(row, place)) };
}

function* manyCall(
  statement: Statement,
  questions: readonly Question[],
  places: readonly number[],
  answer: (row: TextRow, place: number) => void,
): Steps<Call> {
  const values = statement.slots.map((): (string | null)[] => []);
  for (const place of places) {
    yield;
    for (const [at, list] of values.entries()) list.push(plainText(questions[place]?.values[at] ?? null));
  }
  // The last column of a row is the number of its set. What is before it is not looked at: a copy would decode long fields.
  const onRow = eachRow((row) => {
    const number = Number(row.pop());
    answer(row, places[number - 1] ?? 0);
  });
  return { statement, values, onRow };
}

/** A value of a list. */
export function plainText(value: SqlValue): string | null {
  if (isList(value)) throw new Error('Only single values stand in a list');
  return parameterText(value);
}
