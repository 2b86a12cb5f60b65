/** Statements that are made once and kept as long as what they are about: a type, a navigation, the path of a plan. */
import { prepare, type Sql, type Statement } from '../sql';

export class StatementCache<Owner extends object> {
  private readonly byOwner = new WeakMap<Owner, Map<string, Statement>>();

  /** `most`: the statements of one owner, where clients can make many. */
  constructor(private readonly most = Infinity) {}

  /** The statement of an owner under a key that tells its text. */
  get(owner: Owner, key: string, make: () => Sql): Statement {
    const known = this.byOwner.get(owner) ?? new Map<string, Statement>();
    this.byOwner.set(owner, known);
    const found = known.get(key);
    if (found) return found;
    if (known.size >= this.most) known.clear();
    const made = prepare(make());
    known.set(key, made);
    return made;
  }
}
