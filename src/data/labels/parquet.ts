// The column of labels in Parquet shards, with the names that Hugging Face keeps for its numbers.
import { parquetSchema } from 'hyparquet';
import { openShards, type ParquetShard, readRows } from '../parquet.js';

const LABEL_NAME = /^(label|labels|fine_label|class|category|target|y)$/i;
const ROWS_AT_ONCE = 65_536;

/** The label of every row of all shards; null where a shard has no such column. */
export async function parquetLabels(paths: readonly string[]): Promise<string[] | null> {
  const labels: string[] = [];
  for (const shard of await openShards(paths)) {
    const column = parquetSchema(shard.metadata)
      .children.map(({ element }) => element.name)
      .find((name) => LABEL_NAME.test(name));
    if (column === undefined) return null;
    const names = classNames(shard, column);
    for (let start = 0; start < shard.rows; start += ROWS_AT_ONCE) {
      const end = Math.min(shard.rows, start + ROWS_AT_ONCE);
      for (const row of await readRows(shard, [column], start, end))
        labels.push(labelText(row[column], names));
    }
  }
  return labels;
}

function labelText(value: unknown, names: readonly string[]): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  return names[Number(value)] ?? String(value);
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
