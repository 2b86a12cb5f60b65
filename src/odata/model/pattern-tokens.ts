/** Tokens of a regular expression of ECMAScript, its escapes and openings of groups and classes whole. */
export const patternTokens = (pattern: string): readonly string[] => pattern.match(token) ?? [];

const token =
  /\\u\{[\da-f]+\}|\\u[\da-f]{4}(?:\\u[\da-f]{4})?|\\x[\da-f]{2}|\\c[a-z]|\\[pPk][{<][^}>]*[}>]|\\[^]|\(\?<(?![=!])[^>]*>|\(\?(?:<?[=!]|:)|\(\?|\[\^\]|\[\]|\[\^?|\{\d+,?\d*\}|[^]/giu;
