// The column of labels in Parquet shards, with the names that Hugging Face keeps for its numbers.
import type { SchemaTree } from 'hyparquet';
import { openShards, type ParquetShard, readCells, rowRanges } from '../formats/tables/parquet-shards.js';
import { READING_LIMITS } from '../pictures.js';
import { labelIn } from './csv.js';

/** The likeliest first. */
const LABEL_NAMES = ['label', 'labels', 'fine_label', 'class', 'category', 'target', 'y'];

/** The label of every row of all shards, in order, null for a row without; null where a shard has no such column. */
export async function parquetLabels(paths: readonly string[]): Promise<(string | null)[] | null> {
  const labels: (string | null)[] = [];
  for (const shard of await openShards(paths, READING_LIMITS)) {
    const column = labelColumn(shard.columns);
    if (column === null) return null;
    const names = classNames(shard, column);
    for (const range of rowRanges(shard, column)) {
      for (const cell of await readCells(shard, column, range)) labels.push(labelText(cell, names));
    }
  }
  return labels;
}

function labelColumn(columns: readonly SchemaTree[]): string | null {
  const plain = columns
    .filter(({ children, element }) => children.length === 0 && element.repetition_type !== 'REPEATED')
    .map(({ element }) => element.name);
  for (const wanted of LABEL_NAMES) {
    const found = plain.find((name) => name.toLowerCase() === wanted);
    if (found !== undefined) return found;
  }
  return null;
}

/** Null where the row has none; Hugging Face writes −1 for labels that are kept secret. */
function labelText(cell: unknown, names: readonly string[]): string | null {
  if (cell === null || cell === undefined) return null;
  if (cell instanceof Uint8Array) return labelIn(Buffer.from(cell).toString('utf8'));
  if (names.length > 0 && Number(cell) === -1) return null;
  return names[Number(cell)] ?? labelIn(String(cell));
}

/** `info.features.COLUMN.names` under the key huggingface; nothing where a writer left it out. */
function classNames({ metadata }: ParquetShard, column: string): readonly string[] {
  const text = metadata.key_value_metadata?.find(({ key }) => key === 'huggingface')?.value;
  if (text === undefined) return [];
  try {
    const names: unknown = JSON.parse(text)?.info?.features?.[column]?.names;
    return Array.isArray(names) ? names.map(String) : [];
  } catch {
    return [];
  }
}
