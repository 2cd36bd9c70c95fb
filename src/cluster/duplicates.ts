// Images with the same pixels, found by a hash and confirmed byte by byte.

/** Groups of two and more images with equal bytes, in the order of their first image. */
export function duplicateGroups(data: Uint8Array, bytesPerImage: number): number[][] {
  const count = bytesPerImage === 0 ? 0 : data.length / bytesPerImage;
  const byHash = new Map<number, number[][]>();
  const found: number[][] = [];
  for (let image = 0; image < count; image++) {
    const hash = hashOf(data, image * bytesPerImage, bytesPerImage);
    const groups = byHash.get(hash);
    const group = groups?.find(([first]) => isEqual(data, first, image, bytesPerImage));
    if (group !== undefined) {
      group.push(image);
      if (group.length === 2) found.push(group);
    } else if (groups !== undefined) groups.push([image]);
    else byHash.set(hash, [[image]]);
  }
  return found.sort(([a], [b]) => a - b);
}

/** FNV-1a, 32 bits (Fowler, Noll & Vo 1991). */
function hashOf(data: Uint8Array, start: number, length: number): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < start + length; at++) hash = Math.imul(hash ^ data[at], 0x01000193);
  return hash;
}

function isEqual(data: Uint8Array, a: number, b: number, length: number): boolean {
  for (let at = 0; at < length; at++) if (data[a * length + at] !== data[b * length + at]) return false;
  return true;
}
