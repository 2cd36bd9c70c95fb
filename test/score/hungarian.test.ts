import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assignmentOfMaximumWeight } from '#kindred/score/hungarian.js';

function weightOf(assignment: Int32Array, weights: Float64Array, columns: number): number {
  const columnsUsed = [...assignment].filter((column) => column !== -1);
  expect(new Set(columnsUsed).size).toBe(columnsUsed.length);
  expect(columnsUsed.length).toBe(Math.min(assignment.length, columns));
  return assignment.reduce(
    (sum, column, row) => (column === -1 ? sum : sum + weights[row * columns + column]),
    0,
  );
}

/** The largest weight over every way to give columns to as many rows as there can be. */
function largestByTrying(weights: Float64Array, rows: number, columns: number): number {
  const tryRow = (row: number, used: number, spare: number): number => {
    if (row === rows) return 0;
    let best = spare > 0 ? tryRow(row + 1, used, spare - 1) : Number.NEGATIVE_INFINITY;
    for (let column = 0; column < columns; column++) {
      if (used & (1 << column)) continue;
      best = Math.max(best, weights[row * columns + column] + tryRow(row + 1, used | (1 << column), spare));
    }
    return best;
  };
  return tryRow(0, 0, Math.max(0, rows - columns));
}

/** The generator that made the recorded tables: x ← 1103515245 x + 12345 mod 2³¹, upper bits. */
function recordedTable(length: number, seed: number): Float64Array {
  let state = seed;
  return Float64Array.from({ length }, () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >> 16) % 1000;
  });
}

describe('assignmentOfMaximumWeight', () => {
  it('is as good as the best found by trying all', () => {
    const table = fc
      .tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 6 }))
      .chain(([rows, columns]) => {
        const length = rows * columns;
        // Few distinct values: many ties, many zeros.
        const weight = fc.oneof(fc.integer({ min: -2, max: 3 }), fc.integer({ min: 0, max: 9999 }));
        return fc.tuple(
          fc.constant(rows),
          fc.constant(columns),
          fc.array(weight, { minLength: length, maxLength: length }),
        );
      });
    fc.assert(
      fc.property(table, ([rows, columns, values]) => {
        const weights = Float64Array.from(values);
        const assignment = assignmentOfMaximumWeight(weights, rows, columns);
        expect(assignment.length).toBe(rows);
        expect(weightOf(assignment, weights, columns)).toBe(largestByTrying(weights, rows, columns));
      }),
      { numRuns: 400 },
    );
  });

  // scipy.optimize.linear_sum_assignment(…, maximize=True), scipy 1.10.1.
  const recorded: [number, number, number, number, number[]][] = [
    [4, 4, 1, 2757, [0, 1, 2, 3]],
    [3, 7, 2, 2652, [6, 0, 2]],
    [8, 5, 3, 4219, [-1, -1, 4, 0, 3, 1, 2, -1]],
    [12, 12, 4, 10359, [9, 1, 0, 4, 2, 6, 10, 11, 8, 5, 3, 7]],
    [
      30,
      20,
      5,
      19319,
      [
        5, 1, 0, 19, 3, 4, -1, -1, -1, 12, -1, -1, 11, 2, 16, 18, -1, 17, 8, 9, -1, 7, -1, 10, 14, 6, 15, -1,
        -1, 13,
      ],
    ],
    [
      50,
      50,
      6,
      48418,
      [
        4, 47, 7, 12, 38, 37, 22, 48, 34, 6, 1, 35, 8, 3, 30, 45, 24, 27, 23, 18, 29, 40, 33, 9, 14, 42, 25,
        41, 32, 17, 13, 31, 15, 5, 10, 2, 44, 0, 49, 11, 36, 46, 20, 19, 26, 43, 21, 16, 39, 28,
      ],
    ],
  ];
  for (const [rows, columns, seed, largest, columnOfRow] of recorded) {
    it(`agrees with scipy on ${rows}×${columns}`, () => {
      const weights = recordedTable(rows * columns, seed);
      const assignment = assignmentOfMaximumWeight(weights, rows, columns);
      expect([...assignment]).toEqual(columnOfRow);
      expect(weightOf(assignment, weights, columns)).toBe(largest);
    });
  }

  it('takes the pair that a greedy choice would miss', () => {
    expect([...assignmentOfMaximumWeight(Float64Array.of(9, 8, 8, 1), 2, 2)]).toEqual([1, 0]);
  });

  it('refuses a table of the wrong size', () => {
    expect(() => assignmentOfMaximumWeight(new Float64Array(5), 2, 3)).toThrow('needs 6 weights, got 5');
  });
});
