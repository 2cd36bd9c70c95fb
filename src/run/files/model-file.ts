// A model in the folder of a run.
import { readFileSync } from 'node:fs';
import { InputError } from '../../core/errors.js';
import { namedModel } from '../../methods/classifier.js';
import { VERSION } from './machine.js';
import { reasonOf } from './system-error.js';

/** Throws an InputError if it is not there any more. */
export function readModel(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new InputError(`${path} cannot be read (${reasonOf(error)}): restore it or run again.`);
  }
}

/** The model with the names of the run's kinds in its metadata. Throws an InputError if it is not there any more. */
export function readNamedModel(path: string, kinds: readonly string[]): Uint8Array {
  return namedModel(readModel(path), kinds, VERSION);
}
