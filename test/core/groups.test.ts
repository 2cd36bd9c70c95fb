import { describe, expect, it } from 'vitest';
import { itemsWhere, membersOf, sizesOf } from '#kindred/core/groups.js';
import { indexOfNotFinite, matrix, requireFinite, stackRows, takeColumns } from '#kindred/core/matrix.js';
import { ascendingOrder, indexOfLargest } from '#kindred/core/statistics.js';

describe('groups', () => {
  it('have members and sizes; what is in none is in no list', () => {
    const group = Int32Array.of(2, 0, -1, 2, 0);
    expect(membersOf(group, 4)).toEqual([[1, 4], [], [0, 3], []]);
    expect(sizesOf(group, 4)).toEqual([2, 0, 2, 0]);
    expect([...itemsWhere(group, (own, item) => own === 2 && item > 0)]).toEqual([3]);
  });
});

describe('the largest, and the order', () => {
  it('leave equal values in the order they stand in', () => {
    expect(indexOfLargest([1, 3, 3, -2])).toBe(1);
    expect(indexOfLargest(Float32Array.of(9, 1, 4, 4), 1, 4)).toBe(2);
    expect(indexOfLargest([-3, -1])).toBe(1);
    expect([...ascendingOrder([2, 1, 2, 0])]).toEqual([3, 1, 0, 2]);
  });
});

describe('a matrix', () => {
  const m = matrix(2, 3, Float32Array.of(1, 2, 3, 4, 5, 6));

  it('gives columns, and stands on another', () => {
    expect(takeColumns(m, 1, 2)).toEqual(matrix(2, 2, Float32Array.of(2, 3, 5, 6)));
    expect(stackRows(m, matrix(1, 3))).toEqual(matrix(3, 3, Float32Array.of(1, 2, 3, 4, 5, 6, 0, 0, 0)));
  });

  it('says where it is not finite', () => {
    expect(indexOfNotFinite(m.data)).toBe(-1);
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      const damaged = matrix(2, 3, m.data.slice());
      damaged.data[4] = bad;
      expect(() => requireFinite('x', damaged)).toThrow(`x holds ${bad} in row 1, column 1`);
    }
  });
});
