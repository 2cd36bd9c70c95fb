// Sources that cannot be what they claim: exit code 2, one sentence that names what, where and what to do, and not a
// file made anywhere.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeNpy, encodeTar, encodeZip, tarOf } from '../support/archives.js';
import { runKindred } from '../support/command-line.js';

const workshop = mkdtempSync(join(tmpdir(), 'kindred-bad-source-'));
const files = join(workshop, 'files');
const MEGABYTE = 2 ** 20;

function put(path: string, bytes: Uint8Array | string): void {
  mkdirSync(dirname(join(files, path)), { recursive: true });
  writeFileSync(join(files, path), bytes);
}

function picture(seed: number) {
  const data = Uint8Array.from({ length: 12 * 12 * 3 }, (_, at) => (at * 37 * (seed + 1) + seed) % 256);
  return sharp(data, { raw: { width: 12, height: 12, channels: 3 } });
}

function parquet(columnData: Parameters<typeof parquetWriteBuffer>[0]['columnData']): Uint8Array {
  return new Uint8Array(parquetWriteBuffer({ columnData }));
}

/** pyarrow.table({'image': [[[1, 2], [3, 4]]], 'label': [1]}), written without statistics or dictionary. */
const NESTED_PARQUET =
  'UEFSMRUAFVoVWiwVCBUAFQYVBhwAAAADAAAAA5gAAgAAAAgFAQAAAAAAAAACAAAAAAAAAAMAAAAAAAAABAAAAAAAAAAVABUcFRwsFQIVABUGFQYcAAAAAgAAAAIBAQAAAAAAAAAVBBl8NQAYBnNjaGVtYRUEADUCGAVpbWFnZRUCFQZMPAAAADUEGARsaXN0FQIANQIYB2VsZW1lbnQVAhUGTDwAAAA1BBgEbGlzdBUCABUEJQIYB2VsZW1lbnQAFQQlAhgFbGFiZWwAFgIZHBksJgAcFQQZJQYAGVgFaW1hZ2UEbGlzdAdlbGVtZW50BGxpc3QHZWxlbWVudBUAFggWgAEWgAEmCEkcFQAVABUCADwpNgICBBlmAAAAAAAIAAAAJgAcFQQZJQYAGRgFbGFiZWwVABYCFkIWQiaIAUkcFQAVABUCADwpBhkmAAIAAAAWwgEWAiYIFsIBACggcGFycXVldC1jcHAtYXJyb3cgdmVyc2lvbiAyNi4wLjEZLBwAABwAAAAjAQAAUEFSMQ==';

function half(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, Math.floor(bytes.length / 2));
}

beforeAll(async () => {
  const png = await picture(1).png().toBuffer();
  const others = [await picture(2).png().toBuffer(), await picture(3).png().toBuffer()];
  const good = { 'a.png': png, 'b.png': others[0], 'c.png': others[1] };
  for (const [name, bytes] of Object.entries(good)) put(`good/${name}`, bytes);

  // Folders.
  mkdirSync(join(files, 'empty'), { recursive: true });
  put('text/notes.txt', 'no pictures here');
  put('zero/a.png', '');
  put('cut/a.png', half(png));
  put('renamed/a.png', 'these are words');
  put('one/a.png', png);
  for (const name of ['a', 'b', 'c']) put(`alike/${name}.png`, png);
  put('mostly/a.png', png);
  put('mostly/b.png', others[0]);
  put('mostly/z.png', half(others[1]));
  mkdirSync(join(files, 'links'));
  symlinkSync('nowhere.png', join(files, 'links', 'a.png'));
  symlinkSync('.', join(files, 'links', 'loop'));
  const large = { create: { width: 10_000, height: 10_001, channels: 3, background: '#fff' } } as const;
  put('large/a.png', await sharp(large).png().toBuffer());
  put('cut-jpeg/a.jpg', half(await picture(1).jpeg().toBuffer()));
  put('cut-webp/a.webp', half(await picture(1).webp().toBuffer()));
  put('cut-gif/a.gif', (await picture(1).gif().toBuffer()).subarray(0, 20));
  put('cut-tiff/a.tif', half(await picture(1).tiff().toBuffer()));
  put('cut-avif/a.avif', half(await picture(1).avif().toBuffer()));
  const bmp = Buffer.alloc(54);
  bmp.write('BM');
  bmp.writeUInt32LE(54, 10);
  bmp.writeUInt32LE(40, 14);
  bmp.writeInt32LE(12, 18);
  bmp.writeInt32LE(12, 22);
  bmp.writeUInt16LE(24, 28);
  put('cut-bmp/a.bmp', bmp);
  const vast = Buffer.from(bmp);
  vast.writeInt32LE(2 ** 20, 18);
  vast.writeInt32LE(2 ** 20, 22);
  put('vast-bmp/a.bmp', vast);
  put('svg/a.svg', '<svg xmlns="http://www.w3.org/2000/svg"><rect');
  put('flat/a.png', png);
  put('flat/b.png', others[0]);

  // Archives.
  const entry = (name: string, bytes: Uint8Array = png) => ({ name, bytes });
  put('text.zip', 'this is no zip file');
  put('cut.zip', half(encodeZip([entry('a.png'), entry('b.png')])));
  put('none.zip', encodeZip([]));
  put('words.zip', encodeZip([entry('readme.txt', Buffer.from('words'))]));
  put('trick.zip', encodeZip([entry('../../etc/a.png')]));
  put('absolute.zip', encodeZip([entry('/etc/a.png')]));
  put('drive.zip', encodeZip([entry('C:\\a.png')]));
  put('secret.zip', encodeZip([{ ...entry('a.png'), flags: 1 }]));
  put('lzma.zip', encodeZip([{ ...entry('a.png'), method: 14 }]));
  put('big.zip', encodeZip([{ ...entry('a.png', new Uint8Array(2 * MEGABYTE)), deflated: true }]));
  put('liar.zip', encodeZip([{ ...entry('a.png', new Uint8Array(9000)), deflated: true, announced: 100 }]));
  const zeros = new Uint8Array(200 * MEGABYTE);
  const packed = deflateRawSync(zeros, { level: 1 });
  put(
    'bomb.zip',
    encodeZip(
      Array.from({ length: 6 }, (_, n) => ({ name: `${n}.png`, bytes: zeros, deflated: true, packed })),
    ),
  );
  put('words.tar', await encodeTar({ 'readme.txt': Buffer.from('hello') }));
  put('trick.tar', await encodeTar({ '../a.png': png }));
  put(
    'link.tar',
    await tarOf([{ header: { name: 'a.png', size: 0, type: 'symlink', linkname: '/etc/passwd' } }]),
  );
  put('cut.tar', (await encodeTar({ 'a.png': png })).subarray(0, 700));
  put('noise.tar', Buffer.alloc(2048, 'noise '));
  put('cut.tar.gz', half(gzipSync(await encodeTar(good))));

  // NumPy.
  const bytes = (count: number) => Uint8Array.from({ length: count }, (_, at) => (at * 7) % 256);
  const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);
  put('zero.npy', '');
  put('text.npy', 'not an array');
  put('cut.npy', encodeNpy("'|u1'", '(3, 4, 4)', bytes(40)));
  put('long.npy', encodeNpy("'|u1'", '(3, 4, 4)', bytes(50)));
  put('header.npy', encodeNpy("'|u1'", '(3, 4, 4)', bytes(0)).subarray(0, 60));
  put('nan.npy', encodeNpy("'<f4'", '(1, 2, 2)', floats(0, 1, Number.NaN, 0)));
  put('infinite.npy', encodeNpy("'<f4'", '(1, 2, 2)', floats(0, Number.POSITIVE_INFINITY, 1, 0)));
  put('bright.npy', encodeNpy("'<f4'", '(1, 2, 2)', floats(0, 300, 1, 0)));
  put('negative.npy', encodeNpy("'|i1'", '(1, 2, 2)', Uint8Array.of(1, 255, 0, 3)));
  put('words.npy', encodeNpy("'<U2'", '(1, 2, 2)', new Uint8Array(32)));
  put('objects.npy', encodeNpy("'|O'", '(3,)', bytes(24)));
  put('records.npy', encodeNpy("[('a', '<f4'), ('b', '<i4')]", '(3,)', bytes(24)));
  put('long-double.npy', encodeNpy("'<f16'", '(1, 2, 2)', bytes(64)));
  put('five.npy', encodeNpy("'|u1'", '(1, 2, 2, 2, 1)', bytes(8)));
  put('two-channels.npy', encodeNpy("'|u1'", '(2, 5, 5, 2)', bytes(100)));
  put('seven.npy', encodeNpy("'|u1'", '(3, 7)', bytes(21)));
  put('nothing.npy', encodeNpy("'|u1'", '(0, 4, 4)', bytes(0)));
  put('scalar.npy', encodeNpy("'|u1'", '()', bytes(1)));
  put('version.npy', encodeNpy("'|u1'", '(3, 4, 4)', bytes(48), { version: 9 }));
  const array = encodeNpy("'|u1'", '(3, 4, 4)', bytes(48));
  put('none.npz', encodeZip([entry('y.npy', encodeNpy("'|u1'", '(3,)', bytes(3)))]));
  put('two.npz', encodeZip([entry('left.npy', array), entry('right.npy', array)]));
  put('cut.npz', half(encodeZip([entry('x.npy', array)])));
  put('secret.npz', encodeZip([{ ...entry('x.npy', array), flags: 1 }]));
  put('nan.npz', encodeZip([entry('x.npy', encodeNpy("'<f4'", '(1, 2, 2)', floats(Number.NaN, 1, 0, 0)))]));

  // CSV.
  const header = 'label,pixel0,pixel1,pixel2,pixel3';
  put('zero.csv', '');
  put('binary.csv', Uint8Array.of(1, 0, 2, 0, 3));
  put('short.csv', `${header}\n1,0,1,2,3\n1,0,1,2\n`);
  put('wide.csv', `${header}\n1,0,1,2,3,4\n`);
  put('word.csv', `${header}\n1,0,1,two,3\n`);
  put('bright.csv', `${header}\n1,0,1,256,3\n`);
  put('negative.csv', `${header}\n1,0,-1,2,3\n`);
  put('nan.csv', `${header}\n1,0,NaN,2,3\n`);
  put('gap.csv', `${header}\n1,0,,2,3\n`);
  put('header.csv', `${header}\n`);
  put('five.csv', 'pixel0,pixel1,pixel2,pixel3,pixel4\n0,1,2,3,4\n');
  put('seven.csv', '0,1,2,3,4,5,6\n');
  put('people.csv', 'name,age\nAnna,7\nBen,9\n');
  put('gone.csv', 'path,label\ngone-1.png,a\ngone-2.png,b\n');
  put('web.csv', 'path\nhttps://example.com/a.png\n');
  put('quote.csv', 'path,label\n"a.png,b\n');

  // Parquet.
  put('text.parquet', 'no parquet');
  const table = parquet([{ name: 'image', data: [png, others[0]], type: 'BYTE_ARRAY' }]);
  put('cut.parquet', half(table));
  put('numbers.parquet', parquet([{ name: 'age', data: [1, 2], type: 'INT32' }]));
  put('nested.parquet', Buffer.from(NESTED_PARQUET, 'base64'));
  put('nothing.parquet', parquet([{ name: 'image', data: [], type: 'BYTE_ARRAY' }]));
  put(
    'null.parquet',
    parquet([{ name: 'image', data: [Uint8Array.of(), Uint8Array.of()], type: 'BYTE_ARRAY' }]),
  );

  // Other files.
  put('page.pdf', '%PDF-1.7\n');
  put('zero-file', '');
}, 60_000);

afterAll(() => rmSync(workshop, { recursive: true, force: true }));

const cases: [string, string][] = [
  ['@/gone', 'There is no file or directory @/gone: check the path.'],
  ['@/good @/gone', 'There is no file or directory @/gone'],
  ['@/empty', '@/empty holds no pictures: put PNG'],
  ['@/text', '@/text holds no pictures'],
  ['@/zero', 'None of the 1 pictures of @/zero can be read; the first is a.png: the file is empty.'],
  ['@/cut', 'a.png: it is damaged or cut short'],
  ['@/renamed', 'a.png: it is no picture in a format that is read'],
  ['@/one', '@/one holds one picture that can be read, and kinds need several'],
  ['@/one/a.png', 'holds one picture that can be read'],
  ['@/alike', 'All 3 images of @/alike are alike'],
  ['@/good --num-clusters 9', '--num-clusters is 9 but there are 3 images'],
  [
    '@/mostly --strict',
    '1 of the pictures of @/mostly cannot be read and --strict asks for all; the first is z.png',
  ],
  ['@/links', 'the first is a.png: the symbolic link leads nowhere'],
  ['@/large', 'a.png: it is over the limit of 64 megapixels'],
  ['@/cut-jpeg', 'a.jpg: it is damaged or cut short'],
  ['@/cut-webp', 'a.webp: it is damaged or cut short'],
  ['@/cut-gif', 'a.gif: it is damaged or cut short'],
  ['@/cut-tiff', 'a.tif: it is damaged or cut short'],
  ['@/cut-avif', 'a.avif: it is damaged or cut short'],
  ['@/cut-bmp', 'a.bmp: the BMP is cut short'],
  ['@/vast-bmp', 'a.bmp: it is over the limit of 64 megapixels'],
  ['@/svg', 'a.svg: it is'],
  ['@/good --size 2', '--size is 2. Choose a whole number from 4'],
  ['@/good --color blue', '--color is "blue". Choose auto, gray or rgb.'],
  ['@/good --polarity up', '--polarity is "up"'],
  ['@/good --framing tight', '--framing is "tight"'],
  ['@/good --max-megapixels 0', '--max-megapixels is 0'],
  ['@/good --max-expansion many', '--max-expansion is "many"'],
  ['@/text.zip', '@/text.zip is no sound zip file'],
  ['@/cut.zip', '@/cut.zip is no sound zip file'],
  ['@/none.zip', '@/none.zip holds no pictures'],
  ['@/words.zip', '@/words.zip holds no pictures'],
  ['@/trick.zip', '../../etc/a.png: its name leads out of the archive'],
  ['@/absolute.zip', '/etc/a.png: its name leads out of the archive'],
  ['@/drive.zip', 'its name leads out of the archive'],
  ['@/secret.zip', 'a.png: it is encrypted'],
  ['@/lzma.zip', 'a.png: it is compressed by LZMA'],
  ['@/big.zip --max-file-mb 1', 'a.png: it unpacks to more than the limit of 1 MB'],
  ['@/liar.zip', 'a.png: it cannot be unpacked'],
  ['@/bomb.zip', '@/bomb.zip unpacks to more than 200 times its size, as a zip bomb does'],
  ['@/words.tar', '@/words.tar holds no pictures'],
  ['@/trick.tar', '../a.png: its name leads out of the archive'],
  ['@/link.tar', 'a.png: it is no file but a symlink'],
  ['@/cut.tar', '@/cut.tar is no sound tar file'],
  ['@/noise.tar', '@/noise.tar is no sound tar file'],
  ['@/cut.tar.gz', '@/cut.tar.gz is cut short: its gzip data ends too early'],
  ['@/zero.npy', '@/zero.npy is empty'],
  ['@/text.npy', '@/text.npy is no NumPy array'],
  ['@/cut.npy', '@/cut.npy is cut short: its header announces 176 bytes'],
  ['@/long.npy', '@/long.npy has bytes after its end'],
  ['@/header.npy', '@/header.npy is cut short in its header'],
  ['@/nan.npy', '@/nan.npy holds NaN at [0, 1, 0]'],
  ['@/infinite.npy', '@/infinite.npy holds Infinity at [0, 0, 1]'],
  ['@/bright.npy', '@/bright.npy holds values from 0 to 300'],
  ['@/negative.npy', '@/negative.npy holds values from -1 to 3, where images have 0 to 255'],
  ['@/words.npy', '@/words.npy holds text'],
  ['@/objects.npy', "@/objects.npy holds values of type '|O'"],
  ['@/records.npy', '@/records.npy holds values of type [('],
  ['@/long-double.npy', '@/long-double.npy holds values of 16 bytes'],
  ['@/five.npy', '@/five.npy has the shape (1, 2, 2, 2, 1)'],
  ['@/two-channels.npy', '@/two-channels.npy has the shape (2, 5, 5, 2)'],
  ['@/seven.npy', '@/seven.npy has the shape (3, 7)'],
  ['@/nothing.npy', '@/nothing.npy has the shape (0, 4, 4) and holds no images'],
  ['@/scalar.npy', '@/scalar.npy has the shape ()'],
  ['@/version.npy', '@/version.npy is a NumPy file of version 9'],
  ['@/none.npz', '@/none.npz holds y (3,), of which none has the shape of images'],
  ['@/two.npz', 'several could be the images: save the images as x'],
  ['@/cut.npz', '@/cut.npz is no sound .npz file'],
  ['@/secret.npz', '@/secret.npz[x] is encrypted'],
  ['@/nan.npz', '@/nan.npz[x] holds NaN at [0, 0, 0]'],
  ['@/zero.csv', '@/zero.csv is'],
  ['@/binary.csv', '@/binary.csv is in no format that kindred reads'],
  ['@/short.csv', '@/short.csv has 3 in row 2, where 4 pixels and a label belong'],
  ['@/wide.csv', '@/wide.csv has more in row 1, where 4 pixels and a label belong'],
  ['@/word.csv', '@/word.csv has "two" in row 1, column 4'],
  ['@/bright.csv', '@/bright.csv has 256 in row 1, column 4'],
  ['@/negative.csv', '@/negative.csv has -1 in row 1, column 3'],
  ['@/nan.csv', '@/nan.csv has "NaN" in row 1, column 3'],
  ['@/gap.csv', '@/gap.csv has "" in row 1, column 3'],
  ['@/header.csv', '@/header.csv holds no rows of pixels'],
  ['@/five.csv', '@/five.csv has 5 pixel columns, which fill no square image'],
  ['@/seven.csv', '@/seven.csv has 7 numbers a row'],
  ['@/people.csv', '@/people.csv is no table of images'],
  [
    '@/gone.csv',
    'None of the 2 pictures of @/gone.csv can be read; the first is gone-1.png: the file is gone.',
  ],
  ['@/web.csv', 'it is an address, and only files on this machine are read'],
  ['@/quote.csv', '@/quote.csv is no'],
  ['@/text.parquet', '@/text.parquet is no sound Parquet file'],
  ['@/cut.parquet', '@/cut.parquet is no sound Parquet file'],
  ['@/numbers.parquet', '@/numbers.parquet holds no column of images (its columns are age)'],
  ['@/nested.parquet', '@/nested.parquet holds its images as nested lists'],
  ['@/nothing.parquet', '@/nothing.parquet holds no rows'],
  ['@/null.parquet', 'the row holds no picture'],
  ['@/page.pdf', '@/page.pdf is in no format that kindred reads'],
  ['@/zero-file', '@/zero-file is empty: name a folder'],
];

describe('a bad source', () => {
  it.concurrent.each(cases)('kindred train %s', async (line, sentence) => {
    const cwd = mkdtempSync(join(workshop, 'cwd-'));
    const words = line.replaceAll('@', files).split(' ');
    const few = words.includes('--num-clusters') ? [] : ['--num-clusters', '2'];
    const { code, stdout, stderr } = await runKindred(['train', ...words, '--method', 'kmeans', ...few], {
      cwd,
    });
    const complaint = stderr.split('\n').find((each) => each.startsWith('kindred: '));
    expect(complaint, stderr).toContain(sentence.replaceAll('@', files));
    expect(complaint).toMatch(/[.?]$/);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(readdirSync(cwd).flatMap((name) => readdirSync(join(cwd, name)))).toEqual([]);
  });
});
