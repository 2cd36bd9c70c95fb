import { describe, expect, it } from 'vitest';
import { InputError, InterruptedError, option, words } from '#kindred/core/errors.js';

const dashed = (name: string) => `--${name}`;

describe('an InputError', () => {
  it('names its options as a program does, and as whoever shows it does', () => {
    const size = words`a smaller ${option('size')} or ${option('color')} gray`;
    const error = new InputError(words`${option('numClusters')} is ${40}, so choose ${size} ${'now'}.`);
    expect(error.message).toBe('numClusters is 40, so choose a smaller size or color gray now.');
    expect(error.worded(dashed)).toBe('--numClusters is 40, so choose a smaller --size or --color gray now.');
    expect(error).toMatchObject({ option: 'numClusters', code: 'ERR_KINDRED_INPUT', name: 'InputError' });
  });

  it('may name none', () => {
    const error = new InputError('The file is gone.', { cause: 1 });
    expect([error.message, error.worded(dashed), error.option]).toEqual([
      'The file is gone.',
      'The file is gone.',
      null,
    ]);
    expect(error.cause).toBe(1);
  });
});

it('an interruption has a code of its own', () => {
  expect(new InterruptedError('Stopped.').code).toBe('ERR_KINDRED_INTERRUPTED');
});
