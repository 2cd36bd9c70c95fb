// What programs write where a label is missing.

/** Of a cell of a table; null where it says none. `none` and `NA` may be meant: wafers without a defect, North America. */
export function labelIn(cell: string): string | null {
  const label = cell.trim();
  return label === '' || /^(nan|null|<na>)$/i.test(label) ? null : label;
}
