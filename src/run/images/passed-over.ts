// What a person is told of what was not read.
import { reasonsCounted } from '../../data/formats/sieve.js';
import type { PassedOver, Skipped } from '../../data/source.js';

/** One line on pictures that cannot be read; none where all can. `list`: the file that names each. */
export function tellSkipped(skipped: readonly Skipped[], list: string, notice: (line: string) => void): void {
  const [first] = skipped;
  if (first === undefined) return;
  const pictures = skipped.length === 1 ? '1 picture that cannot' : `${skipped.length} pictures that cannot`;
  notice(`skipped: ${pictures} be read, listed in ${list}; the first is ${first.id}: ${first.reason}`);
}

/** One line on files and folders that are no part of the dataset, by reason; none where there are none. */
export function tellPassedOver(
  passedOver: readonly PassedOver[],
  list: string | null,
  notice: (line: string) => void,
): void {
  if (passedOver.length === 0) return;
  const where = list === null ? '' : `, listed in ${list}`;
  const what =
    passedOver.length === 1
      ? '1 file or folder that is no part'
      : `${passedOver.length} files or folders that are no part`;
  notice(`passed over: ${what} of the dataset${where}: ${reasonsCounted(passedOver)}`);
}
