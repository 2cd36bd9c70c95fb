// The images that a person has chosen: ascending row numbers, each once, and as text: `0-5,7,9-12`.

export type Chosen = readonly number[];

/** The text of an edit, and of the address. */
export function writeChosen(chosen: Chosen): string {
  const ranges: string[] = [];
  for (let first = 0, at = 0; at < chosen.length; at++) {
    if (chosen[at + 1] === chosen[at] + 1) continue;
    ranges.push(first === at ? `${chosen[at]}` : `${chosen[first]}-${chosen[at]}`);
    first = at + 1;
  }
  return ranges.join(',');
}

/** What an address says; empty where it says nothing that can be meant for `count` images. */
export function readChosen(text: string | undefined, count: number): Chosen {
  if (text === undefined || !/^\d+(?:-\d+)?(?:,\d+(?:-\d+)?)*$/.test(text)) return [];
  const chosen: number[] = [];
  for (const range of text.split(',')) {
    const [from, to = from] = range.split('-').map(Number);
    if (to >= count || from <= (chosen.at(-1) ?? -1)) return [];
    for (let image = from; image <= to; image++) chosen.push(image);
  }
  return chosen;
}

/** With `image`, or without it if it was there. */
export function toggled(chosen: Chosen, image: number): Chosen {
  return chosen.includes(image)
    ? chosen.filter((other) => other !== image)
    : [...chosen, image].sort((a, b) => a - b);
}

export function united(a: Chosen, b: Chosen): Chosen {
  return [...new Set([...a, ...b])].sort((one, other) => one - other);
}
