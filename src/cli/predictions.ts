// Predictions as text, in pieces, so that a large pile need not fit into one string.
import { csvLine } from '../run/csv.js';
import type { Predictions } from '../run/predict.js';

const ROWS_A_CHUNK = 8192;

interface PredictionRow {
  readonly id: string;
  readonly cluster: number;
  readonly name: string;
  readonly confidence: number;
  readonly known: boolean;
}

function rowOf({ ids, cluster, name, confidence, known }: Predictions, imageIndex: number): PredictionRow {
  return {
    id: ids[imageIndex],
    cluster: cluster[imageIndex],
    // −1 belongs nowhere and has no name.
    name: name[cluster[imageIndex]] ?? '',
    confidence: Number(confidence[imageIndex].toFixed(4)),
    known: known[imageIndex],
  };
}

/** The table in pieces of some thousand rows. */
export function* csvChunks(predictions: Predictions): Generator<string> {
  let text = csvLine(['id', 'cluster', 'name', 'confidence', 'known']);
  for (let imageIndex = 0; imageIndex < predictions.ids.length; imageIndex++) {
    const { id, cluster, name, confidence, known } = rowOf(predictions, imageIndex);
    text += csvLine([id, cluster, name, confidence.toFixed(4), known]);
    if ((imageIndex + 1) % ROWS_A_CHUNK === 0) {
      yield text;
      text = '';
    }
  }
  yield text;
}

/** One array, an object a line, in pieces of some thousand rows. */
export function* jsonChunks(predictions: Predictions): Generator<string> {
  let text = '[';
  for (let imageIndex = 0; imageIndex < predictions.ids.length; imageIndex++) {
    text += `${imageIndex === 0 ? '\n' : ',\n'}${JSON.stringify(rowOf(predictions, imageIndex))}`;
    if ((imageIndex + 1) % ROWS_A_CHUNK === 0) {
      yield text;
      text = '';
    }
  }
  yield `${text}\n]\n`;
}
