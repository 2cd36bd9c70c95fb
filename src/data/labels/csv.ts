// The label column of a table of images.
import { InputError } from '../../core/errors.js';
import { readPathRows } from '../csv.js';
import { labelColumn, pixelColumns } from '../csv-columns.js';
import { type CsvTable, openCsvTable, readRecords } from '../csv-table.js';

/** The label of every image by its id, in the order of the rows; null where no column is called label. */
export async function csvLabels(path: string): Promise<ReadonlyMap<string, string> | null> {
  const table = await openCsvTable(path);
  const pixels = pixelColumns(table);
  const column = pixels === null ? labelColumn(table.header) : pixels.label;
  if (column === null) return null;
  const labels = new Map<string, string>();
  if (pixels !== null) {
    for await (const { row, fields } of readRecords(table)) {
      labels.set(String(row - 1), labelIn(table, fields, row, column));
    }
  } else {
    for await (const { id, row, fields } of readPathRows(table)) {
      labels.set(id, labelIn(table, fields, row, column));
    }
  }
  return labels;
}

function labelIn({ path }: CsvTable, fields: readonly string[], row: number, column: number): string {
  const label = fields[column].trim();
  if (label !== '') return label;
  throw new InputError(`${path} has no label in row ${row}: complete the column, or leave it out.`);
}
