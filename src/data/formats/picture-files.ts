// What of a folder or an archive is read: by the names of files and folders, and where these do not tell by the first
// bytes of a file. What is not read has a reason, for nothing is passed over in silence.
import { basename, extname } from 'node:path';
import { pictureFormatOf } from '../decoding/picture-format.js';
import type { PassedOver } from '../source.js';

/** A file that is a picture, and why it cannot be read where that is known already. */
export interface JudgedPicture {
  readonly problem: string | null;
}

/** The file that tells the folder of a run. */
export const RUN_FILE = 'run.json';

/** Why a folder or a file, by its path in the source, is passed over before anybody looks into it; null: it is not. */
export type Sieve = (path: string, isFolder: boolean) => string | null;

/**
 * `exclude`: globs. One with a slash is held against a path from the source's root on, one without against each name,
 * so that `thumbs` leaves out the folders of that name and `*_mask.png` files wherever they lie.
 */
export async function createSieve(exclude: readonly string[]): Promise<Sieve> {
  const matchers = exclude.length === 0 ? [] : await matchersOf(exclude);
  return (path, isFolder) => {
    if (matchers.some((isMatch) => isMatch(path))) return 'named by an exclude pattern';
    const name = basename(path);
    if (name === '__MACOSX') return 'a shadow that macOS leaves in archives';
    if (/^\.(?!\.?$)/.test(name)) return isFolder ? 'a hidden folder' : 'a hidden file';
    if (!isFolder && HELPERS.test(name)) return 'a helper file of the system';
    return null;
  };
}

async function matchersOf(exclude: readonly string[]): Promise<((path: string) => boolean)[]> {
  const { default: picomatch } = await import('picomatch');
  return exclude.map((glob) => {
    const path = glob.replace(/\/$/, '');
    const isMatch = picomatch(path.replace(/^\.?\//, ''), { dot: true });
    return path.includes('/') ? isMatch : (path: string) => isMatch(basename(path));
  });
}

const HELPERS = /^(thumbs\.db|ehthumbs\.db|desktop\.ini|icon\r)$/i;

export const IN_A_RUN = `the folder of a run (it holds ${RUN_FILE})`;

/** What a file is by its name alone; null where its first bytes have to tell. */
export function judgeName(path: string): JudgedPicture | null {
  if (isPictureName(path)) return { problem: null };
  const problem = foreignPicture(path);
  return problem === null ? null : { problem };
}

/** What a file is whose name does not tell: a picture, or the reason why it is none. */
export function judgeHead(path: string, head: Uint8Array): JudgedPicture | string {
  if (head.length === 0) return 'an empty file';
  if (pictureFormatOf(head) !== null) return { problem: null };
  const text = Buffer.from(head).toString('latin1', 0, 264);
  const begins = (magics: readonly string[]) => magics.some((magic) => text.startsWith(magic));
  if (begins(PACKED)) return /\.npz$/i.test(path) ? ARRAY : ARCHIVE;
  if (text.slice(257, 262) === 'ustar') return ARCHIVE;
  if (begins(['\x93NUMPY', 'PAR1', 'ARROW1'])) return ARRAY;
  const ending = extname(path);
  return `no picture (${ending === '' ? 'no ending' : ending.toLowerCase()})`;
}

/** How zip, gzip, bzip2, xz, 7-Zip, RAR and Zstandard begin. */
const PACKED = [
  'PK\x03\x04',
  'PK\x05\x06',
  '\x1f\x8b',
  'BZh',
  '\xfd7zXZ',
  '7z\xbc\xaf',
  'Rar!',
  '\x28\xb5\x2f\xfd',
];

const ARCHIVE = 'an archive inside of another source, which is not opened: unpack it, or name it itself';
const ARRAY = 'an array or a table, which is read where it is named itself';

/**
 * The paths of an archive's files that are left, in their order, and what the sieve holds back: of a folder that is
 * passed over as a whole one entry for all of it.
 */
export function siftPaths(
  paths: readonly string[],
  sieve: Sieve,
): { readonly kept: string[]; readonly passedOver: PassedOver[] } {
  const runs = new Set(
    paths.filter((path) => path.endsWith(`/${RUN_FILE}`)).map((path) => path.slice(0, -RUN_FILE.length - 1)),
  );
  const reasons = new Map<string, string | null>();
  const kept: string[] = [];
  for (const path of paths) {
    const whole = foldersOf(path).find((folder) => {
      const id = `${folder}/`;
      if (!reasons.has(id)) reasons.set(id, sieve(folder, true) ?? (runs.has(folder) ? IN_A_RUN : null));
      return reasons.get(id) !== null;
    });
    if (whole !== undefined) continue;
    const reason = sieve(path, false);
    if (reason === null) kept.push(path);
    else reasons.set(path, reason);
  }
  const passedOver = [...reasons].flatMap(([id, reason]) => (reason === null ? [] : { id, reason }));
  return { kept, passedOver };
}

/** `a/b/c.png` → `a`, `a/b`. */
function foldersOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/')).filter((folder) => folder !== '');
}

/** `20 no picture (.txt), 3 a hidden file`: the most frequent reasons first. */
export function reasonsCounted(passedOver: readonly PassedOver[]): string {
  const counts = new Map<string, number>();
  for (const { reason } of passedOver) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const reasons = [...counts].sort(([, a], [, b]) => b - a);
  const shown = reasons.slice(0, REASONS_SHOWN).map(([reason, count]) => `${count} × ${reason}`);
  const rest = reasons.slice(REASONS_SHOWN).reduce((sum, [, count]) => sum + count, 0);
  return [...shown, ...(rest === 0 ? [] : [`${rest} × other`])].join('; ');
}

const REASONS_SHOWN = 8;

/** Why a source without pictures is refused; `remedy` goes on from `put … files`. */
export function noPicturesSentence(path: string, passedOver: readonly PassedOver[], remedy: string): string {
  const found =
    passedOver.length === 0
      ? ''
      : ` (what lies there: ${reasonsCounted(passedOver)}; the first is ${passedOver[0].id})`;
  return `${path} holds no pictures${found}: put PNG, JPEG, WebP, GIF, TIFF, AVIF, BMP, PNM or SVG files ${remedy}.`;
}

// Names of files, and the order in which they are read.

const PICTURE_EXTENSION =
  /\.(png|apng|jpe?g|jpe|jfif|webp|gif|tiff?|avif|heic|heif|hif|bmp|dib|svgz?|p[pgbna]m|pfm)$/i;

/** Formats that are pictures and are not read: by their endings, as a person calls them. */
const FOREIGN: readonly (readonly [endings: RegExp, name: string])[] = [
  [/\.jxl$/i, 'JPEG XL'],
  [/\.(jp2|j2k|jpf|jpx|j2c)$/i, 'JPEG 2000'],
  [/\.(cr2|cr3|nef|arw|dng|orf|rw2|raf|pef|srw)$/i, "a camera's raw format"],
  [/\.(psd|psb)$/i, 'Photoshop'],
  [/\.(ico|cur|icns)$/i, 'an icon format'],
  [/\.(tga|pcx|qoi|dds|xcf|sgi|ras|xbm|xpm)$/i, 'a format that kindred does not know'],
  [/\.(exr|hdr)$/i, 'a format of high dynamic range'],
  [/\.(dcm|dicom)$/i, 'DICOM'],
  [/\.(fits|fit|fts)$/i, 'FITS'],
];

/** Is it called like a picture? Hidden files and the shadows that macOS leaves in archives are none. */
export function isPictureName(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return PICTURE_EXTENSION.test(name) && !name.startsWith('.') && !path.startsWith('__MACOSX/');
}

/** Is it called like a file that may hold several pages? */
export function isTiffName(path: string): boolean {
  return /\.tiff?$/i.test(path);
}

/** Why a picture of such a name is not read; null for all other names. */
export function foreignPicture(path: string): string | null {
  const name = FOREIGN.find(([endings]) => endings.test(path))?.[1];
  return name === undefined ? null : `it is in ${name}, which is not read: save it as PNG or JPEG`;
}

/** Sorted by the bytes of their UTF-8, whatever the system lists first. */
export function inByteOrder(names: readonly string[]): string[] {
  // UTF-16 orders as UTF-8 does but for surrogates, which stand before U+E000 … U+FFFF.
  if (!names.some((name) => /[\ud800-\udfff]/.test(name))) return [...names].sort();
  const encoded = names.map((name) => ({ name, bytes: Buffer.from(name) }));
  return encoded.sort((a, b) => Buffer.compare(a.bytes, b.bytes)).map(({ name }) => name);
}
