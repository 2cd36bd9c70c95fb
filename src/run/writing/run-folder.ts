// Where a run lies while it is written, and what becomes of it when it ends before its time.
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { InterruptedError } from '../../core/errors.js';
import { takePlace, unmark } from '../files/folder.js';
import type { RunPlan } from './plan.js';

export interface RunHome {
  /** Where the run is written: beside the one that it replaces, until it is whole. */
  readonly folder: string;
  /** Where the run is to be found once it is whole. */
  readonly place: string;
  /** The first card is written: from here on there is something to go on from. */
  begin(): void;
  /** A result that is whole in itself is written: it takes its place. */
  settle(): void;
  /** Takes away what is worth nothing after `error`; returns what to throw. */
  leave(error: unknown): unknown;
}

export function openHome(
  plan: Pick<RunPlan, 'folder' | 'place' | 'tag' | 'resumed'>,
  logDir: string,
): RunHome {
  const { place, tag, resumed } = plan;
  let { folder } = plan;
  let isWhole = false;
  return {
    get folder() {
      return folder;
    },
    place: place ?? folder,
    begin() {
      if (place === null) unmark(folder);
    },
    settle() {
      if (place !== null && !isWhole) {
        takePlace(folder, place);
        folder = place;
      }
      isWhole = true;
    },
    leave(error) {
      const isBegun = existsSync(join(folder, 'run.json'));
      if (error instanceof InterruptedError && isBegun) {
        // Nobody is at work on it any more, though the process may go on.
        unmark(folder);
        return new InterruptedError(`${error.message}; ${howToGoOn(folder, tag, logDir)}`);
      }
      // What has cost time is kept: a training's checkpoint, or a first result.
      const isWorthless = resumed === null && !isWhole && !existsSync(join(folder, 'checkpoint'));
      if (isWorthless || error instanceof InterruptedError) rmSync(folder, { recursive: true, force: true });
      if (!(error instanceof InterruptedError)) return error;
      return new InterruptedError('Stopped while the images were read; nothing was written.');
    },
  };
}

function howToGoOn(folder: string, tag: string, logDir: string): string {
  const where = logDir === 'runs' ? '' : ` --log-dir ${logDir}`;
  return `what is done is kept in ${folder}. Go on with: kindred train --resume --tag ${tag}${where}`;
}
