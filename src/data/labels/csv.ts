// The label column of a table of images.
import { labelColumn, listPaths, pixelColumns } from '../csv.js';
import { openCsvTable, readRecords } from '../csv-table.js';

/** The label of every image by its id; null where no column is called label. */
export async function csvLabels(path: string): Promise<ReadonlyMap<string, string> | null> {
  const table = await openCsvTable(path);
  const pixels = pixelColumns(table);
  if (pixels === null) {
    const column = labelColumn(table.header ?? []);
    if (column < 0) return null;
    const rows = await listPaths(table);
    return new Map(rows.map(({ id, fields }) => [id, fields[column]]));
  }
  if (pixels.label === null) return null;
  const labels = new Map<string, string>();
  for await (const fields of readRecords(table)) labels.set(String(labels.size), fields[pixels.label]);
  return labels;
}
