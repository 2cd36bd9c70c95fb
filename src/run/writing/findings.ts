// findings.csv: what was odd in the dataset, one row an image or a kind. It is closed before any label is read.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Anomalies, MixedKind, Outlier } from '../../cluster/judging/anomalies.js';
import { type CsvValue, readRunCsv, writeCsv } from '../files/csv.js';
import type { CopiedPictures } from '../images/copies.js';

const HEADER = ['finding', 'group', 'id', 'cluster', 'reason', 'partner', 'action'];
/** Of runs before copies had something to keep. */
const OLD_HEADER = HEADER.slice(0, 5);

/** What was odd in a dataset. In each group of copies the one to keep stands first. */
export interface Findings extends Anomalies {
  /** Pictures with the same pixels. */
  readonly exactDuplicates: CopiedPictures['exact'];
  /** Pictures that are nearly the same; no two of a group have the same pixels. */
  readonly nearDuplicates: CopiedPictures['near'];
  /** Pictures that are one another mirrored or turned, which may be meant so. */
  readonly turnedCopies: CopiedPictures['turned'];
}

/** How many of each there are, for the card. */
export interface FindingCounts {
  /** Images that have the same pixels as an earlier one. */
  readonly exactDuplicates: number;
  /** Images in groups of near duplicates. */
  readonly nearDuplicates: number;
  /** Images in groups of mirrored or turned copies. */
  readonly turnedCopies: number;
  readonly outliers: number;
  readonly mixedKinds: number;
}

export function countFindings(findings: Findings): FindingCounts {
  const { exactDuplicates, nearDuplicates, turnedCopies, outliers, mixedKinds } = findings;
  return {
    exactDuplicates: exactDuplicates.reduce((sum, group) => sum + group.length - 1, 0),
    nearDuplicates: nearDuplicates.reduce((sum, group) => sum + group.length, 0),
    turnedCopies: turnedCopies.reduce((sum, group) => sum + group.length, 0),
    outliers: outliers.length,
    mixedKinds: mixedKinds.length,
  };
}

/**
 * `group` numbers the groups of duplicates; `partner` is the picture of the group to keep, `action` says keep or drop of each, or look
 * where only a person can tell whether it is wanted. A mixed kind has no id.
 */
export function writeFindings(
  folder: string,
  findings: Findings,
  ids: readonly string[],
  assignment: Int32Array,
): void {
  const rowsOfGroups = (name: string, groups: Findings['exactDuplicates'], reason: string, action = 'drop') =>
    groups.flatMap((group, number) =>
      group.map((image, place): CsvValue[] => [
        name,
        number,
        ids[image],
        assignment[image],
        reason,
        place === 0 ? '' : ids[group[0]],
        place === 0 ? 'keep' : action,
      ]),
    );
  writeCsv(join(folder, 'findings.csv'), HEADER, [
    ...rowsOfGroups('exact duplicate', findings.exactDuplicates, 'the same pixels'),
    ...rowsOfGroups('near duplicate', findings.nearDuplicates, 'nearly the same picture'),
    ...rowsOfGroups('turned copy', findings.turnedCopies, 'the same picture, mirrored or turned', 'look'),
    ...findings.outliers.map((outlier): CsvValue[] => [
      'outlier',
      '',
      ids[outlier.image],
      assignment[outlier.image],
      reasonOfOutlier(outlier),
      '',
      '',
    ]),
    ...findings.mixedKinds.map((kind): CsvValue[] => [
      'mixed kind',
      '',
      '',
      kind.cluster,
      reasonOfMixture(kind),
      '',
      '',
    ]),
  ]);
}

export interface FoundAnomaly {
  readonly finding: string;
  /** Empty for a mixed kind. */
  readonly id: string;
  readonly cluster: number;
  readonly reason: string;
}

/** Reads findings.csv; runs of before there were findings have none. Throws an InputError if it is damaged. */
export function readFindings(folder: string): FoundAnomaly[] {
  if (!existsSync(join(folder, 'findings.csv'))) return [];
  const header = hasActions(folder) ? HEADER : OLD_HEADER;
  return readRunCsv(folder, 'findings.csv', header).map(([finding, , id, cluster, reason]) => ({
    finding,
    id,
    cluster: Number(cluster),
    reason,
  }));
}

function hasActions(folder: string): boolean {
  return readFileSync(join(folder, 'findings.csv'), 'utf8').startsWith(HEADER.join(','));
}

export function reasonOfOutlier({ reason, times }: Outlier): string {
  switch (reason) {
    case 'no kind':
      return 'belongs to no kind';
    case 'far from all':
      return `${times.toFixed(1)} times as far from its neighbours as is usual`;
    case 'farther than its neighbours are':
      return `${times.toFixed(1)} times as far from its neighbours as these are from theirs`;
  }
}

export function reasonOfMixture({ stability, outsideShare }: MixedKind): string {
  const parts = [];
  if (stability !== null) parts.push(`stability ${stability.toFixed(2)}`);
  parts.push(`${Math.round(outsideShare * 100)} % of its images' neighbours belong to other kinds`);
  return parts.join(', ');
}
