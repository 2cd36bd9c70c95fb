// The label column of a table of images.
import { InputError } from '../../core/errors.js';
import { readPathRows } from '../csv.js';
import { labelColumn, pixelColumns } from '../csv-columns.js';
import { type CsvTable, openCsvTable } from '../csv-table.js';
import { readTexts } from '../number-rows.js';

/** The label of every image by its id, in the order of the rows; null where no column is called label. */
export async function csvLabels(path: string): Promise<ReadonlyMap<string, string> | null> {
  const table = await openCsvTable(path);
  const pixels = pixelColumns(table);
  const column = pixels === null ? labelColumn(table.header) : pixels.label;
  if (column === null) return null;
  const labels = new Map<string, string>();
  if (pixels !== null) {
    for await (const text of readTexts(table, pixels, column)) {
      labels.set(String(labels.size), labelIn(table, text, labels.size + 1));
    }
  } else {
    for await (const { id, row, fields } of readPathRows(table)) {
      labels.set(id, labelIn(table, fields[column], row));
    }
  }
  return labels;
}

function labelIn({ path }: CsvTable, field: string, row: number): string {
  const label = field.trim();
  if (label !== '') return label;
  throw new InputError(`${path} has no label in row ${row}: complete the column, or leave it out.`);
}
