// predict.mjs: the same as predict.py for Node, with sharp for decoding.
import type { Preparation } from '../../core/pictures/preparation.js';
import type { Framing } from '../../data/framing/framing.js';
import { lines, type ProgramInput, stepsOf } from './input.js';

export function nodeProgram(input: ProgramInput): string {
  const { preparation, framing, ranges, alphaGround } = stepsOf(input);
  const { height, width, channels } = input.how;
  const ground = alphaGround === 'white' ? 255 : 0;
  const range = (...depths: string[]) => depths.map((depth) => ranges[depth]).find((found) => found);
  const deep = JSON.stringify({
    ushort: range('ushort') ?? [0, 65_535],
    float: range('float', 'double') ?? [0, 1],
  });
  const isGrey = channels === 1;
  return lines(
    `
// Kinds of pictures: node predict.mjs [FILE or FOLDER …]   npm install onnxruntime-node sharp
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import sharp from 'sharp';

const [HEIGHT, WIDTH, CHANNELS] = [${height}, ${width}, ${channels}];
const round = (value) => Math.floor(value + 0.5);
`,
    preparation === null ? sizeInside(framing as Framing) : sizeOfPreparation(preparation),
    `
/** Any file → ${isGrey ? 'grey' : 'RGB'} as it is seen, and the size of the whole. A large JPEG is decoded at 1/2, 1/4 or 1/8. */
async function upright(file) {
  const open = (name) => sharp(name, { autoOrient: true, failOn: 'error' });
  const { format, depth, space, autoOrient } = await open(file).metadata();
  const full = [autoOrient.height, autoOrient.width];
  const wanted = sizeAfter(...full);
  const leaves = (shrinkage) => full.every((side, at) => side >= 2 * wanted[at] * shrinkage);
  const shrinkage = format === 'jpeg' ? [8, 4, 2].find(leaves) : undefined;
  const range = ${deep}[depth];
  const { data, info } = await open(shrinkage ? \`\${file}[shrink=\${shrinkage}]\` : file)
    .toColourspace(range ? space : 'srgb').raw({ depth: range ? 'float' : 'uchar' }).toBuffer({ resolveWithObject: true });
  const colours = info.channels - (1 - (info.channels % 2));
  const values = range ? stretched(data, info.channels, colours, depth, range) : data;
  const opaque = colours < info.channels ? onGround(values, colours) : values;
  return { height: info.height, width: info.width, data: ${isGrey ? 'colours === 1 ? opaque : grey(opaque)' : 'colours === 3 ? opaque : Uint8Array.from({ length: opaque.length * 3 }, (_, at) => opaque[Math.floor(at / 3)])'}, full };
}

/** More than 8 bits → 8. */
function stretched(data, channels, colours, depth, [least, most]) {
  const values = new Float32Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.length));
  const alpha = depth === 'ushort' ? 1 / 257 : 255;
  const scale = 255 / (most - least || 1);
  return Uint8ClampedArray.from(values, (value, at) => (at % channels < colours ? (value - least) * scale : value * alpha));
}

/** Transparent parts on ${alphaGround}, unless what is visible would vanish there. */
function onGround(data, colours) {
  let [ground, weight, light, isOpaque] = [${ground}, 0, 0, true];
  const share = colours === 1 ? [1] : [0.2126, 0.7152, 0.0722];
  for (let at = 0; at < data.length; at += colours + 1) {
    const alpha = data[at + colours];
    isOpaque &&= alpha === 255;
    weight += alpha;
    for (const [channel, part] of share.entries()) light += alpha * part * data[at + channel];
  }
  if (!isOpaque && weight > 0 && Math.abs(ground - light / weight) < 32) ground = 255 - ground;
  return Uint8Array.from({ length: (data.length / (colours + 1)) * colours }, (_, at) => {
    const first = Math.floor(at / colours) * (colours + 1);
    const alpha = data[first + colours];
    return round((data[first + (at % colours)] * alpha + ground * (255 - alpha)) / 255);
  });
}
`,
    isGrey ? GREY : null,
    preparation === null ? framingSteps(framing as Framing) : preparationSteps(preparation, input),
    `
/** The files that are named, and those in the folders that are. */
const pictures = (names) => names.flatMap((name) => (!statSync(name).isDirectory() ? [name] : readdirSync(name, { recursive: true })
  .map((each) => \`\${name}/\${each}\`).filter((each) => /\\.(jpe?g|png|webp|gif|tiff?|avif|svg)$/i.test(each)).sort()));

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const names = JSON.parse(readFileSync(here('labels.json'), 'utf8'));
const session = await InferenceSession.create(here('classifier.onnx'));
for (const path of pictures(process.argv.length > 2 ? process.argv.slice(2) : [here('examples.npy')])) {
  try {
    const file = path.endsWith('.npy') ? readFileSync(path) : null; // uint8 (n, height, width, channels)
    const images = file ? new Uint8Array(file.subarray(10 + file.readUInt16LE(8))) : await imageOf(path);
    const count = images.length / (HEIGHT * WIDTH * CHANNELS);
    const { cluster, confidence } = await session.run({ ${input.name}: ${preparation === null ? "new Tensor('uint8', images, [count, HEIGHT, WIDTH, CHANNELS])" : 'modelInput(images, count)'} });
    cluster.data.forEach((kind, at) => console.log(\`\${kind < 0 ? '-' : names[kind]}\\t\${confidence.data[at].toFixed(4)}\\t\${path}\`));
  } catch (problem) {
    console.error(\`\${path}: \${problem.message.split('\\n')[0]}\`);
  }
}
`,
  );
}

const GREY = `
/** Relative luminance of the linear values (BT.709), encoded as sRGB; what is grey already stays so. */
function grey(data) {
  const light = Array.from({ length: 256 }, (_, value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
  const encoded = (share) => round((share <= 0.0031308 ? share * 12.92 : 1.055 * share ** (1 / 2.4) - 0.055) * 255);
  const values = Array.from({ length: 4097 }, (_, step) => encoded(step / 4096));
  const pixels = new Uint8Array(data.length / 3);
  for (let pixel = 0, at = 0; pixel < pixels.length; pixel++, at += 3) {
    const [red, green, blue] = [data[at], data[at + 1], data[at + 2]];
    const sum = 0.2126 * light[red] + 0.7152 * light[green] + 0.0722 * light[blue];
    pixels[pixel] = red === green && green === blue ? red : values[round(sum * 4096)];
  }
  return pixels;
}
`;

function sizeInside({ crop, height, width }: Framing): string {
  const isContent = crop === 'content';
  const times = isContent ? ' * 4' : '';
  return lines(
    `
/** The size at which a picture is looked at: its aspect kept${isContent ? '; a small one stays as it is' : ''}. */
function sizeAfter(height, width) {
  const scale = Math.min((${height}${times}) / height, (${width}${times}) / width);
`,
    isContent ? '  if (scale >= 1) return [height, width];' : null,
    `
  return [Math.max(1, round(height * scale)), Math.max(1, round(width * scale))];
}
`,
  );
}

/** core/pictures/resample.ts, ground.ts and placing.ts. */
function framingSteps({ channels, polarity, crop }: Framing): string {
  const inverting =
    '{ data = data.map((value) => 255 - value); ground = ground.map((value) => 255 - value); }';
  return lines(
    `
/** What each of \`count\` pixels takes: the mean of what it covers where a line shrinks, Keys' cubic (a = -1/2) where it grows. */
function weights(length, count) {
  const step = length / count;
  const cubic = (d) => (d < 1 ? (1.5 * d - 2.5) * d * d + 1 : d < 2 ? ((-0.5 * d + 2.5) * d - 4) * d + 2 : 0);
  return Array.from({ length: count }, (_, place) => {
    const taken = [];
    const [start, end, at] = [place * step, place * step + step, (place + 0.5) * step - 0.5];
    if (step >= 1) {
      const last = Math.min(length, Math.ceil(end - 1e-9));
      for (let pixel = Math.floor(start + 1e-9); pixel < last; pixel++)
        taken.push([pixel, (Math.min(end, pixel + 1) - Math.max(start, pixel)) / step]);
    } else {
      for (let pixel = Math.floor(at) - 1; pixel <= Math.floor(at) + 2; pixel++)
        taken.push([Math.min(Math.max(pixel, 0), length - 1), cubic(Math.abs(at - pixel))]);
    }
    return taken;
  });
}

/** \`data\`: lines of \`length\` pixels of \`size\` values → of \`count\`. */
function resizedLines(data, length, count, size) {
  const lines = weights(length, count);
  const values = new Float32Array((data.length / length) * count);
  for (let first = 0, to = 0; first < data.length; first += length * size)
    for (const taken of lines)
      for (let value = 0; value < size; value++, to++) {
        let sum = 0;
        for (const [pixel, weight] of taken) sum += weight * data[first + pixel * size + value];
        values[to] = sum;
      }
  return values;
}

function resized(data, height, width, toHeight, toWidth) {
  const narrow = resizedLines(data, width, toWidth, CHANNELS);
  return Uint8ClampedArray.from(resizedLines(narrow, height, toHeight, toWidth * CHANNELS));
}

/** A file → (height · width · channels) bytes, framed as the run's images were. */
async function imageOf(path) {
  const picture = await upright(path);
  const [height, width] = sizeAfter(...picture.full);
  let data = resized(picture.data, picture.height, picture.width, height, width);
  let ground = groundOf(data, height, width);
`,
    polarity === 'keep'
      ? null
      : `  ${polarity === 'each' ? 'if (ground.reduce((sum, value) => sum + value, 0) / CHANNELS > 127) ' : ''}${inverting}`,
    crop === 'content' ? placingContent(channels) : '  return placed(data, height, width, ground);',
    '}',
    GROUND,
    `
/** In the middle of one colour. */
function placed(data, height, width, colour, top = Math.floor((HEIGHT - height) / 2), left = Math.floor((WIDTH - width) / 2)) {
  const image = Uint8Array.from({ length: HEIGHT * WIDTH * CHANNELS }, (_, at) => colour[at % CHANNELS]);
  for (let row = 0; row < height; row++)
    image.set(data.subarray(row * width * CHANNELS, (row + 1) * width * CHANNELS), ((top + row) * WIDTH + left) * CHANNELS);
  return image;
}
`,
  );
}

const GROUND = `
/** The median of the outermost pixels, by channel. */
function groundOf(data, height, width) {
  const rim = [...Array(height * width).keys()].filter((at) =>
    at < width || at >= (height - 1) * width || at % width === 0 || at % width === width - 1);
  return Array.from({ length: CHANNELS }, (_, channel) => {
    const values = rim.map((pixel) => data[pixel * CHANNELS + channel]).sort((a, b) => a - b);
    return values[values.length >> 1];
  });
}
`;

function placingContent(channels: 1 | 3): string {
  return lines(
    `
  let [top, left, bottom, right, mass, x, y] = [height, width, -1, -1, 0, 0, 0];
  for (let at = 0; at < height * width; at++) {
    const contrast = Math.max(...ground.map((value, channel) => Math.abs(data[at * CHANNELS + channel] - value)));
    if (contrast <= 32) continue;
    const [row, column] = [Math.floor(at / width), at % width];
    [top, left, bottom, right] = [Math.min(top, row), Math.min(left, column), Math.max(bottom, row), Math.max(right, column)];
    [mass, x, y] = [mass + contrast, x + contrast * column, y + contrast * row];
  }
  const colour = ${channels === 1 ? '[0]' : 'ground'};
  if (mass === 0) return placed(data, 0, 0, colour);
  const [rows, columns] = [bottom - top + 1, right - left + 1];
  const scale = (Math.min(HEIGHT, WIDTH) * (20 / 28)) / Math.max(rows, columns);
  const [high, wide] = [rows, columns].map((side) => Math.max(1, round(side * scale)));
  const part = new Uint8Array(rows * columns * CHANNELS);
  for (let row = 0; row < rows; row++) {
    const from = ((top + row) * width + left) * CHANNELS;
    part.set(data.subarray(from, from + columns * CHANNELS), row * columns * CHANNELS);
  }
  const small = resized(part, rows, columns, high, wide);
`,
    channels === 1
      ? '  if (ground[0] > 0 && ground[0] < 255) small.forEach((value, at) => { small[at] = round((Math.max(0, value - ground[0]) * 255) / (255 - ground[0])); });'
      : null,
    `
  const centred = (side, length, centre, start) =>
    Math.min(Math.max(round((side - 1) / 2 - ((centre + 0.5 - start) * scale - 0.5)), 0), side - length);
  return placed(small, high, wide, colour, centred(HEIGHT, high, y / mass, top), centred(WIDTH, wide, x / mass, left));
`,
  );
}

function sizeOfPreparation({ resize }: Preparation): string {
  const body = (): string => {
    switch (resize.to) {
      case 'none':
        return '  return [height, width];';
      case 'exact':
        return `  return [${resize.height}, ${resize.width}];`;
      case 'shortest':
        return lines(
          `  let [short, long] = [${resize.edge}, Math.trunc((${resize.edge} * Math.max(height, width)) / Math.min(height, width))];`,
          resize.most === null
            ? null
            : `  if (long > ${resize.most}) [short, long] = [Math.max(1, Math.trunc((${resize.most} * short) / long)), ${resize.most}];`,
          '  return height < width ? [short, long] : [long, short];',
        ).trimEnd();
      case 'longest':
        return `  return [height, width].map((side) => Math.max(1, Math.trunc(side * (${resize.edge} / Math.max(height, width)) + 0.5)));`;
      case 'inside':
        return `  const scale = Math.min(${resize.height} / height, ${resize.width} / width);\n  return [height, width].map((side) => Math.max(1, round(side * scale)));`;
    }
  };
  return `
/** The size that a picture is brought to. */
function sizeAfter(height, width) {
${body()}
}
`;
}

/** Each filter's half width, and its height as an expression. core/pictures/filtering.ts. */
const FILTER_SHAPES: Readonly<Record<Exclude<Preparation['filter'], 'nearest'>, readonly [number, string]>> =
  {
    lanczos: [3, 'x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0'],
    bilinear: [1, 'Math.max(0, 1 - Math.abs(x))'],
    bicubic: [2, 'cubic(Math.abs(x))'],
    box: [0.5, 'x > -0.5 && x <= 0.5 ? 1 : 0'],
    hamming: [1, 'Math.abs(x) < 1 ? sinc(x) * (0.54 + 0.46 * Math.cos(Math.PI * x)) : 0'],
  };

function resizing(filter: Preparation['filter']): string {
  if (filter === 'nearest') {
    return `
/** Along one side: the pixel in which each middle lies. */
function resizedLines(data, length, count, size) {
  const values = new Uint8Array((data.length / length) * count);
  for (let first = 0, to = 0; first < data.length; first += length * size)
    for (let place = 0, at = (length / count) * 0.5; place < count; place++, at += length / count, to += size) {
      const from = first + Math.min(Math.trunc(at), length - 1) * size;
      values.set(data.subarray(from, from + size), to);
    }
  return values;
}
`;
  }
  const [support, height] = FILTER_SHAPES[filter];
  return lines(
    height.includes('sinc')
      ? 'const sinc = (x) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));'
      : null,
    height.includes('cubic')
      ? 'const cubic = (x) => (x < 1 ? (1.5 * x - 2.5) * x * x + 1 : x < 2 ? (((x - 5) * x + 8) * x - 4) * -0.5 : 0);'
      : null,
    `
const filter = (x) => (${height});

/** Along one side, byte for byte as Pillow's Image.resize: weights of 22 bits, each pass rounded. */
function resizedLines(data, length, count, size) {
  if (length === count) return data;
  const widening = Math.max(length / count, 1);
  const lines = Array.from({ length: count }, (_, place) => {
    const centre = (place + 0.5) * (length / count);
    const first = Math.max(0, Math.trunc(centre - ${support} * widening + 0.5));
    const last = Math.min(length, Math.trunc(centre + ${support} * widening + 0.5));
    const heights = Array.from({ length: last - first }, (_, index) => filter((index + first - centre + 0.5) * (1 / widening)));
    const sum = heights.reduce((total, each) => total + each, 0) || 1;
    return [first, heights.map((each) => (each / sum) * 2 ** 22).map((each) => Math.trunc(each + (each < 0 ? -0.5 : 0.5)))];
  });
  const values = new Uint8ClampedArray((data.length / length) * count);
  for (let start = 0, to = 0; start < data.length; start += length * size)
    for (const [first, weights] of lines)
      for (let value = 0; value < size; value++, to++) {
        let sum = 2 ** 21;
        for (let index = 0, at = start + first * size + value; index < weights.length; index++, at += size) sum += weights[index] * data[at];
        values[to] = sum >> 22;
      }
  return values;
}
`,
  );
}

function preparationSteps({ filter, fill, factor, mean, std }: Preparation, input: ProgramInput): string {
  const isGround = fill.with === 'ground';
  const start = (side: string, length: string) =>
    fill.with === 'values'
      ? '0'
      : isGround
        ? `Math.floor((${side} - ${length}) / 2)`
        : `-Math.floor((${length} - ${side}) / 2)`;
  const colour = isGround
    ? 'groundOf(data, height, width)'
    : `[${fill.with === 'values' ? fill.values.join(', ') : '0, 0, 0'}]`;
  const { channelsFirst, type } = input;
  const place = channelsFirst
    ? '(image * 3 + channel) * area + pixel'
    : '(image * area + pixel) * 3 + channel';
  return lines(
    resizing(filter),
    isGround ? GROUND : null,
    `
/** A file → (height · width · 3) bytes, as large as the model takes it. */
async function imageOf(path) {
  const picture = await upright(path);
  const [height, width] = sizeAfter(...picture.full);
  const narrow = resizedLines(picture.data, picture.width, width, 3);
  const data = resizedLines(narrow, picture.height, height, width * 3);
  const [top, left] = [${start('HEIGHT', 'height')}, ${start('WIDTH', 'width')}];
  const colour = ${colour};
  return Uint8Array.from({ length: HEIGHT * WIDTH * 3 }, (_, at) => {
    const [row, column] = [Math.floor(at / (WIDTH * 3)) - top, (Math.floor(at / 3) % WIDTH) - left];
    const isInside = row >= 0 && row < height && column >= 0 && column < width;
    return isInside ? data[(row * width + column) * 3 + (at % 3)] : colour[at % 3];
  });
}

function modelInput(images, count) {
  const area = HEIGHT * WIDTH;
${type === 'uint8' ? '' : `  const [mean, std] = [[${mean.join(', ')}], [${std.join(', ')}]];\n`}  const values = new ${type === 'uint8' ? 'Uint8Array' : 'Float32Array'}(images.length);
  for (let image = 0, from = 0; image < count; image++)
    for (let pixel = 0; pixel < area; pixel++)
      for (let channel = 0; channel < 3; channel++)
        values[${place}] = ${type === 'uint8' ? 'images[from++]' : `(images[from++] * ${factor} - mean[channel]) / std[channel]`};
  return new Tensor('${type}', values, ${channelsFirst ? '[count, 3, HEIGHT, WIDTH]' : '[count, HEIGHT, WIDTH, 3]'});
}
`,
  );
}
