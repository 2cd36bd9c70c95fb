// Columns for the eye: words to the left, numbers to the right, two spaces between.

export interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
}

/** A title line and one line a row, without a line break at the end. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const lines = [columns.map(({ title }) => title), ...rows];
  const widths = columns.map((_, column) => Math.max(...lines.map((line) => [...line[column]].length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => {
          const gap = ' '.repeat(widths[column] - [...cell].length);
          return columns[column].align === 'left' ? cell + gap : gap + cell;
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** A fraction of 1 as a percentage with one decimal. */
export function percent(fraction: number): string {
  return `${(fraction * 100).toFixed(1)} %`;
}
