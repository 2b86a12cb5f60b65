/** The limits of one plan, and of the statement that is made of it: settings of the service, and what follows from them. */
export interface PlanLimits {
  /** How deep $expand may nest. */
  readonly expandDepth: number;
  /** Members of one list. */
  readonly listLength: number;
  /** Characters of a regular expression. */
  readonly patternLength: number;
  /** Transformations of one request, and structures that they give rows. */
  readonly transformations: number;
  /** Parts of a request with its aliases and all that it expands written out: by those a short text can mean many. */
  readonly parts: number;
  /** Levels of one expression with its aliases, and aliases that stand for one another. */
  readonly levels: number;
}

export const defaultPlanLimits: PlanLimits = {
  expandDepth: 10,
  listLength: 5000,
  patternLength: 500,
  transformations: 100,
  parts: 20_000,
  levels: 400,
};

/** What a transformation counts for, or a table of a statement: it is a query around those before it. */
export const QUERY_PARTS = 25;
/** What a value counts for that is given a name: a column of its rows, and of those made of them. */
export const NAME_PARTS = 10;
/** The same for one that rows are grouped by, in each level. */
export const GROUP_PARTS = 4;
/** So many members of a list count for one part: they are one value of the statement. */
export const MEMBERS_OF_PART = 10;
