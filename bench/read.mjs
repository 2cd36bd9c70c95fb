// Reading picture files: decoded and brought to 28 × 28 in grey, on two cores. Beside ours are Pillow with a process a core
// (bench/read_peer.py) and sharp alone, which is the decoder that we use: what it takes is our ceiling.
//
// npm run bench -- read [--record]. The files are made of the bundled MNIST in a temporary folder: small PNGs as glyphs and
// scans are cut, and JPEGs of half a megapixel as cameras give.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { openDataset } from '../dist/data/formats/open.js';
import { framedSource } from '../dist/data/framing/framed-source.js';
import { alternate, median, spread, table, timed } from './measure.mjs';
import { hasPeer, openPython } from './peer.mjs';
import { recordTable } from './results.mjs';
import { openMnist } from './training.mjs';

const SIDE = 28;
const ROUNDS = 5;
const CORES = 2;
/** Pictures that sharp has under way: more than its threads. */
const UNDER_WAY = 16;
const FRAMING = { height: SIDE, width: SIDE, channels: 1, polarity: 'keep', crop: 'whole' };

const PILES = {
  'PNG 96 × 96': { count: 12_000, make: (digit) => digit.resize(96, 96).png() },
  'JPEG 800 × 600': {
    count: 12_000,
    make: (digit) => digit.resize(800, 600, { fit: 'fill' }).toColourspace('srgb').jpeg({ quality: 90 }),
  },
};

export async function run(words) {
  const { values } = parseArgs({ args: words, options: { record: { type: 'boolean', default: false } } });
  if (!hasPeer(['PIL'], { name: 'Pillow', packages: 'python3-pil' })) return;
  const { train } = await openMnist();
  const lines = [];
  const ratios = [];
  for (const [name, { count, make }] of Object.entries(PILES)) {
    const folder = await mkdtemp(join(tmpdir(), 'kindred-read-'));
    try {
      await writePictures(folder, train, count, make);
      const compared = await compare(name, folder, count);
      lines.push(...compared.rows);
      ratios.push(...compared.ratios);
    } finally {
      await rm(folder, { recursive: true });
    }
  }
  const head = ['files', 'who', 'images/s: median (least–most)', 'ratio'];
  console.log(`${table(head, lines)}\n\n${ratios.join('\n')}`);
  if (values.record) await recordTable('read', { head, rows: lines });
}

async function writePictures(folder, { data }, count, make) {
  for (let image = 0; image < count; image++) {
    const pixels = data.slice(image * SIDE * SIDE, (image + 1) * SIDE * SIDE);
    const digit = sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 1 } });
    const picture = make(digit);
    const { format } = picture.options.formatOut === 'jpeg' ? { format: 'jpg' } : { format: 'png' };
    await picture.toFile(join(folder, `${String(image).padStart(6, '0')}.${format}`));
  }
}

async function compare(name, folder, count) {
  const peer = openPython(1, [join(import.meta.dirname, 'read_peer.py'), folder, String(CORES)]);
  const { version } = await peer.read();
  const results = await alternate(ROUNDS, {
    kindred: async () => count / (await timed(() => readByKindred(folder))).seconds,
    'sharp alone': async () => count / (await timed(() => readBySharp(folder))).seconds,
    [`Pillow ${version}`]: async () => count / (await peer.ask({})).seconds,
  });
  peer.close();
  const ours = median(results.kindred);
  const rows = Object.entries(results).map(([who, rates]) => [
    name,
    who,
    spread(rates, 0),
    who === 'kindred' ? '' : (ours / median(rates)).toFixed(2),
  ]);
  const label = name.split(' ')[0].toLowerCase();
  const ratios = Object.entries(results)
    .filter(([who]) => who !== 'kindred')
    .map(
      ([who, rates]) =>
        `ratio ${who.split(' ')[0].toLowerCase()}-${label} ${(ours / median(rates)).toFixed(2)}`,
    );
  return { rows, ratios };
}

async function readByKindred(folder) {
  const { train } = await openDataset([folder]);
  let read = 0;
  for await (const { count } of framedSource(train, FRAMING).batches(1024)) read += count;
  return read;
}

async function readBySharp(folder) {
  const files = await readdir(folder);
  let next = 0;
  const work = async () => {
    while (next < files.length) {
      const file = join(folder, files[next++]);
      await sharp(file).resize(SIDE, SIDE, { fit: 'inside' }).toColourspace('b-w').raw().toBuffer();
    }
  };
  await Promise.all(Array.from({ length: UNDER_WAY }, work));
}
