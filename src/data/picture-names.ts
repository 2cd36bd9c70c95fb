// Which names in a folder or an archive are pictures, and in which order they are read.

const PICTURE_EXTENSION = /\.(png|jpe?g|jpe|jfif|webp|gif|tiff?|avif|bmp|dib|svg)$/i;

/** Is it called like a picture? Hidden files and the shadows that macOS leaves in archives are none. */
export function isPictureName(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return PICTURE_EXTENSION.test(name) && !name.startsWith('.') && !path.startsWith('__MACOSX/');
}

/** Sorted by the bytes of their UTF-8, whatever the system lists first. */
export function inByteOrder(names: readonly string[]): string[] {
  // UTF-16 orders as UTF-8 does but for surrogates, which stand before U+E000 … U+FFFF.
  if (!names.some((name) => /[\ud800-\udfff]/.test(name))) return [...names].sort();
  const encoded = names.map((name) => ({ name, bytes: Buffer.from(name) }));
  return encoded.sort((a, b) => Buffer.compare(a.bytes, b.bytes)).map(({ name }) => name);
}
