// skipped.csv: what of a source was not read, and why.
import type { Skipped } from '../../data/source.js';
import { writeCsv } from './csv.js';

/** Writes the table of the pictures that could not be read, and why: a run's skipped.csv, or another `path`. */
export function writeSkipped(path: string, skipped: readonly Skipped[]): void {
  writeCsv(
    path,
    ['id', 'reason'],
    skipped.map(({ id, reason }) => [id, reason]),
  );
}
