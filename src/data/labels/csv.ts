// The label column of a table of images.
import { readPathRows } from '../csv.js';
import { labelColumn, listColumn, pixelColumns } from '../csv-columns.js';
import { openCsvTable, readRecords } from '../csv-table.js';
import { readTexts } from '../number-rows.js';
import { labelIn } from './missing.js';

/** The label of every image that has one, by its id; null where no column is called label. */
export async function csvLabels(path: string): Promise<ReadonlyMap<string, string> | null> {
  const table = await openCsvTable(path);
  const pixels = pixelColumns(table);
  const column = pixels === null ? labelColumn(table.header) : pixels.label;
  if (column === null) return null;
  const labels = new Map<string, string>();
  const keep = (id: string, field: string) => {
    const label = labelIn(field);
    if (label !== null) labels.set(id, label);
  };
  if (pixels !== null) {
    let row = 0;
    for await (const text of readTexts(table, pixels, column)) {
      keep(String(row++), text);
    }
  } else if (listColumn(table) !== null) {
    for await (const { row, fields } of readRecords(table)) keep(String(row - 1), fields[column]);
  } else {
    for await (const { id, fields } of readPathRows(table)) keep(id, fields[column]);
  }
  return labels;
}
