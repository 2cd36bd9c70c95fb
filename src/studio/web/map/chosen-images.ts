// The images that a person has chosen on the map: ascending row numbers, each once.

export type Chosen = readonly number[];

/** With `image`, or without it if it was there. */
export function toggled(chosen: Chosen, image: number): Chosen {
  return chosen.includes(image)
    ? chosen.filter((other) => other !== image)
    : [...chosen, image].sort((a, b) => a - b);
}

export function united(a: Chosen, b: Chosen): Chosen {
  return [...new Set([...a, ...b])].sort((one, other) => one - other);
}
