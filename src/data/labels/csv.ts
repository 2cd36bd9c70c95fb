// The label column of a table of images.
import { findPaths, readPathRows } from '../formats/tables/csv.js';
import { labelColumn, listColumn, pixelColumns } from '../formats/tables/csv-columns.js';
import { openCsvTable, readRecords } from '../formats/tables/csv-table.js';
import { readTexts } from '../formats/tables/number-rows.js';

/** The label of every image that has one, by its id; null where no column is called label. */
export async function csvLabels(path: string): Promise<ReadonlyMap<string, string> | null> {
  const table = await openCsvTable(path);
  const pixels = pixelColumns(table);
  const labels = new Map<string, string>();
  const keep = (id: string, field: string) => {
    const label = labelIn(field);
    if (label !== null) labels.set(id, label);
  };
  if (pixels !== null) {
    if (pixels.label === null) return null;
    let row = 0;
    for await (const text of readTexts(table, pixels, pixels.label)) keep(String(row++), text);
    return labels;
  }
  if (listColumn(table) !== null) {
    const column = labelColumn(table.header);
    if (column === null) return null;
    for await (const { row, fields } of readRecords(table)) keep(String(row - 1), fields[column]);
    return labels;
  }
  const paths = findPaths(table);
  const column = labelColumn(paths.table.header) ?? besidePath(paths);
  if (column === null) return null;
  for await (const { id, fields } of readPathRows(paths)) keep(id, fields[column]);
  return labels;
}

/** Of two columns without names, the one that holds no paths. */
function besidePath({ table, column }: ReturnType<typeof findPaths>): number | null {
  const isPair = table.header === null && table.firstRows.every((row) => row.length === 2);
  return isPair ? 1 - column : null;
}

// What programs write where a label is missing.

/** Of a cell of a table; null where it says none. `none` and `NA` may be meant: wafers without a defect, North America. */
export function labelIn(cell: string): string | null {
  const label = cell.trim();
  return label === '' || /^(nan|null|<na>)$/i.test(label) ? null : label;
}
