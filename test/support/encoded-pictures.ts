// Encoders of all the ways that people's take and give, and pictures of all formats and sizes to show them.
import sharp from 'sharp';
import { createRandom } from '#kindred/core/random.js';
import { createOnnxGraph, type OnnxGraph } from '#kindred/engine/onnx/onnx.js';

export const SIDE = 24;
const PARTS = 108;

/** (n, 3, SIDE, SIDE) → (n, 3, 6, 6): means of squares. */
function squares(graph: OnnxGraph, images: string): string {
  return graph.node('AveragePool', [images], { attributes: { kernel_shape: [4, 4], strides: [4, 4] } });
}

/** Encoders that take and give what people's do, and how their pictures are prepared. */
export const ENCODERS: Readonly<
  Record<string, { readonly config: object; readonly model: () => Uint8Array }>
> = {
  vectors: {
    config: {
      image_processor_type: 'CLIPImageProcessor',
      size: { shortest_edge: 28 },
      crop_size: { height: SIDE, width: SIDE },
      do_center_crop: true,
      resample: 3,
    },
    model() {
      const graph = createOnnxGraph('encoder');
      const images = graph.input('pixel_values', 'float32', ['n', 3, SIDE, SIDE]);
      graph.output('vectors', graph.reshape(squares(graph, images), [-1, PARTS]), 'float32', ['n', PARTS]);
      return graph.encode();
    },
  },
  tokens: {
    config: {
      size: { height: SIDE, width: SIDE },
      resample: 1,
      image_mean: [0.5, 0.5, 0.5],
      image_std: [0.5, 0.5, 0.5],
    },
    model() {
      const graph = createOnnxGraph('encoder');
      const images = graph.input('pixel_values', 'float32', ['n', 3, SIDE, SIDE]);
      const first = graph.reshape(squares(graph, images), [-1, 1, PARTS]);
      const second = graph.node('Neg', [first]);
      const tokens = graph.node('Concat', [first, second], { attributes: { axis: 1 } });
      graph.output('last_hidden_state', tokens, 'float32', ['n', 2, PARTS]);
      return graph.encode();
    },
  },
  // Bytes, the channels last, four images at once, and maps.
  maps: {
    config: { kindred_fit: 'whole', size: { height: SIDE, width: SIDE }, resample: 2 },
    model() {
      const graph = createOnnxGraph('encoder');
      const bytes = graph.input('image', 'uint8', [4, SIDE, SIDE, 3]);
      const random = createRandom(5, 'weights');
      const weights = Float32Array.from({ length: 32 * 3 * 9 }, () => random.normal() / 255);
      const floats = graph.node('Cast', [bytes], { attributes: { to: 1 } });
      const images = graph.node('Transpose', [floats], { attributes: { perm: [0, 3, 1, 2] } });
      const filtered = graph.node('Conv', [images, graph.constant(weights, [32, 3, 3, 3])]);
      graph.output('maps', graph.node('Tanh', [filtered]), 'float32', [4, 32, SIDE - 2, SIDE - 2]);
      return graph.encode();
    },
  },
};

/** Colours that run into each other, of a hue and a direction; `noise` is what makes kinds overlap. */
export function photograph(
  seed: number,
  kind: number,
  [height, width]: readonly [number, number],
  noise = 160,
) {
  const random = createRandom(seed, 'photograph');
  const [across, down, phase] = [random.uniform() + 0.5, random.uniform() + 0.5, random.uniform() * 2];
  const lift = [0, 1, 2].map((channel) => (channel === kind % 3 ? 45 : 0) + noise * (random.uniform() - 0.5));
  const data = new Uint8ClampedArray(height * width * 3);
  for (let row = 0, at = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const slope = kind < 3 ? (across * column) / width : (down * row) / height;
      const wave = 55 * Math.sin(6 * slope + phase);
      for (let channel = 0; channel < 3; channel++) {
        data[at++] = 105 + wave + lift[channel] + 12 * (random.uniform() - 0.5);
      }
    }
  }
  return sharp(Buffer.from(data.buffer), { raw: { height, width, channels: 3 } });
}

/** Pictures to try, by their files' names. */
export const PICTURES: Readonly<Record<string, () => Promise<Buffer>>> = {
  'plain.png': () => photograph(901, 0, [40, 60]).png().toBuffer(),
  'tall.png': () => photograph(902, 1, [90, 31]).png().toBuffer(),
  'small.png': () => photograph(903, 2, [7, 5]).png().toBuffer(),
  'line.png': () => photograph(904, 3, [1, 64]).png().toBuffer(),
  'grey.png': () => photograph(905, 4, [50, 50]).greyscale().png().toBuffer(),
  'palette.png': () => photograph(906, 0, [50, 70]).png({ palette: true, colours: 16 }).toBuffer(),
  'photo.jpg': () => photograph(907, 1, [120, 180]).jpeg({ quality: 92 }).toBuffer(),
  'progressive.jpg': () => photograph(908, 2, [150, 100]).jpeg({ progressive: true, quality: 92 }).toBuffer(),
  'large.jpg': () => photograph(909, 3, [900, 1300]).jpeg({ quality: 92 }).toBuffer(),
  'turned.jpg': () =>
    photograph(910, 5, [80, 140]).withMetadata({ orientation: 6 }).jpeg({ quality: 92 }).toBuffer(),
  'grey.jpg': () => photograph(911, 0, [64, 64]).greyscale().jpeg({ quality: 92 }).toBuffer(),
  'wide-gamut.jpg': () => photograph(912, 1, [60, 80]).withIccProfile('p3').jpeg({ quality: 95 }).toBuffer(),
  'photo.webp': () => photograph(913, 4, [100, 80]).webp({ lossless: true }).toBuffer(),
  'photo.gif': () => photograph(914, 5, [60, 60]).gif().toBuffer(),
  'cut-out.png': async () => {
    const { data } = await photograph(915, 2, [64, 64]).raw().toBuffer({ resolveWithObject: true });
    const pixels = Buffer.alloc(64 * 64 * 4);
    for (let at = 0; at < 64 * 64; at++) {
      data.copy(pixels, at * 4, at * 3, at * 3 + 3);
      pixels[at * 4 + 3] = Math.hypot((at & 63) - 32, (at >> 6) - 32) < 24 ? 255 : (at * 7) & 127;
    }
    return sharp(pixels, { raw: { height: 64, width: 64, channels: 4 } })
      .png()
      .toBuffer();
  },
  // What a browser does not read.
  'plain.ppm': async () => {
    const { data } = await photograph(917, 4, [30, 44]).raw().toBuffer({ resolveWithObject: true });
    return Buffer.concat([Buffer.from('P6\n44 30\n255\n'), data]);
  },
  'photo.tiff': () => photograph(918, 5, [52, 40]).tiff().toBuffer(),
  // Shown darker by whoever heeds it; what reads a pile does not.
  'gamma.png': async () => withGamma(await photograph(916, 3, [48, 48]).png().toBuffer()),
};

/** With the chunk gAMA of 1/1 in front of the others. */
function withGamma(png: Buffer): Buffer {
  const chunk = Buffer.from('0000000467414d41000186a031e8965f', 'hex');
  return Buffer.concat([png.subarray(0, 33), chunk, png.subarray(33)]);
}
