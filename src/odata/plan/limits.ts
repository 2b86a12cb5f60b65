/** The limits of one request that are settings of the service. */

/** Limits that a plan must keep. */
export interface PlanLimits {
  /** How deep $expand may nest. */
  readonly expandDepth: number;
  /** Members of one list. */
  readonly listLength: number;
  /** Characters of a regular expression. */
  readonly patternLength: number;
  /** Transformations of one request. */
  readonly transformations: number;
}

export const defaultPlanLimits: PlanLimits = {
  expandDepth: 10,
  listLength: 5000,
  patternLength: 500,
  transformations: 100,
};
