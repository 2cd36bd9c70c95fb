// The order in which points are drawn. Images often lie in files kind by kind; drawn so, the first half would be half of
// the kinds and the last kind would lie on top of all. Steps of the golden section spread any part of the order evenly over
// the images, and need no list to be kept: slot s holds image s · stride mod n.

/** A step that visits every image once: coprime to `count`, near count / φ. */
function strideOf(count: number): number {
  let stride = Math.max(1, Math.round(count * 0.6180339887498949));
  while (greatestCommonDivisor(stride, count) !== 1) stride++;
  return stride;
}

/** Which image each slot holds. → (count) */
export function imagesBySlot(count: number): Uint32Array {
  const stride = strideOf(count);
  const images = new Uint32Array(count);
  for (let slot = 0, image = 0; slot < count; slot++) {
    images[slot] = image;
    image = (image + stride) % count;
  }
  return images;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
