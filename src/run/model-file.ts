// A model in the folder of a run.
import { readFileSync } from 'node:fs';
import { InputError } from '../core/errors.js';
import { reasonOf } from './system-error.js';

/** Throws an InputError if it is not there any more. */
export function readModel(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new InputError(`${path} cannot be read (${reasonOf(error)}): restore it or run again.`);
  }
}
