// Which names are those of pictures, and in which order files are read.

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
