// A run's model with the names that its kinds have by now, for programs that know nothing of the run.
import { withMetadata } from '../engine/onnx.js';

/** model → the same with `kindred.kinds`, a JSON list of a name a kind, among its metadata_props. */
export function namedModel(model: Uint8Array, kinds: readonly string[], version: string): Uint8Array {
  return withMetadata(model, version, { 'kindred.kinds': JSON.stringify(kinds) });
}
