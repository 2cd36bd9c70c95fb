// README's table of formats: every cell of it is tried.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodePicture, UnreadablePictureError } from '#kindred/data/decoding/decode.js';
import { openDataset } from '#kindred/data/formats/open.js';
import { READING_LIMITS } from '#kindred/data/pictures.js';
import { encodeTar, encodeZip } from '../support/archives.js';
import { sharedFolder } from '../support/folders.js';
import { encodeImageParquet } from '../support/parquet.js';
import { allPictures } from '../support/pictures.js';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const folder = sharedFolder();

const drawing = sharp({ create: { width: 20, height: 20, channels: 3, background: '#555555' } });
const png = await drawing.png().toBuffer();
const tiff = await drawing.tiff().toBuffer();
const text = (content: string) => Buffer.from(content, 'latin1');

function bmp(): Buffer {
  const file = Buffer.alloc(54 + 12, 90);
  file.fill(0, 0, 54).write('BM', 'latin1');
  for (const [at, value] of [
    [10, 54],
    [14, 40],
    [18, 1],
    [22, 3],
  ]) {
    file.writeUInt32LE(value, at);
  }
  file.writeUInt16LE(24, 28);
  return file;
}

/** Files of each row, by name. */
const FILES: Readonly<Record<string, Readonly<Record<string, Buffer>>>> = {
  PNG: { 'a.png': png },
  JPEG: { 'a.jpg': await drawing.jpeg().toBuffer() },
  GIF: { 'a.gif': await drawing.gif().toBuffer() },
  WebP: { 'a.webp': await drawing.webp().toBuffer() },
  TIFF: { 'a.tif': tiff },
  BMP: { 'a.bmp': bmp() },
  'PBM, PGM, PPM, PAM, PFM': {
    'a.pbm': text('P1 2 1 0 1'),
    'a.pgm': text('P5 2 1 255 ab'),
    'a.ppm': text('P3 1 1 255 1 2 3'),
    'a.pam': text('P7\nWIDTH 2\nHEIGHT 1\nDEPTH 1\nMAXVAL 255\nTUPLTYPE GRAYSCALE\nENDHDR\nab'),
    'a.pfm': text('Pf\n1 1\n-1\n\0\0\x80\x3f'),
  },
  AVIF: { 'a.avif': await drawing.avif().toBuffer() },
  SVG: {
    'a.svg': text(
      '<svg xmlns="http://www.w3.org/2000/svg" width="3" height="2"><rect width="3" height="2"/></svg>',
    ),
  },
  HEIC: { 'a.heic': text('\0\0\0\x18ftypheic\0\0\0\0mif1heic') },
  'JPEG XL, JPEG 2000': { 'a.jxl': text('\xff\x0a\xfa\x7f'), 'a.jp2': text('\0\0\0\x0cjP  \r\n\x87\n') },
  'raw photographs (DNG, CR2, NEF, …)': Object.fromEntries(
    ['dng', 'cr2', 'nef'].map((ending) => [`a.${ending}`, tiff]),
  ),
  'PSD, ICO, TGA, EXR, DICOM, FITS': {
    'a.psd': text('8BPS\0\x01'),
    'a.ico': text('\0\0\x01\0\x01\0'),
    'a.tga': text('\0\0\x02\0\0\0'),
    'a.exr': text('v/1\x01\x02'),
    'a.dcm': text(`${'\0'.repeat(128)}DICM`),
    'a.fits': text('SIMPLE  =                    T'),
  },
  'an archive inside of another source': { 'a.zip': encodeZip([{ name: 'b.png', bytes: png }]) },
};

/** How each column holds a file beside a picture that is read; writes it, and returns its path. */
const COLUMNS: Readonly<
  Record<string, (name: string, bytes: Buffer, place: string) => string | Promise<string>>
> = {
  alone: (name, bytes, place) => written(place, name, bytes),
  folder(name, bytes, place) {
    written(place, name, bytes);
    written(place, 'z.png', png);
    return place;
  },
  zip: (name, bytes, place) =>
    written(
      place,
      'pile.zip',
      encodeZip([
        { name, bytes },
        { name: 'z.png', bytes: png },
      ]),
    ),
  tar: async (name, bytes, place) =>
    written(place, 'pile.tar', await encodeTar({ [name]: bytes, 'z.png': png })),
  'path in a table'(name, bytes, place) {
    written(place, name, bytes);
    written(place, 'z.png', png);
    return written(place, 'pile.csv', text(`path\n${name}\nz.png\n`));
  },
  'bytes in Parquet': (name, bytes, place) =>
    written(
      place,
      'pile.parquet',
      encodeImageParquet([
        { bytes, path: name },
        { bytes: png, path: 'z.png' },
      ]),
    ),
};

function written(place: string, name: string, bytes: Uint8Array): string {
  const path = join(place, name);
  writeFileSync(path, bytes);
  return path;
}

/** What became of the file at `path`, or of the one beside `z.png` in it. */
async function fateOf(path: string, isAlone: boolean): Promise<string> {
  const opened = await openDataset([path]).catch((error: Error) => error);
  if (opened instanceof Error) return 'refused';
  const { train } = opened;
  if ((train.passedOver ?? []).length > 0) return 'passed over';
  const [first] = await allPictures(train);
  if (first.kind === 'unreadable') return isAlone ? 'refused' : 'skipped';
  const options = { channels: 1, box: null, limits: READING_LIMITS } as const;
  const raster = await decodePicture(first, options).catch((error: Error) => error);
  if (!(raster instanceof Error)) return 'read';
  expect(raster).toBeInstanceOf(UnreadablePictureError);
  return isAlone ? 'refused' : 'skipped';
}

describe("README's table of formats", () => {
  const section = /<!-- formats -->\n([\s\S]*?)\n<!-- \/formats -->/.exec(readme)?.[1] ?? '';
  const [titles = [], , ...rows] = section.split('\n').map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

  it('has a row for every format that is tried, and a column for every container', () => {
    expect(rows.map(([name]) => name)).toEqual(Object.keys(FILES));
    expect(titles.slice(1, -1)).toEqual(Object.keys(COLUMNS));
  });

  it.each(rows)('tells what becomes of %s', async (row, ...cells) => {
    for (const [column, title] of Object.keys(COLUMNS).entries()) {
      if (cells[column] === '') continue;
      for (const [name, bytes] of Object.entries(FILES[row])) {
        const place = join(folder, `${row} ${title} ${name}`.replaceAll(/[^\w]/g, '-'));
        mkdirSync(place);
        const path = await COLUMNS[title](name, bytes, place);
        expect(await fateOf(path, title === 'alone'), `${name}: ${title}`).toBe(cells[column]);
      }
    }
  });
});
