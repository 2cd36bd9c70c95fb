// Pictures with transparent parts stand on a ground: white, as on paper and on most pages, but black where white would hide
// what they show. A dataset has one ground for all; a picture that would vanish on it stands on the other.

export const ALPHA_GROUNDS = ['white', 'black'] as const;
export type AlphaGround = (typeof ALPHA_GROUNDS)[number];

/** Mean difference from the ground, over what is visible, below which a picture is flat on it. */
const FLAT = 32;

/**
 * Mean brightness of what is visible, 0 … 255. `data`: grey (1) or RGB (3) and alpha. Null where all is opaque, or nothing is
 * there to be seen.
 */
export function visibleBrightness(data: Uint8Array, channels: 2 | 4): number | null {
  let [weight, light, isOpaque] = [0, 0, true];
  for (let at = 0; at < data.length; at += channels) {
    const alpha = data[at + channels - 1];
    if (alpha < 255) isOpaque = false;
    weight += alpha;
    light += alpha * lumaOf(data, at, channels);
  }
  return isOpaque || weight === 0 ? null : light / weight;
}

const isFlatOn = {
  white: (brightness: number) => 255 - brightness < FLAT,
  black: (brightness: number) => brightness < FLAT,
};

/** As bright as a pixel looks (ITU-R BT.709): yellow is no less lost on white than pale grey. */
function lumaOf(data: Uint8Array, at: number, channels: 2 | 4): number {
  return channels === 2 ? data[at] : 0.2126 * data[at] + 0.7152 * data[at + 1] + 0.0722 * data[at + 2];
}

/** The ground of a dataset, of some of its pictures' brightness: black where some would vanish on white, and fewer on black. */
export function groundOfDataset(brightness: readonly number[]): AlphaGround {
  const flatOnWhite = brightness.filter(isFlatOn.white).length;
  const flatOnBlack = brightness.filter(isFlatOn.black).length;
  return flatOnWhite > flatOnBlack ? 'black' : 'white';
}

/** Without alpha: (pixels · channels − 1); on the other ground than the dataset's where the picture would be flat on that. */
export function onGround(data: Uint8Array, channels: 2 | 4, preferred: AlphaGround): Uint8Array {
  const brightness = visibleBrightness(data, channels);
  const isFlat = brightness !== null && isFlatOn[preferred](brightness);
  const isWhite = (preferred === 'white') !== isFlat;
  const ground = isWhite ? 255 : 0;
  const colours = channels - 1;
  const flat = new Uint8Array((data.length / channels) * colours);
  for (let from = 0, to = 0; from < data.length; from += channels) {
    const alpha = data[from + colours];
    for (let channel = 0; channel < colours; channel++) {
      flat[to++] = Math.round((data[from + channel] * alpha + ground * (255 - alpha)) / 255);
    }
  }
  return flat;
}
