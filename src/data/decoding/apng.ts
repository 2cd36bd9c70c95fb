// The frames of an animated PNG, which libvips reads the first picture of: each is made a PNG of its own, decoded by
// others, and laid over what stands there. Format: W3C, "Portable Network Graphics (PNG) Specification (Third Edition)",
// section 11.3.6.
import type { PicturePixels } from './picture-format.js';
import { chunk, SIGNATURE } from './png.js';

interface Frame {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly top: number;
  /** What becomes of its place afterwards: 0 it stays, 1 it is cleared, 2 what was there before comes back. */
  readonly dispose: number;
  /** Does it take the place of what is below, instead of lying over it? */
  readonly replaces: boolean;
  readonly parts: Buffer[];
}

/** A PNG file → RGBA. */
type DecodeFrame = (png: Buffer) => Promise<Uint8Array>;
/** Decodes and composes a frame: (height, width, 4). To be called in order. */
export type ComposeFrame = (decode: DecodeFrame) => Promise<PicturePixels>;

/** Chunks that a frame needs of the whole. */
const SHARED = new Set(['PLTE', 'tRNS', 'gAMA', 'cHRM', 'sRGB', 'iCCP', 'sBIT']);

/** At most `most` frames from the first on; none where the file is no animation. */
export function framesOfApng(file: Buffer, most: number): ComposeFrame[] {
  const { header, shared, frames } = readChunks(file);
  if (header === null) return [];
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const canvas = new Uint8Array(width * height * 4);
  let tidy = () => {};
  return frames.slice(0, most).map((frame) => async (decode) => {
    tidy();
    const before = frame.dispose === 2 ? canvas.slice() : null;
    layOver(canvas, width, frame, await decode(pngOf(header, shared, frame)));
    tidy = () => {
      if (before !== null) canvas.set(before);
      else if (frame.dispose === 1) eachPixel(width, frame, (to) => canvas.fill(0, to, to + 4));
    };
    return { height, width, channels: 4, data: canvas.slice() };
  });
}

function readChunks(file: Buffer): { header: Buffer | null; shared: Buffer[]; frames: Frame[] } {
  const shared: Buffer[] = [];
  const frames: Frame[] = [];
  let header: Buffer | null = null;
  for (let at = SIGNATURE.length; at + 12 <= file.length; ) {
    const end = at + 12 + file.readUInt32BE(at);
    if (end > file.length) break;
    const type = file.toString('latin1', at + 4, at + 8);
    const data = file.subarray(at + 8, end - 4);
    const frame = frames.at(-1);
    if (type === 'IHDR') header = data;
    else if (SHARED.has(type)) shared.push(file.subarray(at, end));
    else if (type === 'fcTL' && data.length >= 26) frames.push(frameOf(data));
    // A picture before the first control is for those who know no animation.
    else if (type === 'IDAT') frame?.parts.push(data);
    else if (type === 'fdAT') frame?.parts.push(data.subarray(4));
    at = end;
  }
  const isInside = ({ width, height, left, top, parts }: Frame) =>
    header !== null &&
    parts.length > 0 &&
    left + width <= header.readUInt32BE(0) &&
    top + height <= header.readUInt32BE(4);
  return { header, shared, frames: frames.filter(isInside) };
}

function frameOf(control: Buffer): Frame {
  const [width, height, left, top] = [4, 8, 12, 16].map((at) => control.readUInt32BE(at));
  return { width, height, left, top, dispose: control[24], replaces: control[25] === 0, parts: [] };
}

function pngOf(header: Buffer, shared: readonly Buffer[], { width, height, parts }: Frame): Buffer {
  const own = Buffer.from(header);
  own.writeUInt32BE(width, 0);
  own.writeUInt32BE(height, 4);
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', own),
    ...shared,
    chunk('IDAT', Buffer.concat(parts)),
    chunk('IEND'),
  ]);
}

/** Alpha compositing as the specification has it (section 13.16). */
function layOver(canvas: Uint8Array, width: number, frame: Frame, pixels: Uint8Array): void {
  eachPixel(width, frame, (to, from) => {
    const alpha = pixels[from + 3];
    if (frame.replaces || alpha === 255 || canvas[to + 3] === 0) {
      canvas.set(pixels.subarray(from, from + 4), to);
      return;
    }
    const under = (canvas[to + 3] * (255 - alpha)) / 255;
    const whole = alpha + under;
    if (whole === 0) return;
    for (let channel = 0; channel < 3; channel++) {
      canvas[to + channel] = Math.round(
        (pixels[from + channel] * alpha + canvas[to + channel] * under) / whole,
      );
    }
    canvas[to + 3] = Math.round(whole);
  });
}

function eachPixel(
  canvasWidth: number,
  { width, height, left, top }: Frame,
  visit: (to: number, from: number) => void,
): void {
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      visit(((top + row) * canvasWidth + left + column) * 4, (row * width + column) * 4);
    }
  }
}
