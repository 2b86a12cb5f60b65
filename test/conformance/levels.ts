/** Requirements that a level of conformance makes a must, and those of every JSON answer and metadata document. Protocol §13, JSON §24 */
const ranges: readonly (number | readonly [first: number, last: number])[] = [
  ...([1, 2, 4, 5, 8, [20, 22], [32, 41], [43, 45], [47, 50], 63, 64, 73, 77, 80, 88, 89, 92, 93] as const),
  ...([102, 103, 107, 108, 135, 139, 141, 144, 147, 149, 150, 152, 154, 155, 161, 163, 165, [168, 170], 172] as const),
  ...([
    202,
    203,
    208,
    220,
    223,
    235,
    [247, 250],
    255,
    270,
    271,
    285,
    286,
    [298, 300],
    [302, 304],
    [306, 322],
    324,
  ] as const),
];

/** Their numbers. */
export const musts: ReadonlySet<number> = new Set(
  ranges.flatMap((range) => {
    if (typeof range === 'number') return [range];
    const [first, last] = range;
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  }),
);
