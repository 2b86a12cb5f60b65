/** Names that the bench and the limit server share. */

/** What the limit server calls the service root. */
export const ROOT = 'http://service/v1.0/';
/** What PostgreSQL knows the connections of the limit server by. */
export const LIMIT_NAME = 'bench-limit';
/** And those of ours. */
export const OUR_NAME = 'bench-ours';
