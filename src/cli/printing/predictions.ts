// Predictions as CSV, JSON or Parquet, a batch at a time.
import type { ClassifiedBatch } from '../../methods/classify.js';
import { csvLine } from '../../run/files/csv.js';
import { createParquetTable, GROUP_ROWS, IMAGE_COLUMNS } from '../../run/files/parquet-table.js';

/** Turns batches into pieces of a file. */
export interface PredictionWriter {
  /** What stands before the first batch, and behind the last. */
  begin(): string;
  batch(batch: ClassifiedBatch): string | Uint8Array;
  end(): string | Uint8Array;
}

const WRITERS = { csv: csvWriter, json: jsonWriter, parquet: parquetWriter };

export async function predictionWriter(
  format: keyof typeof WRITERS,
  names: readonly string[],
): Promise<PredictionWriter> {
  return WRITERS[format](names);
}

function csvWriter(names: readonly string[]): PredictionWriter {
  return {
    begin: () => csvLine(Object.keys(IMAGE_COLUMNS)),
    batch: ({ ids, assignment, confidence, known }) =>
      ids
        .map((id, at) =>
          csvLine([id, assignment[at], nameOf(names, assignment[at]), confidence[at].toFixed(4), known[at]]),
        )
        .join(''),
    end: () => '',
  };
}

/** One array, an object a line. */
function jsonWriter(names: readonly string[]): PredictionWriter {
  let isFirst = true;
  const line = (record: object) => {
    const separator = isFirst ? '\n' : ',\n';
    isFirst = false;
    return separator + JSON.stringify(record);
  };
  return {
    begin: () => '[',
    batch: ({ ids, assignment, confidence, known }) =>
      ids
        .map((id, at) =>
          line({
            id,
            cluster: assignment[at],
            name: nameOf(names, assignment[at]),
            confidence: Number(confidence[at].toFixed(4)),
            known: known[at],
          }),
        )
        .join(''),
    end: () => '\n]\n',
  };
}

async function parquetWriter(names: readonly string[]): Promise<PredictionWriter> {
  let pieces: Uint8Array[] = [];
  let waiting: ClassifiedBatch[] = [];
  const table = await createParquetTable(IMAGE_COLUMNS, (bytes) => pieces.push(bytes));
  const written = () => {
    const bytes = Buffer.concat(pieces);
    pieces = [];
    return bytes;
  };
  const writeWaiting = () => {
    const cluster = waiting.flatMap((batch) => [...batch.assignment]);
    table.write({
      id: waiting.flatMap(({ ids }) => ids),
      cluster,
      name: cluster.map((number) => nameOf(names, number)),
      confidence: waiting.flatMap(({ confidence }) => [...confidence]),
      known: waiting.flatMap(({ known }) => known),
    });
    waiting = [];
  };
  return {
    begin: () => '',
    batch(batch) {
      waiting.push(batch);
      if (waiting.reduce((rows, { ids }) => rows + ids.length, 0) >= GROUP_ROWS) writeWaiting();
      return written();
    },
    end() {
      if (waiting.length > 0) writeWaiting();
      table.finish();
      return written();
    },
  };
}

/** −1 belongs nowhere and has no name. */
function nameOf(names: readonly string[], cluster: number): string {
  return names[cluster] ?? '';
}
