// corrections.csv: what a person had made of the run that this one refines, image by image. It is written before the
// training begins, so that a resumed run heeds the same words.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../../core/errors.js';
import type { Corrections } from '../../methods/kin/corrections.js';
import type { RunCard } from './card.js';
import { type CsvValue, readRunCsv, writeCsv } from './csv.js';

/** Of what a person spoke when an image's kind was said. A later word overrules only what is not surer. */
export const SAID = {
  nothing: 0,
  /** A group that it lies in: most of the group is of that kind. */
  ofGroup: 1,
  /** Several images that were moved at once, or a whole kind. */
  ofSeveral: 2,
  /** The image itself. */
  ofItself: 3,
} as const;

const WORDS = ['', 'group', 'several', 'itself'] as const;
const FILE = 'corrections.csv';
const HEADER = ['id', 'cluster', 'before', 'said'];

/** The kinds of a run after a person's edits. */
export interface CorrectedKinds {
  /** (n): 0 … k − 1; −1 for images that belong to no kind. */
  readonly assignment: Int32Array;
  /** (n): the same before anything was said of single images or groups; −1 also for kinds that are there no more. */
  readonly before: Int32Array;
  /** (n): one of SAID. */
  readonly said: Uint8Array;
}

/** An earlier run, and what a person made of it. */
export interface Refinement extends CorrectedKinds {
  /** Of the earlier run. */
  readonly card: RunCard;
  /** (k): what a person called each kind; null where nobody did. */
  readonly names: readonly (string | null)[];
  /** Edits that are heeded. */
  readonly edits: number;
}

export function writeCorrections(
  folder: string,
  ids: readonly string[],
  { assignment, before, said }: CorrectedKinds,
): void {
  const rows = ids.map((id, image): CsvValue[] => [id, assignment[image], before[image], WORDS[said[image]]]);
  writeCsv(join(folder, FILE), HEADER, rows);
}

/** Null where the run refines no other. Throws an InputError if the file is damaged. */
export function readCorrections(folder: string): CorrectedKinds | null {
  if (!existsSync(join(folder, FILE))) return null;
  const rows = readRunCsv(folder, FILE, HEADER);
  const refuse = (row: number, text: string): never => {
    throw new InputError(
      `${join(folder, FILE)}, row ${row + 1} has "${text}" where none belongs: restore the file or refine the earlier run again.`,
    );
  };
  const kind = (text: string, row: number) =>
    /^(?:-1|\d{1,9})$/.test(text) ? Number(text) : refuse(row, text);
  return {
    assignment: Int32Array.from(rows, ([, cluster], row) => kind(cluster, row)),
    before: Int32Array.from(rows, ([, , before], row) => kind(before, row)),
    said: Uint8Array.from(rows, ([, , , word], row) => {
      const said = (WORDS as readonly string[]).indexOf(word);
      return said >= 0 ? said : refuse(row, word);
    }),
  };
}

/** As the method takes them; k: kinds, each with an image. */
export function methodCorrections({ assignment, before, said }: CorrectedKinds, k: number): Corrections {
  return {
    k,
    assignment,
    before,
    held: said.map((what) => (what > SAID.ofGroup ? 1 : 0)),
    vouched: said.map((what) => (what === SAID.ofGroup ? 1 : 0)),
  };
}
