// The plain kind of JPEG, decoded here at the fraction of its size that is asked for: 8 bits, baseline, grey or YCbCr in
// one scan, upright, without colour profile. Cameras and scanners write such, and where a picture is brought to a few
// pixels libvips spends most of its time on waking threads. Everything else, and whatever looks damaged, is left to it.
// Format: ITU-T T.81 (1992), annex B; EXIF's orientation: CIPA DC-008, section 4.6.
import type { Raster } from '../../core/pictures/raster.js';
import { decodeScan, isNeutral, type Plane, type ScanComponent } from './jpeg-scan.js';
import { enlarged } from './jpeg-upsampling.js';
import type { PictureSize } from './picture-format.js';

/** Pixels of the picture after decoding: larger ones are worth libvips' threads. */
const MOST_PIXELS = 512 * 512;

interface Frame extends PictureSize {
  readonly components: readonly FrameComponent[];
}

interface FrameComponent {
  readonly id: number;
  readonly across: number;
  readonly down: number;
  readonly quantisation: number;
}

/** What the segments before the scan said. */
interface Tables {
  readonly quantisation: Uint8Array[];
  readonly dc: Uint8Array[];
  readonly ac: Uint8Array[];
  frame: Frame | null;
  restartInterval: number;
  /** How Adobe's marker says that colours are kept: 0 as they are, 1 as YCbCr; null without one. */
  transform: number | null;
}

/** A decoded picture, and the size that it has at full scale. */
export interface ScaledPicture extends PictureSize {
  /** A pixel for each whole block of as many as were asked for. */
  readonly raster: Raster;
}

/** Pixels a side, 1, 2, 4 or 8, that become one, in a picture of size `full`. */
export type ShrinkageOf = (full: PictureSize) => number;

/** Null where the file is not of the plain kind, or not sound. */
export function decodePlainJpeg(file: Buffer, shrinkageOf: ShrinkageOf = () => 1): ScaledPicture | null {
  if (file.length < 4 || file.readUInt16BE(0) !== 0xffd8) return null;
  const tables: Tables = {
    quantisation: [],
    dc: [],
    ac: [],
    frame: null,
    restartInterval: 0,
    transform: null,
  };
  for (let at = 2; at + 4 <= file.length; ) {
    if (file[at] !== 0xff) return null;
    const marker = file[at + 1];
    if (marker === 0xff) {
      at++;
      continue;
    }
    const end = at + 2 + file.readUInt16BE(at + 2);
    if (end > file.length || end < at + 4) return null;
    const segment = file.subarray(at + 4, end);
    if (marker === 0xda) return pictureOf(tables, segment, file.subarray(end), shrinkageOf);
    if (!readSegment(marker, segment, tables)) return null;
    at = end;
  }
  return null;
}

/** False for what is left to others. */
function readSegment(marker: number, segment: Buffer, tables: Tables): boolean {
  switch (marker) {
    case 0xdb:
      return readQuantisation(segment, tables);
    case 0xc4:
      return readHuffman(segment, tables);
    case 0xc0:
    case 0xc1:
      if (tables.frame !== null) return false;
      tables.frame = readFrame(segment);
      return tables.frame !== null;
    case 0xdd:
      if (segment.length !== 2) return false;
      tables.restartInterval = segment.readUInt16BE(0);
      return true;
    case 0xe1:
      return !segment.subarray(0, 4).equals(EXIF) || isUpright(segment.subarray(6));
    case 0xe2:
      return segment.toString('latin1', 0, 11) !== 'ICC_PROFILE';
    case 0xee:
      if (segment.toString('latin1', 0, 5) === 'Adobe' && segment.length >= 12)
        tables.transform = segment[11];
      return true;
    default:
      // Comments and applications' data; no other frame (progressive, lossless, arithmetic) and no other marker.
      return marker === 0xfe || (marker >= 0xe0 && marker <= 0xef);
  }
}

function readQuantisation(segment: Buffer, { quantisation }: Tables): boolean {
  for (let at = 0; at < segment.length; at += 65) {
    const [precision, index] = [segment[at] >> 4, segment[at] & 15];
    if (precision !== 0 || index > 3 || at + 65 > segment.length) return false;
    quantisation[index] = segment.subarray(at + 1, at + 65);
  }
  return true;
}

function readHuffman(segment: Buffer, { dc, ac }: Tables): boolean {
  for (let at = 0; at < segment.length; ) {
    const [kind, index] = [segment[at] >> 4, segment[at] & 15];
    const counts = segment.subarray(at + 1, at + 17);
    const symbols = counts.reduce((sum, count) => sum + count, 0);
    const end = at + 17 + symbols;
    if (kind > 1 || index > 3 || symbols > 256 || end > segment.length) return false;
    (kind === 0 ? dc : ac)[index] = segment.subarray(at + 1, end);
    at = end;
  }
  return true;
}

function readFrame(segment: Buffer): Frame | null {
  if (segment.length < 6) return null;
  const count = segment[5];
  if (segment[0] !== 8 || (count !== 1 && count !== 3) || segment.length !== 6 + 3 * count) return null;
  const components = Array.from({ length: count }, (_, index) => {
    const [id, sampling, quantisation] = segment.subarray(6 + 3 * index);
    return { id, across: sampling >> 4, down: sampling & 15, quantisation };
  });
  // Three colours that are named R, G and B are those.
  if (count === 3 && String.fromCharCode(...components.map(({ id }) => id)) === 'RGB') return null;
  return { height: segment.readUInt16BE(1), width: segment.readUInt16BE(3), components };
}

const EXIF = Buffer.from('Exif');
const ORIENTATION = 0x0112;
const ENTRY_BYTES = 12;

/** Does EXIF's first directory say that the picture stands as it lies, or nothing? */
function isUpright(tiff: Buffer): boolean {
  const isLittle = tiff.toString('latin1', 0, 2) === 'II';
  const short = (at: number) => (isLittle ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
  try {
    const start = isLittle ? tiff.readUInt32LE(4) : tiff.readUInt32BE(4);
    const entries = short(start);
    for (let entry = 0; entry < entries; entry++) {
      const at = start + 2 + entry * ENTRY_BYTES;
      if (short(at) === ORIENTATION) return short(at + 8) === 1;
    }
    return true;
  } catch {
    return false;
  }
}

function pictureOf(
  tables: Tables,
  header: Buffer,
  scan: Buffer,
  shrinkageOf: ShrinkageOf,
): ScaledPicture | null {
  const { frame } = tables;
  if (frame === null || frame.height * frame.width === 0) return null;
  const { height, width, components: colours } = frame;
  // Of three colours only YCbCr is read here; without a marker that is what they are.
  if (colours.length === 3 && tables.transform !== null && tables.transform !== 1) return null;
  /** Pixels a side that a block of 8 × 8 becomes. */
  const side = 8 / shrinkageOf({ height, width });
  if ((height * width * side * side) / 64 > MOST_PIXELS) return null;
  const components = scanComponents(frame, header, tables, side);
  if (components === null) return null;
  const found = decodeScan({ height, width, components, restartInterval: tables.restartInterval }, scan);
  if (found === null) return null;
  const most = mostSampled(colours);
  const scaled = { height: Math.floor((height * side) / 8), width: Math.floor((width * side) / 8) };
  // Scans of grey things are often stored in colour.
  if (found.length === 1 || (isNeutral(found[1]) && isNeutral(found[2]))) {
    return { height, width, raster: { ...scaled, channels: 1, data: greyIn(found[0], scaled) } };
  }
  const planes = found.map((plane, index) => {
    const { across, down, side: own } = components[index];
    const size = {
      height: Math.ceil((height * down * own) / (8 * most.down)),
      width: Math.ceil((width * across * own) / (8 * most.across)),
    };
    const times = { down: (most.down * side) / (down * own), across: (most.across * side) / (across * own) };
    return enlarged(plane, size, times, side > 1);
  });
  return { height, width, raster: { ...scaled, channels: 3, data: coloursIn(planes, scaled) } };
}

function mostSampled(components: Frame['components']): { across: number; down: number } {
  return {
    across: Math.max(...components.map(({ across }) => across)),
    down: Math.max(...components.map(({ down }) => down)),
  };
}

/** Down and across: those that cameras write. */
const ENLARGEMENTS = new Set(['1 1', '1 2', '2 2']);

/** What the scan's header (T.81, B.2.3) and the tables say of each component; null unless all are there, once each. */
function scanComponents(
  { components }: Frame,
  header: Buffer,
  { quantisation, dc, ac }: Tables,
  side: number,
): ScanComponent[] | null {
  if (header[0] !== components.length || header.length !== 4 + 2 * components.length) return null;
  const most = mostSampled(components);
  const found: ScanComponent[] = [];
  for (const [index, { id, across, down, quantisation: table }] of components.entries()) {
    if (header[1 + 2 * index] !== id) return null;
    const tables = header[2 + 2 * index];
    // Colour that was stored at half the size is decoded at twice the scale, where there is one.
    let own = side;
    while (
      own < 8 &&
      (most.across * side) % (across * own * 2) === 0 &&
      (most.down * side) % (down * own * 2) === 0
    )
      own *= 2;
    const times = [(most.down * side) / (down * own), (most.across * side) / (across * own)].join(' ');
    const steps = quantisation[table];
    const [dcTable, acTable] = [dc[tables >> 4], ac[tables & 15]];
    if (!ENLARGEMENTS.has(times)) return null;
    if (steps === undefined || dcTable === undefined || acTable === undefined) return null;
    found.push({ across, down, side: own, steps, dc: dcTable, ac: acTable });
  }
  return found;
}

/** A plane without what stands beyond the picture. */
function greyIn(plane: Plane, { height, width }: PictureSize): Uint8Array {
  const data = new Uint8Array(height * width);
  for (let row = 0; row < height; row++) {
    data.set(plane.data.subarray(row * plane.width, row * plane.width + width), row * width);
  }
  return data;
}

/** The planes side by side, YCbCr as RGB (T.871, section 7), without what stands beyond the picture. */
function coloursIn([luma, blue, red]: readonly Plane[], { height, width }: PictureSize): Uint8Array {
  const data = new Uint8ClampedArray(height * width * 3);
  for (let row = 0, to = 0; row < height; row++) {
    for (let column = 0; column < width; column++, to += 3) {
      const y = luma.data[row * luma.width + column];
      const cb = blue.data[row * blue.width + column] - 128;
      const cr = red.data[row * red.width + column] - 128;
      // In 65,536ths: 1.402, 0.344136, 0.714136 and 1.772.
      data[to] = y + ((91_881 * cr + 32_768) >> 16);
      data[to + 1] = y + ((-22_554 * cb - 46_802 * cr + 32_768) >> 16);
      data[to + 2] = y + ((116_130 * cb + 32_768) >> 16);
    }
  }
  return new Uint8Array(data.buffer);
}
