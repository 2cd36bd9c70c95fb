// A picture in memory, and its grey.

/** Pixel (row, column, channel) of `data` in that order, 0 … 255. */
export interface Raster {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
  readonly data: Uint8Array;
}

// sRGB → grey as libvips does it, so that a picture is the same grey whoever decoded it: relative luminance of the linear
// values (ITU-R BT.709), with sRGB's transfer function undone and done again (IEC 61966-2-1).

/** Linear light, 0 … 1, of each sRGB value. */
const LINEAR = Float64Array.from({ length: 256 }, (_, value) => {
  const share = value / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
});
const STEPS = 4096;
/** sRGB value of each step of linear light. */
const ENCODED = Uint8Array.from({ length: STEPS + 1 }, (_, step) => {
  const light = step / STEPS;
  const share = light <= 0.0031308 ? light * 12.92 : 1.055 * light ** (1 / 2.4) - 0.055;
  return Math.round(share * 255);
});

/** (n, 3) → (n). A pixel whose channels are equal keeps their value. */
export function greyOf(data: Uint8Array): Uint8Array {
  const grey = new Uint8Array(data.length / 3);
  for (let pixel = 0, at = 0; pixel < grey.length; pixel++, at += 3) {
    const red = data[at];
    const green = data[at + 1];
    const blue = data[at + 2];
    grey[pixel] =
      red === green && green === blue
        ? red
        : ENCODED[
            Math.round((0.2126 * LINEAR[red] + 0.7152 * LINEAR[green] + 0.0722 * LINEAR[blue]) * STEPS)
          ];
  }
  return grey;
}

/** The same in grey or in colour. */
export function inChannels(raster: Raster, channels: 1 | 3): Raster {
  const isToGrey = raster.channels === 3 && channels === 1;
  const data = isToGrey ? greyOf(raster.data) : withChannels(raster.data, raster.channels, channels);
  return { ...raster, channels, data };
}

/** Grey stays one channel whatever colour space was asked for: it is repeated; what stands after is dropped. */
export function withChannels(data: Uint8Array, found: number, wanted: number): Uint8Array {
  if (found === wanted) return data;
  const pixels = data.length / found;
  const values = new Uint8Array(pixels * wanted);
  for (let pixel = 0; pixel < pixels; pixel++) {
    for (let channel = 0; channel < wanted; channel++) {
      values[pixel * wanted + channel] = data[pixel * found + Math.min(channel, found - 1)];
    }
  }
  return values;
}
