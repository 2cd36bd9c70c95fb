// Pictures as people have them, in folders and archives: names, links, colour spaces, orientation, depth.
import { linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { InputError } from '#kindred/core/errors.js';
import { decodePicture } from '#kindred/data/decoding/decode.js';
import { openDataset } from '#kindred/data/formats/open.js';
import { type Picture, type PictureSource, READING_LIMITS } from '#kindred/data/pictures.js';
import { encodeTar, encodeZip } from '../support/archives.js';
import { temporaryFolder } from '../support/folders.js';

async function all(source: PictureSource): Promise<Picture[]> {
  const pictures: Picture[] = [];
  for await (const picture of source.pictures()) pictures.push(picture);
  return pictures;
}

async function opened(...locations: string[]): Promise<PictureSource> {
  return (await openDataset(locations)).train;
}

const grey = (value: number) =>
  sharp({ create: { width: 3, height: 2, channels: 3, background: { r: value, g: value, b: value } } });
const png = await grey(90).png().toBuffer();

function write(folder: string, path: string, bytes: Uint8Array = png): void {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), bytes);
}

describe('a folder', () => {
  it('is read in byte order, whatever script, spaces or line breaks its names have', async () => {
    const folder = temporaryFolder();
    const names = [
      'ζ/α.png',
      'a b.PNG',
      'line\nbreak.jpeg',
      '"quoted", it\'s.png',
      '字.webp',
      '😀.png',
      '\u{ffee}.png',
      'B.gif',
    ];
    for (const name of names) write(folder, name);
    write(folder, 'notes.txt', Buffer.from('not a picture'));
    write(folder, '.hidden.png');
    const source = await opened(folder);
    expect(source.passedOver).toEqual([
      { id: '.hidden.png', reason: 'a hidden file' },
      { id: 'notes.txt', reason: 'no picture (.txt)' },
    ]);
    const ids = (await all(source)).map(({ id }) => id);
    expect(ids).toEqual([...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
  });

  it('is entered once however its links lead back, and what cannot be read is named', async () => {
    const folder = temporaryFolder();
    write(folder, 'inside/a.png');
    symlinkSync('..', join(folder, 'inside/up'));
    symlinkSync('inside', join(folder, 'same'));
    symlinkSync('gone', join(folder, 'broken.png'));
    symlinkSync('inside/a.png', join(folder, 'linked.png'));
    const pictures = await all(await opened(folder));
    expect(pictures.filter(({ kind }) => kind === 'encoded')).toHaveLength(2);
    expect(pictures.find(({ id }) => id === 'broken.png')).toMatchObject({
      kind: 'unreadable',
      reason: 'the symbolic link leads nowhere',
    });
  });

  it('may hold 100,000 files', async () => {
    const folder = temporaryFolder();
    write(folder, '000000.png');
    for (let n = 1; n < 100_000; n++) {
      // A file system bounds the links to one file.
      const original = join(folder, `${String(n - (n % 10_000)).padStart(6, '0')}.png`);
      if (n % 10_000 === 0) writeFileSync(original, png);
      else linkSync(original, join(folder, `${String(n).padStart(6, '0')}.png`));
    }
    const source = await opened(folder);
    expect(source.count).toBe(100_000);
    expect((await source.sample(4)).map(({ id }) => id)).toEqual(
      ['000000', '025000', '050000', '075000'].map((name) => `${name}.png`),
    );
  }, 60_000);
});

describe('an archive', () => {
  const files = { 'b/2.png': png, 'a.png': png, '__MACOSX/a.png': png, 'readme.txt': Buffer.from('hello') };

  it.each([
    [
      'zip',
      async () => encodeZip(Object.entries(files).map(([name, bytes]) => ({ name, bytes, deflated: true }))),
      ['a.png', 'b/2.png'],
    ],
    ['tar', () => encodeTar(files), ['b/2.png', 'a.png']],
    ['tar.gz', async () => gzipSync(await encodeTar(files)), ['b/2.png', 'a.png']],
  ])('.%s gives its pictures and nothing else', async (ending, bytes, ids) => {
    const folder = temporaryFolder();
    write(folder, `pile.${ending}`, await bytes());
    const source = await opened(join(folder, `pile.${ending}`));
    const pictures = await all(source);
    expect(pictures.map(({ id }) => id)).toEqual(ids);
    for (const picture of pictures) {
      expect(picture.kind === 'encoded' && Buffer.from(picture.file as Uint8Array).equals(png)).toBe(true);
    }
    expect((await source.sample(10)).map(({ id }) => id)).toEqual(ids);
  });

  it('that holds a name twice keeps both', async () => {
    const folder = temporaryFolder();
    write(
      folder,
      'twice.zip',
      encodeZip([
        { name: 'a.png', bytes: png },
        { name: 'a.png', bytes: png },
      ]),
    );
    expect((await all(await opened(join(folder, 'twice.zip')))).map(({ id }) => id)).toEqual([
      'a.png',
      'a.png#2',
    ]);
  });

  it('goes on behind an entry that is too large', async () => {
    const folder = temporaryFolder();
    const large = new Uint8Array(3 << 20);
    write(folder, 'a.tar', await encodeTar({ 'a.png': large, 'b.png': png }));
    write(
      folder,
      'a.zip',
      encodeZip([
        { name: 'a.png', bytes: large, deflated: true },
        { name: 'b.png', bytes: png },
      ]),
    );
    for (const name of ['a.tar', 'a.zip']) {
      const { train } = await openDataset([join(folder, name)], { ...READING_LIMITS, fileBytes: 1 << 20 });
      expect((await all(train)).map(({ kind }) => kind)).toEqual(['unreadable', 'encoded']);
    }
  });
});

describe('several sources', () => {
  it('are one, with ids that tell them apart', async () => {
    const folder = temporaryFolder();
    write(folder, 'left/a.png');
    write(folder, 'right/a.png');
    write(folder, 'deep/left/a.png');
    const ids = async (...names: string[]) =>
      (await all(await opened(...names.map((name) => join(folder, name))))).map(({ id }) => id);
    expect(await ids('left', 'right')).toEqual(['left/a.png', 'right/a.png']);
    expect(await ids('left', 'deep/left')).toEqual([`${folder}/left/a.png`, `${folder}/deep/left/a.png`]);
    await expect(ids('left', 'none')).rejects.toThrow(InputError);
  });
});

describe('decoding', () => {
  const decoded = (file: Uint8Array, channels: 1 | 3 = 1) =>
    decodePicture({ kind: 'encoded', id: 'a', file }, { channels, box: null, limits: READING_LIMITS });

  it('turns a picture upright by its EXIF orientation', async () => {
    const data = Uint8Array.of(0, 50, 100, 150, 200, 250);
    const turned = await sharp(data, { raw: { width: 3, height: 2, channels: 1 } })
      .withMetadata({ orientation: 6 })
      .png()
      .toBuffer();
    expect(await decoded(turned)).toMatchObject({
      width: 2,
      height: 3,
      data: Uint8Array.of(150, 0, 200, 50, 250, 100),
    });
  });

  it('puts transparent parts on white, and on black where white would hide the picture', async () => {
    const onGround = async (rgba: readonly number[]) => {
      const file = await sharp(Uint8Array.from(rgba), { raw: { width: 3, height: 1, channels: 4 } })
        .png()
        .toBuffer();
      return [...(await decoded(file, 3)).data];
    };
    const clear = [0, 0, 0, 0];
    expect(await onGround([0, 0, 0, 255, ...clear, 255, 0, 0, 128])).toEqual([
      0, 0, 0, 255, 255, 255, 255, 127, 127,
    ]);
    expect(await onGround([255, 255, 255, 255, ...clear, 250, 250, 240, 128])).toEqual([
      255, 255, 255, 0, 0, 0, 125, 125, 120,
    ]);
    // Yellow is as pale as white where a picture is grey; an opaque picture stands on nothing.
    expect((await onGround([255, 255, 0, 255, ...clear, ...clear])).slice(3)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(await onGround([250, 250, 250, 255, 250, 250, 250, 255, 250, 250, 250, 255])).toEqual(
      Array(9).fill(250),
    );
  });

  it('brings 16 bits to 8', async () => {
    const deep = Uint16Array.of(0, 257, 128 * 257, 65_535);
    const raw = { width: 4, height: 1, channels: 1 } as const;
    for (const file of [
      await sharp(deep, { raw }).toColourspace('rgb16').png().toBuffer(),
      await sharp(deep, { raw }).toColourspace('rgb16').tiff({ compression: 'lzw' }).toBuffer(),
    ]) {
      expect((await sharp(file).metadata()).depth).toBe('ushort');
      expect([...(await decoded(file)).data]).toEqual([0, 1, 128, 255]);
    }
  });

  it.each([
    ['palette PNG', () => grey(90).png({ palette: true }).toBuffer()],
    ['JPEG', () => grey(90).jpeg({ quality: 100 }).toBuffer()],
    ['CMYK JPEG', () => grey(90).toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer()],
    ['WebP', () => grey(90).webp({ lossless: true }).toBuffer()],
    ['GIF', () => grey(90).gif().toBuffer()],
    ['TIFF', () => grey(90).tiff().toBuffer()],
    ['AVIF', () => grey(90).avif({ quality: 90 }).toBuffer()],
    [
      'SVG',
      async () =>
        Buffer.from(
          '<svg xmlns="http://www.w3.org/2000/svg" width="3" height="2"><rect width="3" height="2" fill="#5a5a5a"/></svg>',
        ),
    ],
    [
      'BMP',
      async () => {
        // Two rows of three pixels, each of twelve bytes, behind the headers of 14 and 40 bytes.
        const file = Buffer.alloc(54 + 24, 90);
        file.fill(0, 0, 54).write('BM', 'latin1');
        file.writeUInt32LE(54, 10);
        file.writeUInt32LE(40, 14);
        file.writeInt32LE(3, 18);
        file.writeInt32LE(2, 22);
        file.writeUInt16LE(24, 28);
        return file;
      },
    ],
  ])('reads %s', async (_, file) => {
    const raster = await decoded(await file());
    expect(raster).toMatchObject({ width: 3, height: 2, channels: 1 });
    for (const value of raster.data) expect(Math.abs(value - 90)).toBeLessThanOrEqual(12);
    expect((await decoded(await file(), 3)).data).toHaveLength(18);
  });

  it('takes the first frame of an animation', async () => {
    const frames = [40, 200].map((value) => grey(value).raw().toBuffer());
    const both = Buffer.concat(await Promise.all(frames));
    const file = await sharp(both, { raw: { width: 3, height: 4, channels: 3, pageHeight: 2 } })
      .gif()
      .toBuffer();
    expect((await sharp(file).metadata()).pages).toBe(2);
    const { height, data } = await decoded(file);
    expect(height).toBe(2);
    expect(Math.abs(data[0] - 40)).toBeLessThan(8);
  });
});
