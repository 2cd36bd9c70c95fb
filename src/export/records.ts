// What every export is made of: the images of a finished run, each with its kind, and the kinds with their names, after
// a person's edits.
import { openJournal } from '../review/journal/journal.js';
import { presentKinds } from '../review/state.js';
import type { Kind } from '../run/files/artefacts.js';
import type { RunCard } from '../run/files/card.js';
import { SAID } from '../run/files/corrections.js';

export interface ExportedImage {
  readonly id: string;
  /** −1 for an image that belongs to no kind. */
  readonly cluster: number;
  /** Of its kind; empty outside of all. */
  readonly name: string;
  /** 0 … 1: that the image is of this kind; 1 where a person said so of just this image, 0 outside of all kinds. */
  readonly confidence: number;
  /** Is it of a kind at all? */
  readonly known: boolean;
}

export interface ExportedRun {
  readonly folder: string;
  readonly card: RunCard;
  readonly kinds: readonly Kind[];
  /** In the order of the source. */
  readonly images: readonly ExportedImage[];
}

/** Throws an InputError if the run is not finished, or its tables or edits are damaged. */
export function readExportedRun(folder: string): ExportedRun {
  const { card, state, found } = openJournal(folder);
  const { assignment, said } = state;
  const images = found.ids.map((id, index) => {
    const cluster = assignment[index];
    const isTold = said[index] > SAID.ofGroup;
    return {
      id,
      cluster,
      name: state.kinds[cluster]?.name ?? '',
      confidence: cluster < 0 ? 0 : isTold ? 1 : found.confidence[index],
      known: cluster >= 0,
    };
  });
  const kinds = presentKinds(state).map(({ kind, size, stability, name }) => ({
    cluster: kind,
    size,
    stability,
    name,
  }));
  return { folder, card, kinds, images };
}

/** Names that tell the kinds apart: where several kinds have one name, each carries its number behind it. */
export function distinctNames(kinds: readonly Pick<Kind, 'cluster' | 'name'>[]): string[] {
  const taken = new Set<string>();
  const isShared = (name: string) => kinds.filter((kind) => kind.name === name).length > 1;
  return kinds.map(({ cluster, name }) => {
    let distinct = name === '' || isShared(name) ? `${name} (${cluster})`.trim() : name;
    while (taken.has(distinct)) distinct = `${distinct} (${cluster})`;
    taken.add(distinct);
    return distinct;
  });
}
