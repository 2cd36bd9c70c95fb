// The images and their kinds as one table: CSV or Parquet.
import { writeFileAtomic } from '../core/files.js';
import { writeCsv } from '../run/files/csv.js';
import { createParquetTable, GROUP_ROWS, IMAGE_COLUMNS } from '../run/files/parquet-table.js';
import type { ExportedRun } from './records.js';

/** `id,cluster,name,confidence,known` */
export async function exportCsv({ images }: ExportedRun, path: string): Promise<void> {
  const rows = images.map(({ id, cluster, name, confidence, known }) => [
    id,
    cluster,
    name,
    confidence.toFixed(4),
    known,
  ]);
  writeCsv(path, Object.keys(IMAGE_COLUMNS), rows);
}

/** The same columns: string, int32, string, float, boolean. */
export async function exportParquet({ images }: ExportedRun, path: string): Promise<void> {
  const parts: Uint8Array[] = [];
  const table = await createParquetTable(IMAGE_COLUMNS, (bytes) => parts.push(bytes));
  for (let start = 0; start < images.length; start += GROUP_ROWS) {
    const group = images.slice(start, start + GROUP_ROWS);
    table.write({
      id: group.map(({ id }) => id),
      cluster: group.map(({ cluster }) => cluster),
      name: group.map(({ name }) => name),
      confidence: group.map(({ confidence }) => confidence),
      known: group.map(({ known }) => known),
    });
  }
  table.finish();
  writeFileAtomic(path, ...parts);
}
