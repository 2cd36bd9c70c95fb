// A set of images as text, as edits name them: `0-5,7,9-12`. The server's own is src/review/image-set.ts.

/** Row numbers in any order → text. */
export function writeImageSet(images: Iterable<number>): string {
  const sorted = Int32Array.from(images).sort();
  const ranges: string[] = [];
  let first = 0;
  sorted.forEach((image, at) => {
    if (at + 1 < sorted.length && sorted[at + 1] <= image + 1) return;
    ranges.push(sorted[first] === image ? `${image}` : `${sorted[first]}-${image}`);
    first = at + 1;
  });
  return ranges.join(',');
}

/** Text → ascending row numbers; what is no set, or names images from `count` on, is empty. */
export function readImageSet(text: string, count: number): number[] {
  if (!/^\d{1,9}(?:-\d{1,9})?(?:,\d{1,9}(?:-\d{1,9})?)*$/.test(text)) return [];
  const images = new Set<number>();
  for (const range of text.split(',')) {
    const [from, to = from] = range.split('-').map(Number);
    if (to >= count) return [];
    for (let image = from; image <= to; image++) images.add(image);
  }
  return [...images].sort((a, b) => a - b);
}
