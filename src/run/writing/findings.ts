// findings.csv: what was odd in the dataset, one row an image or a kind. It is closed before any label is read.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Anomalies, MixedKind, Outlier } from '../../cluster/judging/anomalies.js';
import type { RunCard } from '../files/card.js';
import { type CsvValue, readRunCsv, writeCsv } from '../files/csv.js';
import type { CopiedPictures } from '../images/copies.js';

const HEADER = ['finding', 'group', 'id', 'cluster', 'reason', 'partner', 'action'];
/** Of runs before copies had something to keep. */
const OLD_HEADER = HEADER.slice(0, 5);

/** What was odd in a dataset. In each group of copies the one to keep stands first. */
export type Findings = Anomalies & CopiedPictures;

/** For the card: images that are copies of an earlier one, images in groups of near and of turned copies, and what else was odd. */
export function countFindings(findings: Findings): NonNullable<RunCard['findings']> {
  const { exact, near, turned, outliers, mixedKinds } = findings;
  return {
    exactDuplicates: exact.flat().length - exact.length,
    nearDuplicates: near.flat().length,
    turnedCopies: turned.flat().length,
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
  const rowsOfGroups = (name: string, groups: Findings['exact'], reason: string, action = 'drop') =>
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
    ...rowsOfGroups('exact duplicate', findings.exact, 'the same pixels'),
    ...rowsOfGroups('near duplicate', findings.near, 'nearly the same picture'),
    ...rowsOfGroups('turned copy', findings.turned, 'the same picture, mirrored or turned', 'look'),
    ...findings.outliers.map((outlier) =>
      rowAlone('outlier', ids[outlier.image], assignment[outlier.image], reasonOfOutlier(outlier)),
    ),
    ...findings.mixedKinds.map((kind) => rowAlone('mixed kind', '', kind.cluster, reasonOfMixture(kind))),
  ]);
}

/** Of what is in no group. */
function rowAlone(finding: string, id: string, cluster: number, reason: string): CsvValue[] {
  return [finding, '', id, cluster, reason, '', ''];
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

function reasonOfOutlier({ reason, times }: Outlier): string {
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
