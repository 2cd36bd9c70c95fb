// Arrays that are not what they claim: one sentence each, that says what was found, where, and what to do.
import { deflateRawSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { npyPictureSource } from '#kindred/data/formats/arrays/npy.js';
import { npzPictureSources } from '#kindred/data/formats/arrays/npz.js';
import { READING_LIMITS } from '#kindred/data/pictures.js';
import { encodeNpy, encodeZip } from '../support/archives.js';
import { storedNumbers } from '../support/arrays.js';
import { complaint } from '../support/complaint.js';

const openNpy = (path: string) => npyPictureSource(path, 'bad');
const openNpz = async (path: string) => (await npzPictureSources(path, 'bad', READING_LIMITS)).train;

const count = (bytes: number) => Uint8Array.from({ length: bytes }, (_, at) => (at * 7) % 256);
const array = encodeNpy("'|u1'", '(3, 4, 4)', count(48));
const floats = (...values: number[]) =>
  encodeNpy("'<f4'", `(1, 1, ${values.length})`, storedNumbers('f4', values, true));
const ints = (...values: number[]) =>
  encodeNpy("'>i8'", `(1, 1, ${values.length})`, storedNumbers('i8', values, false));
const typed = (descr: string, bytes = 48) => encodeNpy(descr, '(3,)', count(bytes));
const shaped = (shape: string, bytes: number) => encodeNpy("'|u1'", shape, count(bytes));
function header(text: string): Buffer {
  const prefix = Buffer.from('\x93NUMPY\x01\x00\x00\x00', 'latin1');
  prefix.writeUInt16LE(text.length, 8);
  return Buffer.concat([prefix, Buffer.from(text)]);
}

const SHAPES =
  'where images are (N, H, W), (N, H, W, C) or (N, C, H, W) with 1, 3 or 4 channels, or (N, H·H): reshape it.';
const NUMBERS = 'where truth values, whole numbers and floats are read: save it as uint8 or float32.';

describe('a bad .npy', () => {
  const cases: [string, Uint8Array | string, string][] = [
    ['zero bytes', '', '@ is empty: save the array again.'],
    ['words', 'these are words', '@ is no NumPy array: save it with numpy.save.'],
    ['the beginning of a header', array.subarray(0, 4), '@ is cut short in its header: save it again.'],
    ['half a header', array.subarray(0, 60), '@ is cut short in its header: save it again.'],
    [
      'too few values',
      array.subarray(0, 170),
      '@ is cut short: its header announces 176 bytes, and it has 170; save it again.',
    ],
    [
      'too many values',
      Buffer.concat([array, Buffer.of(1)]),
      '@ has bytes after its end: its header announces 176 bytes, and it has 177; save it again.',
    ],
    [
      'version 4',
      encodeNpy("'|u1'", '(3, 4, 4)', count(48), { version: 4 }),
      '@ is a NumPy file of version 4, where 1 to 3 are read: save it again.',
    ],
    [
      'a header without a shape',
      header("{'descr': '|u1', 'fortran_order': False}"),
      "@ has a damaged header ({'descr': '|u1', 'fortran_order': False}): save it again.",
    ],
    [
      'a header as long as a book',
      Buffer.from('\x93NUMPY\x02\x00\xff\xff\xff\xff', 'latin1'),
      '@ has a damaged header: save it again.',
    ],
    [
      'more values than there are numbers',
      header("{'descr': '|u1', 'fortran_order': False, 'shape': (99999999, 99999999, 9)}"),
      '@ announces the shape (99999999, 99999999, 9), which no file holds: save it again.',
    ],
    ['pickled objects', typed("'|O'"), `@ holds values of type '|O', pickled Python objects, ${NUMBERS}`],
    [
      'records',
      typed("[('a', '<f4'), ('b', '|O')]"),
      `@ holds values of type [('a', '<f4'), ('b', '|O')], ${NUMBERS}`,
    ],
    ['complex numbers', typed("'<c8'"), `@ holds values of type '<c8', ${NUMBERS}`],
    ['dates', typed("'<M8[ns]'"), `@ holds values of type '<M8[ns]', ${NUMBERS}`],
    [
      'long doubles',
      typed("'<f16'"),
      '@ holds values of 16 bytes (f16), where f2, 4, 8 are read: save it as uint8 or float32.',
    ],
    ['words of fixed length', typed("'<U4'"), '@ holds text, where images are numbers: name another array.'],
    ['one number', shaped('()', 1), `@ has the shape (), ${SHAPES}`],
    ['a row of numbers', shaped('(48,)', 48), `@ has the shape (48,), ${SHAPES}`],
    ['rows of 7', shaped('(3, 7)', 21), `@ has the shape (3, 7), ${SHAPES}`],
    ['two channels', shaped('(2, 5, 5, 2)', 100), `@ has the shape (2, 5, 5, 2), ${SHAPES}`],
    ['five dimensions', shaped('(1, 1, 2, 2, 3)', 12), `@ has the shape (1, 1, 2, 2, 3), ${SHAPES}`],
    [
      'no images',
      shaped('(0, 4, 4)', 0),
      '@ has the shape (0, 4, 4) and holds no images: name an array with some.',
    ],
    [
      'images of no width',
      shaped('(4, 4, 0)', 0),
      '@ has the shape (4, 4, 0) and holds no images: name an array with some.',
    ],
    [
      'one colour picture',
      shaped('(20, 30, 3)', 1800),
      '@ has the shape (20, 30, 3), which is one colour image or 20 images of 30×3: reshape it to (1, 20, 30, 3) or (20, 30, 3, 1).',
    ],
    ['NaN', floats(0, 1, Number.NaN, 1), '@ holds NaN at [0, 0, 2]: replace what is no number.'],
    [
      'infinity',
      floats(0, Number.NEGATIVE_INFINITY),
      '@ holds -Infinity at [0, 0, 1]: replace what is no number.',
    ],
    [
      'half infinity',
      encodeNpy("'>f2'", '(1, 1, 2)', storedNumbers('f2', [1, Number.POSITIVE_INFINITY], false)),
      '@ holds Infinity at [0, 0, 1]: replace what is no number.',
    ],
    [
      'too bright floats',
      floats(3, 0, 300),
      '@ holds values from 0 to 300, where images have 0 to 255, 0 to 1 or −1 to 1; the least is at [0, 0, 1], the greatest at [0, 0, 2]: scale them.',
    ],
    [
      'floats around zero',
      floats(-0.5, 0.5, 0),
      '@ holds values from -0.5 to 0.5, where images have 0 to 255, 0 to 1 or −1 to 1; the least is at [0, 0, 0], the greatest at [0, 0, 1]: scale them.',
    ],
    [
      'integers below zero',
      ints(5, -1, 3),
      '@ holds values from -1 to 5, where images have 0 to 255; the least is at [0, 0, 1], the greatest at [0, 0, 0]: scale them.',
    ],
    [
      '16 bits of depth',
      ints(5, 65_535, 3),
      '@ holds values from 3 to 65535, where images have 0 to 255; the least is at [0, 0, 2], the greatest at [0, 0, 1]: scale them.',
    ],
    [
      'integers beyond doubles',
      encodeNpy("'<u8'", '(1, 1, 1)', new Uint8Array(8).fill(255)),
      '@ holds values from 18446744073709552000 to 18446744073709552000, where images have 0 to 255; the least is at [0, 0, 0], the greatest at [0, 0, 0]: scale them.',
    ],
  ];
  it.each(cases)('with %s', async (_, bytes, sentence) => {
    expect(await complaint(openNpy, 'bad.npy', bytes)).toBe(sentence);
  });

  it('packed and cut', async () => {
    expect(await complaint(openNpy, 'bad.npy.gz', gzipSync(array).subarray(0, 40))).toBe(
      '@ is cut short: its gzip data ends too early; fetch it again.',
    );
    expect(await complaint(openNpy, 'bad.npy.gz', gzipSync(array.subarray(0, 170)))).toBe(
      '@ is cut short: its header announces 176 bytes, and it has 170; save it again.',
    );
  });

  it('with one image of 100 megapixels', async () => {
    const vast = gzipSync(encodeNpy("'|u1'", '(1, 10000, 10000)', new Uint8Array(100_000_000)), { level: 1 });
    expect(await complaint(openNpy, 'bad.npy.gz', vast)).toBe(
      '@ has images of 10000×10000 pixels, more than 64 megapixels: raise limits.pixels if it is sound.',
    );
  });
});

describe('a bad .npz', () => {
  const entry = (name: string, bytes: Uint8Array = array) => ({ name: `${name}.npy`, bytes });
  const sound = encodeZip([entry('x')]);
  const changed = Buffer.from(sound);
  changed[sound.indexOf(array) + 170] ^= 1;
  const bomb = {
    ...entry('x', new Uint8Array(20)),
    deflated: true,
    packed: deflateRawSync(new Uint8Array(50)),
  };
  const cases: [string, Uint8Array | string, string][] = [
    [
      'words',
      'these are words',
      '@ is no sound .npz file (End of central directory record signature not found. Either not a zip file, or file is truncated.): save it again with numpy.savez.',
    ],
    [
      'zero bytes',
      '',
      '@ is no sound .npz file (End of central directory record signature not found. Either not a zip file, or file is truncated.): save it again with numpy.savez.',
    ],
    [
      'half a zip',
      sound.subarray(0, 100),
      '@ is no sound .npz file (End of central directory record signature not found. Either not a zip file, or file is truncated.): save it again with numpy.savez.',
    ],
    [
      'no arrays',
      encodeZip([{ name: 'readme.txt', bytes: count(3) }]),
      '@ holds no arrays, of which none has the shape of images: save the images as x.',
    ],
    [
      'labels alone',
      encodeZip([entry('y', shaped('(3,)', 3))]),
      '@ holds y (3,), of which none has the shape of images: save the images as x.',
    ],
    [
      'two that could be meant',
      encodeZip([entry('left'), entry('right'), entry('names', typed("'|O'", 24))]),
      '@ holds left (3, 4, 4), right (3, 4, 4), names (unreadable), of which several could be the images: save the images as x.',
    ],
    [
      'a password',
      encodeZip([{ ...entry('x'), flags: 1 }]),
      '@[x] is encrypted: save it without a password.',
    ],
    [
      'LZMA',
      encodeZip([{ ...entry('x'), method: 14 }]),
      '@[x] is compressed by method 14, where stored (0) and deflated (8) are read: save it again with numpy.savez.',
    ],
    [
      'pickled images',
      encodeZip([entry('x', typed("'|O'", 24))]),
      `@[x] holds values of type '|O', pickled Python objects, ${NUMBERS}`,
    ],
    ['x of no images', encodeZip([entry('x', shaped('(3, 7)', 21))]), `@[x] has the shape (3, 7), ${SHAPES}`],
    [
      'too few values',
      encodeZip([entry('x', array.subarray(0, 170))]),
      '@[x] is cut short: its header announces 176 bytes, and it has 170; save it again.',
    ],
    [
      'NaN',
      encodeZip([entry('x', floats(1, Number.NaN))]),
      '@[x] holds NaN at [0, 0, 1]: replace what is no number.',
    ],
    [
      'a changed byte',
      changed,
      '@ is no sound .npz file (the checksum of x.npy is another one): save it again with numpy.savez.',
    ],
    [
      'more bytes than announced',
      encodeZip([{ ...entry('x'), deflated: true, announced: 130 }]),
      '@ is no sound .npz file (too many bytes in the stream. expected 130. got at least 176): save it again with numpy.savez.',
    ],
    [
      'an array that goes on',
      encodeZip([bomb]),
      '@ is no sound .npz file (too many bytes in the stream. expected 20. got at least 50): save it again with numpy.savez.',
    ],
  ];
  it.each(cases)('with %s', async (_, bytes, sentence) => {
    expect(await complaint(openNpz, 'bad.npz', bytes)).toBe(sentence);
  });

  it('that unpacks to two gigabytes', async () => {
    const bomb = { ...entry('x', count(3)), deflated: true, announced: 2 ** 31 };
    expect(await complaint(openNpz, 'bad.npz', encodeZip([bomb]))).toBe(
      '@ unpacks to more than 200 times its size, as a zip bomb does: raise limits.expansion if you trust it.',
    );
  });
});
