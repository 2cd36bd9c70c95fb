// Encoding picture files by the packaged encoder, decoding included, on two cores. Beside ours is ONNX Runtime in Python with Pillow
// (bench/encode_peer.py) on the same file and cores: a thread that decodes ahead for each core, and the model asked in batches of 16 by a session as
// it comes, and one by one by a session whose threads do not spin while they wait, which is the fastest that we found.
//
// npm run bench -- encode [--count N] [--rounds N] [--record]. The pictures are drawn for it: JPEGs of half a megapixel with the grain
// of photographs, and the same as small PNGs. The cache is left out, then measured by itself.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { createRandom } from '../dist/core/random.js';
import { openSource } from '../dist/data/formats/open.js';
import { READING_LIMITS } from '../dist/data/pictures.js';
import { openImageEncoder } from '../dist/methods/vectors/image-encoder.js';
import { encodedPictures } from '../dist/run/images/encoded-pictures.js';
import { alternate, median, spread, table, timed } from './measure.mjs';
import { hasPeer, openPinned, PEER_PYTHON } from './peer.mjs';
import { recordTable } from './results.mjs';

const MODEL = join(import.meta.dirname, '../models/efficientnet-lite2/model.onnx');
const CORES = 2;
const PILES = {
  'JPEG 800 × 600': (image) => image.jpeg({ quality: 90 }),
  'PNG 96 × 96': (image) => image.resize(96, 96).png(),
};

export async function run(words) {
  const { values } = parseArgs({
    args: words,
    options: {
      count: { type: 'string', default: '400' },
      rounds: { type: 'string', default: '3' },
      record: { type: 'boolean', default: false },
    },
  });
  const packages = 'onnxruntime numpy pillow';
  if (!hasPeer(['onnxruntime', 'PIL'], { name: 'ONNX Runtime', packages, isFromPyPI: true })) return;
  const [count, rounds] = [Number(values.count), Number(values.rounds)];
  const rows = [];
  for (const [name, written] of Object.entries(PILES)) {
    const folder = await mkdtemp(join(tmpdir(), 'kindred-encode-'));
    try {
      await writePictures(folder, count, written);
      rows.push(...(await compare(name, folder, count, rounds)));
    } finally {
      await rm(folder, { recursive: true });
    }
  }
  const head = ['files', 'who', 'images/s: median (least–most)', 'ratio'];
  console.log(table(head, rows));
  if (values.record) await recordTable('encode', { head, rows });
}

async function writePictures(folder, count, written) {
  for (let picture = 0; picture < count; picture++) {
    const random = createRandom(picture, 'pictures');
    const [height, width] = [6 + (picture % 6) * 3, 8 + (picture % 6) * 4];
    const data = Uint8Array.from({ length: height * width * 3 }, () => random.integer(256));
    const raw = { width, height, channels: 3 };
    const large = sharp(data, { raw }).resize(800, 600, { fit: 'fill', kernel: 'cubic' });
    const pixels = await large.raw().toBuffer();
    for (let at = 0; at < pixels.length; at += 3) {
      const grain = random.integer(25) - 12;
      for (let channel = 0; channel < 3; channel++) {
        pixels[at + channel] = Math.min(255, Math.max(0, pixels[at + channel] + grain));
      }
    }
    const image = sharp(pixels, { raw: { width: 800, height: 600, channels: 3 } });
    await written(image).toFile(join(folder, String(picture).padStart(6, '0')));
  }
}

async function compare(name, folder, count, rounds) {
  const script = join(import.meta.dirname, 'encode_peer.py');
  const peer = openPinned(CORES, PEER_PYTHON, [script, MODEL, folder, String(CORES)]);
  const { version } = await peer.read();
  const encoder = await openImageEncoder(MODEL, CORES);
  const cache = await mkdtemp(join(tmpdir(), 'kindred-encode-cache-'));
  const ours = async (where) => {
    process.env.KINDRED_CACHE = where;
    return count / (await timed(() => encodeByKindred(encoder, folder))).seconds;
  };
  const results = await alternate(rounds, {
    kindred: () => ours('off'),
    // The round that warms up fills it.
    'kindred, known pictures': () => ours(cache),
    [`onnxruntime ${version}, 16 at once`]: async () =>
      count / (await peer.ask({ batch: 16, spins: true })).seconds,
    [`onnxruntime ${version}, one by one, not spinning`]: async () =>
      count / (await peer.ask({ batch: 1, spins: false })).seconds,
  });
  peer.close();
  await encoder.close();
  await rm(cache, { recursive: true });
  const own = median(results.kindred);
  return Object.entries(results).map(([who, rates]) => [
    name,
    who,
    spread(rates, 1),
    who === 'kindred' ? '' : (own / median(rates)).toFixed(2),
  ]);
}

async function encodeByKindred(encoder, folder) {
  const pictures = await openSource([folder], READING_LIMITS);
  const reading = { limits: READING_LIMITS, values: {} };
  const watch = { signal: new AbortController().signal, notice: () => {} };
  let encoded = 0;
  for await (const { ids } of encodedPictures(encoder, pictures, reading, watch)) encoded += ids.length;
  return encoded;
}
