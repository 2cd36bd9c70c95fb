// A finished run that was written by hand: as much of one as a person's edits need.
import { join } from 'node:path';
import { writeAssignments, writeKinds } from '#kindred/run/files/artefacts.js';
import { writeRunCard } from '#kindred/run/files/card.js';
import { temporaryFolder } from './folders.js';
import { exampleCard } from './run-card.js';

/** assignment (n) → the folder of a run with kinds `kind-0`, `kind-1`, … */
export function reviewedRun(assignment: readonly number[]): string {
  const folder = join(temporaryFolder(), 'run');
  const k = Math.max(...assignment) + 1;
  const sizes = Array.from({ length: k }, (_, kind) => assignment.filter((each) => each === kind).length);
  const card = exampleCard();
  writeRunCard(folder, {
    ...card,
    finished: true,
    k,
    clusterSizes: sizes,
    data: { ...card.data, count: assignment.length },
  });
  writeAssignments(folder, {
    ids: assignment.map((_, image) => `${image}`),
    assignment: Int32Array.from(assignment),
    confidence: new Float32Array(assignment.length).fill(0.5),
  });
  writeKinds(
    folder,
    sizes.map((size, cluster) => ({ cluster, size, stability: null, name: `kind-${cluster}` })),
  );
  return folder;
}
