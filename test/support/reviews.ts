// The state of a run before anybody has edited it, in memory.
import { type ReviewState, stateOfRun } from '#kindred/review/state.js';

/** assignment (n) → the state, with kinds called `0`, `1`, … */
export function untouchedState(assignment: Int32Array, k: number): ReviewState {
  const kinds = Array.from({ length: k }, (_, kind) => ({
    name: `${kind}`,
    isNamed: false,
    stability: null,
  }));
  return stateOfRun({ assignment, kinds, earlier: null });
}
