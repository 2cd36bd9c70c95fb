// What a function that takes no promise complains of.
import { expect } from 'vitest';
import { InputError } from '#kindred/core/errors.js';

/** The sentence of the InputError that `work` throws; fails if it throws none. */
export function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return (error as InputError).message;
  }
  throw new Error('nothing was refused');
}
