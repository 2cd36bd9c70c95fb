// Files as they come from cameras, microscopes, scanners and other people's programs, from public bug reports.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodePicture } from '#kindred/data/decoding/decode.js';
import { bunzip2 } from '#kindred/data/formats/archives/bunzip2.js';
import { sniffFile } from '#kindred/data/formats/file-formats.js';
import { openDataset } from '#kindred/data/formats/open.js';
import { createSieve, siftPaths } from '#kindred/data/formats/picture-files.js';
import { chooseFraming, samplePictures } from '#kindred/data/framing/choose-framing.js';
import { framedSource } from '#kindred/data/framing/framed-source.js';
import { NO_FRAMING_CHOICES } from '#kindred/data/framing/framing.js';
import { READING_LIMITS } from '#kindred/data/pictures.js';
import { collectImages } from '#kindred/data/source.js';
import { encodeTar, encodeZip } from '../support/archives.js';
import { temporaryFolder } from '../support/folders.js';
import { directoryOf, patternImages } from '../support/idx.js';
import { encodeImageParquet } from '../support/parquet.js';
import { hasPython, runPython } from '../support/peers.js';
import { allPictures } from '../support/pictures.js';

const png = await sharp({ create: { width: 4, height: 4, channels: 3, background: '#808080' } })
  .png()
  .toBuffer();

function folderOf(files: Readonly<Record<string, Uint8Array | string>>): string {
  const folder = temporaryFolder();
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), bytes);
  }
  return folder;
}

async function opened(location: string, exclude: readonly string[] = []) {
  return (await openDataset([location], { ...READING_LIMITS, exclude })).train;
}

const idsOf = async (location: string) => (await allPictures(await opened(location))).map(({ id }) => id);

describe('what lies beside pictures', () => {
  // ProjectKestrel PR #58, Pillow #4807: shadows that macOS leaves on drives of other systems; WebDataset's sidecars.
  const files = {
    'a/000.JPG': png,
    'a/._000.JPG': 'attributes',
    'a/000.json': '{}',
    'a/000.cls': '3',
    '.thumbs/000.png': png,
    '__MACOSX/a/._000.JPG': 'attributes',
    'old/run.json': '{}',
    'old/sprite.png': png,
    'clip.mp4': '\0\0\0\x18ftypmp42\0\0\0\0',
  };
  const reasons = {
    '.thumbs/': 'a hidden folder',
    '__MACOSX/': 'a shadow that macOS leaves in archives',
    'a/._000.JPG': 'a hidden file',
    'a/000.cls': 'no picture (.cls)',
    'a/000.json': 'no picture (.json)',
    'clip.mp4': 'no picture (.mp4)',
    'old/': 'the folder of a run (it holds run.json)',
  };

  it('is told alike in a folder, a zip and a tar', async () => {
    const folder = folderOf(files);
    const bytes = Object.entries(files).map(([name, content]) => ({ name, bytes: Buffer.from(content) }));
    const archives = folderOf({
      'pile.zip': encodeZip(bytes),
      'pile.tar': await encodeTar(Object.fromEntries(bytes.map((entry) => [entry.name, entry.bytes]))),
    });
    for (const location of [folder, join(archives, 'pile.zip'), join(archives, 'pile.tar')]) {
      const source = await opened(location);
      expect((await allPictures(source)).map(({ id }) => id)).toEqual(['a/000.JPG']);
      const told = source.passedOver?.map(({ id, reason }) => [id, reason]) ?? [];
      expect(Object.fromEntries(told)).toEqual(reasons);
    }
  });

  it('is left out by globs, with a slash by path and without by name', async () => {
    const paths = ['a/x.png', 'a/b/x.png', 'a/b/y.gif', 'b/x.png', 'x.png'];
    const kept = async (...globs: string[]) => siftPaths(paths, await createSieve(globs)).kept;
    expect(await kept('b')).toEqual(['a/x.png', 'x.png']);
    expect(await kept('a/b/')).toEqual(['a/x.png', 'b/x.png', 'x.png']);
    expect(await kept('*.gif', '/x.png')).toEqual(['a/x.png', 'a/b/x.png', 'b/x.png']);
    expect(await kept('**/b/*.png')).toEqual(['a/x.png', 'a/b/y.gif', 'x.png']);
    expect(await kept('{a,b}/**')).toEqual(['x.png']);
  });

  it('is told of a folder of Parquet or IDX files too', async () => {
    const shard = encodeImageParquet([
      { bytes: png, path: null },
      { bytes: png, path: null },
    ]);
    const folder = folderOf({ 'data/train-0.parquet': shard, 'README.md': 'cards', 'extra.png': png });
    expect((await opened(folder)).passedOver).toEqual([
      { id: 'extra.png', reason: 'not read beside Parquet files' },
    ]);
    const idx = directoryOf({
      'train-images-idx3-ubyte': patternImages(2),
      'extra.png': png,
    });
    expect((await opened(idx)).passedOver).toEqual([
      { id: 'extra.png', reason: 'not read beside IDX files' },
    ]);
  });

  it('is no IDX file because a folder above it is called so', async () => {
    const folder = folderOf({
      'idx3-data/notes.bin': 'some text',
      'idx3-data/t10k-images.idx3-ubyte': 'damaged',
    });
    await expect(sniffFile(join(folder, 'idx3-data/notes.bin'))).rejects.toThrow(
      'in no format that kindred reads',
    );
    expect((await sniffFile(join(folder, 'idx3-data/t10k-images.idx3-ubyte'))).format.name).toBe('idx');
  });
});

describe('names in a zip', () => {
  it.skipIf(!hasPython('zipfile'))("are those of Info-ZIP's extra field where it fits the name", async () => {
    // Version 1, the check sum of the name as it stands, the name in UTF-8.
    const program = `
import struct, sys, zipfile, zlib
with zipfile.ZipFile(sys.argv[1], 'w') as archive:
    for raw, name, sum in [('cafe.png', 'café.png', 0), ('tea.png', 'thé.png', 1)]:
        info = zipfile.ZipInfo(raw)
        data = struct.pack('<BI', 1, zlib.crc32(raw.encode()) + sum) + name.encode()
        info.extra = struct.pack('<HH', 0x7075, len(data)) + data
        archive.writestr(info, open(sys.argv[2], 'rb').read())
`;
    const folder = folderOf({ 'a.png': png });
    runPython(program, join(folder, 'pile.zip'), join(folder, 'a.png'));
    expect(await idsOf(join(folder, 'pile.zip'))).toEqual(['café.png', 'tea.png']);
  });
});

describe('pages of a TIFF', () => {
  const page = (value: number) =>
    sharp({ create: { width: 8, height: 8, channels: 3, background: { r: value, g: value, b: value } } });

  it.skipIf(!hasPython('PIL'))(
    'are pictures, in folders, zips and tars alike; small copies are not',
    async () => {
      const folder = folderOf({});
      const program = `
import sys
from PIL import Image, TiffImagePlugin
pages = [Image.new('L', (8, 8), value) for value in (10, 20, 30)]
pages[0].save(sys.argv[1] + '/stack.tif', save_all=True, append_images=pages[1:])
pages[0].save(sys.argv[1] + '/big.tif', save_all=True, append_images=pages[1:], big_tiff=True)
small = Image.new('L', (4, 4), 99)
small.encoderinfo = {'tiffinfo': {254: 1}}
pages[0].save(sys.argv[1] + '/copy.tif', save_all=True, append_images=[small])
`;
      runPython(program, folder);
      writeFileSync(join(folder, 'stack.tif#2.png'), png);
      const pyramid = await page(50)
        .resize(600, 600)
        .tiff({ pyramid: true, tile: true, tileWidth: 64, tileHeight: 64 });
      await pyramid.toFile(join(folder, 'pyramid.tif'));
      const ids = [
        'big.tif',
        'big.tif#2',
        'big.tif#3',
        'copy.tif',
        'pyramid.tif',
        'stack.tif',
        'stack.tif#2',
        'stack.tif#3',
      ];
      expect(await idsOf(folder)).toEqual([...ids, 'stack.tif#2.png']);
      const bytes = Object.fromEntries(
        ['big.tif', 'copy.tif', 'pyramid.tif', 'stack.tif'].map((name) => [
          name,
          readFileSync(join(folder, name)),
        ]),
      );
      const archives = folderOf({
        'pile.zip': encodeZip(Object.entries(bytes).map(([name, content]) => ({ name, bytes: content }))),
        'pile.tar': await encodeTar(bytes),
      });
      expect(await idsOf(join(archives, 'pile.zip'))).toEqual(ids);
      expect(await idsOf(join(archives, 'pile.tar'))).toEqual(ids);
      const values = [];
      for (const picture of await allPictures(await opened(join(folder, 'stack.tif')))) {
        if (picture.kind !== 'encoded') throw new Error(picture.id);
        values.push(
          (await decodePicture(picture, { channels: 1, box: null, limits: READING_LIMITS })).data[0],
        );
      }
      expect(values).toEqual([10, 20, 30]);
    },
  );
});

describe('values of more than 8 bits', () => {
  /** A grey PNG of 16 bits: `low` in its upper half, `high` in its lower. */
  const deep = (low: number, high: number) =>
    sharp(
      Uint16Array.from({ length: 64 }, (_, at) => (at < 32 ? low : high)),
      { raw: { width: 8, height: 8, channels: 1 } },
    )
      .toColourspace('grey16')
      .png()
      .toBuffer();

  // junyanz/pytorch-CycleGAN-and-pix2pix #950: 1000 … 1400 and 1100 … 1300 are not the same picture.
  it('keep what they mean across the pictures of a pile, in the pile and in new pictures', async () => {
    const folder = folderOf({ 'a.png': await deep(1000, 1400), 'b.png': await deep(1100, 1300) });
    const train = await opened(folder);
    const sample = await samplePictures(train, READING_LIMITS);
    const { framing, decisions } = chooseFraming(sample, NO_FRAMING_CHOICES, null);
    expect(framing.ranges).toEqual({ ushort: [1000, 1400] });
    expect(decisions[0].reason).toContain('values 1000 to 1400');
    const values = async (location: string) => {
      const { data } = await collectImages(
        framedSource(await opened(location), { ...framing, polarity: 'keep' }),
      );
      return [...new Set(data)];
    };
    expect(await values(folder)).toEqual([0, 255, 64, 191]);
    const again = await samplePictures(await opened(join(folder, 'b.png')), READING_LIMITS, framing);
    expect(again.ranges).toEqual(framing.ranges);
    expect(await values(join(folder, 'b.png'))).toEqual([64, 191]);
  });

  it('are told in the order of the source, whichever picture is looked at first', async () => {
    const large = Float32Array.from({ length: 4_000_000 }, (_, at) => at);
    const folder = folderOf({
      'a.pfm': Buffer.concat([Buffer.from('Pf\n2000 2000\n-1.0\n'), Buffer.from(large.buffer)]),
      'b.png': await deep(1000, 1400),
    });
    const { ranges, reasons } = await samplePictures(await opened(folder), READING_LIMITS);
    expect(Object.keys(ranges)).toEqual(['float', 'ushort']);
    expect(reasons[1]).toContain('values 1000 to 1400');
  });

  it('stay as they are where they fill what their type holds', async () => {
    const folder = folderOf({ 'a.png': await deep(500, 60_000) });
    const { ranges, reasons } = await samplePictures(await opened(folder), READING_LIMITS);
    expect(ranges).toEqual({ ushort: [0, 65_535] });
    expect(reasons).toEqual([]);
  });
});

// image-rs/image #539: Photoshop announces alpha in a BMP and leaves it 0.
it('a BMP whose alpha is 0 everywhere is opaque', async () => {
  const file = Buffer.alloc(14 + 56 + 8);
  file.write('BM', 'latin1');
  for (const [at, value] of [
    [10, 70],
    [14, 56],
    [18, 2],
    [22, 1],
    [30, 3],
    [54, 0x00ff_0000],
    [58, 0x0000_ff00],
    [62, 0x0000_00ff],
    [66, 0xff00_0000],
    [70, 0x0010_2030],
    [74, 0x0040_5060],
  ]) {
    file.writeUInt32LE(value, at);
  }
  file.writeUInt16LE(32, 28);
  const options = { channels: 3, box: null, limits: READING_LIMITS } as const;
  const { data } = await decodePicture({ kind: 'encoded', id: 'a', file }, options);
  expect([...data]).toEqual([16, 32, 48, 64, 80, 96]);
});

describe.skipIf(!hasPython('bz2'))('bzip2', () => {
  it('is unpacked at every level, in streams that follow each other, and from pieces of any size', async () => {
    const folder = folderOf({});
    const program = `
import bz2, random, sys
random.seed(4)
parts = [b'', b'a', b'ab' * 70000, bytes(random.randrange(256) for _ in range(120000)), b'x' * 1000003]
open(sys.argv[1] + '/plain', 'wb').write(b''.join(parts))
open(sys.argv[1] + '/packed', 'wb').write(b''.join(bz2.compress(part, 1 + 2 * at) for at, part in enumerate(parts)))
`;
    runPython(program, folder);
    const packed = readFileSync(join(folder, 'packed'));
    const plain = readFileSync(join(folder, 'plain'));
    for (const size of [1013, packed.length]) {
      const pieces = async function* () {
        for (let at = 0; at < packed.length; at += size) yield packed.subarray(at, at + size);
      };
      const unpacked: Uint8Array[] = [];
      for await (const chunk of bunzip2(pieces())) unpacked.push(chunk);
      expect(Buffer.concat(unpacked).equals(plain)).toBe(true);
    }
    const damaged = Buffer.from(packed);
    damaged[packed.length >> 1] ^= 0x10;
    const reading = async () => {
      for await (const _ of bunzip2(
        (async function* () {
          yield damaged;
        })(),
      ));
    };
    await expect(reading()).rejects.toThrow(Error);
  });
});

describe.skipIf(!hasPython('PIL', 'numpy'))('an animated PNG', () => {
  it('shows its first frame with something on it, composed as Pillow composes it', async () => {
    const folder = folderOf({});
    const program = `
import sys
import numpy as np
from PIL import Image
white = Image.new('RGBA', (20, 16), (255, 255, 255, 255))
for dispose in (0, 1, 2):
    for blend in (0, 1):
        faint, drawn = white.copy(), white.copy()
        faint.paste((250, 250, 250, 255), (1, 1, 5, 5))
        drawn.paste((20, 40, 200, 255), (6, 4, 14, 12))
        name = f'{sys.argv[1]}/{dispose}{blend}.png'
        white.save(name, save_all=True, append_images=[faint, drawn], disposal=dispose, blend=blend, duration=40)
        image = Image.open(name)
        image.seek(2)
        ground = Image.new('RGBA', image.size, (255, 255, 255, 255))
        ground.alpha_composite(image.convert('RGBA'))
        np.asarray(ground.convert('RGB')).tofile(name + '.raw')
`;
    runPython(program, folder);
    for (const name of ['00', '01', '10', '11', '20', '21']) {
      const file = join(folder, `${name}.png`);
      const options = { channels: 3, box: null, limits: READING_LIMITS } as const;
      const { data } = await decodePicture({ kind: 'encoded', id: name, file }, options);
      expect(Buffer.from(data).equals(readFileSync(`${file}.raw`)), name).toBe(true);
    }
  });
});
