// A colour for each kind. Ten hues that people with any colour vision tell apart as far as ten can be (after Okabe & Ito
// 2008, with lightness varied); beyond ten, the same hues lighter, then darker. Nowhere is a colour the only sign of a kind.

export type Rgb = readonly [red: number, green: number, blue: number];

const HUES: readonly Rgb[] = [
  [0, 114, 178],
  [230, 159, 0],
  [0, 158, 115],
  [204, 121, 167],
  [213, 94, 0],
  [86, 180, 233],
  [148, 103, 189],
  [140, 140, 30],
  [165, 70, 60],
  [110, 118, 130],
];

/** Of no kind. */
const NONE: Rgb = [150, 150, 150];

/** 0 … 255 each. */
export function colourOfKind(kind: number): Rgb {
  if (kind < 0) return NONE;
  const hue = HUES[kind % HUES.length];
  const turn = Math.floor(kind / HUES.length) % 3;
  if (turn === 0) return hue;
  const towards = turn === 1 ? 255 : 0;
  const [red, green, blue] = hue.map((part) => Math.round(part + (towards - part) * 0.4));
  return [red, green, blue];
}

export function cssColour([red, green, blue]: Rgb): string {
  return `rgb(${red} ${green} ${blue})`;
}
