// Columns for the eye: words to the left, numbers to the right, two spaces between.
import { type Confusion, countOf } from '../../score/confusion.js';
import { counted } from '../flags/flag-values.js';

interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
}

/** Columns of words, by their titles. */
export function left(...titles: readonly string[]): Column[] {
  return titles.map((title) => ({ title, align: 'left' }));
}

/** Columns of numbers. */
export function right(...titles: readonly string[]): Column[] {
  return titles.map((title) => ({ title, align: 'right' }));
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

// The confusion matrix for the eye and for programs: a row a kind, a column a label.

/** More labels than this do not fit beside each other on a terminal. */
const MOST_COLUMNS = 16;

export interface NamedConfusion {
  readonly confusion: Confusion;
  /** One a class, in the order of the confusion's rows. */
  readonly classNames: readonly string[];
}

/** The table as text, or null where it has too many columns to be read. Zeros are dots. */
export function confusionTable({ confusion, classNames }: NamedConfusion): string | null {
  if (classNames.length > MOST_COLUMNS) return null;
  const rows = Array.from({ length: confusion.clusters }, (_, cluster) => [
    String(cluster),
    ...classNames.map((_, classIndex) => cell(countOf(confusion, classIndex, cluster))),
  ]);
  if (confusion.outside.some((count) => count > 0)) {
    rows.push(['none', ...classNames.map((_, classIndex) => cell(confusion.outside[classIndex]))]);
  }
  return table(right('kind', ...classNames), rows);
}

function cell(count: number): string {
  return count === 0 ? '·' : counted(count);
}

/** The table as plain arrays: `counts[kind][label]`, and `outside[label]` for images that belong nowhere. */
export function confusionRecord({ confusion, classNames }: NamedConfusion) {
  return {
    labels: classNames,
    counts: Array.from({ length: confusion.clusters }, (_, cluster) =>
      classNames.map((_, classIndex) => countOf(confusion, classIndex, cluster)),
    ),
    outside: Array.from(confusion.outside),
  };
}
