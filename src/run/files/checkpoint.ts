// checkpoint/: what resume needs. The numbers lie in one file named by its step; state.json, renamed into
// place last, says which file counts, so that a crash leaves the checkpoint before.
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { InputError, option, words } from '../../core/errors.js';
import { writeFileAtomic } from '../../core/files.js';
import { matrix, matrixRow } from '../../core/matrix.js';
import { readNpy, writeNpy } from './npy.js';

const CHECKPOINT_FORMAT = 1;

const curveSchema = z.array(z.tuple([z.int(), z.number()]));

const stateSchema = z.object({
  format: z.literal(CHECKPOINT_FORMAT),
  step: z.int().nonnegative(),
  /** In checkpoint/: row 0 the parameters, then the optimizer's states. */
  file: z.string(),
  curves: z.object({ train: curveSchema, heldOut: curveSchema }),
});

/** Points (step, loss). */
export type Curve = (readonly [step: number, loss: number])[];

export interface Curves {
  readonly train: Curve;
  readonly heldOut: Curve;
}

export interface Checkpoint {
  readonly step: number;
  readonly parameters: Float32Array;
  readonly states: readonly Float32Array[];
  readonly curves: Curves;
}

export function writeCheckpoint(folder: string, { step, parameters, states, curves }: Checkpoint): void {
  const rows = matrix(1 + states.length, parameters.length);
  [parameters, ...states].forEach((values, row) => {
    matrixRow(rows, row).set(values);
  });
  const directory = join(folder, 'checkpoint');
  const file = `training-${step}.npy`;
  writeNpy(join(directory, file), rows);
  const state = { format: CHECKPOINT_FORMAT, step, file, curves };
  writeFileAtomic(join(directory, 'state.json'), `${JSON.stringify(state)}\n`);
  for (const name of readdirSync(directory)) {
    if (name !== file && name !== 'state.json') rmSync(join(directory, name));
  }
}

/** The last checkpoint of a run; null if it stopped before the first. Throws an InputError if it is damaged. */
export function readCheckpoint(folder: string): Checkpoint | null {
  const path = join(folder, 'checkpoint', 'state.json');
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return null;
  }
  const state = parseState(path, text);
  const rows = readNpy(join(folder, 'checkpoint', state.file));
  const [parameters, ...states] = Array.from({ length: rows.rows }, (_, row) => matrixRow(rows, row));
  return { step: state.step, parameters, states, curves: state.curves };
}

function parseState(path: string, text: string): z.infer<typeof stateSchema> {
  try {
    return stateSchema.parse(JSON.parse(text));
  } catch {
    throw new InputError(words`${path} is damaged: restore it, or train again with ${option('overwrite')}.`);
  }
}
