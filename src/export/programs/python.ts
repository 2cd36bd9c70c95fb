// predict.py: the kinds of picture files, or of images in a .npy file, by an exported classifier. It brings pictures to the
// model's input as kindred does, and has only the steps that its run needs.
import type { Preparation } from '../../core/pictures/preparation.js';
import type { Framing } from '../../data/framing/framing.js';
import { lines, type ProgramInput, stepsOf } from './input.js';

export function pythonProgram(input: ProgramInput): string {
  const { preparation, framing, ranges, alphaGround } = stepsOf(input);
  const { height, width, channels } = input.how;
  const [other, ground] = alphaGround === 'white' ? [0, 255] : [255, 0];
  const range = (...depths: string[]) => depths.map((depth) => ranges[depth]).find((found) => found);
  const deep = range('ushort') ?? [0, 65_535];
  const fractions = range('float', 'double') ?? [0, 1];
  return lines(
    `
# Kinds of pictures: python predict.py [FILE or FOLDER …]   pip install onnxruntime numpy pillow
import io, json, sys
from pathlib import Path
import numpy as np, onnxruntime
from PIL import Image, ImageCms, ImageOps

HEIGHT, WIDTH, CHANNELS = ${height}, ${width}, ${channels}
rounded = lambda values: np.floor(np.asarray(values) + 0.5).astype(int)
`,
    preparation === null ? sizeInside(framing as Framing) : sizeOfPreparation(preparation),
    `
def upright(path):
    """Any file -> RGB as it is seen, and its size. A large JPEG is decoded at 1/2, 1/4 or 1/8."""
    picture = Image.open(path)
    size = picture.size[::-1]
    turned = picture.getexif().get(0x0112, 1) >= 5
    full = size[::-1] if turned else size
    height, width = size_after(*full)
    drafted = picture.draft(None, (2 * height, 2 * width) if turned else (2 * width, 2 * height))
    if drafted: picture = picture.crop((0, 0, int(drafted[1][2]), int(drafted[1][3])))
    profile = picture.info.get("icc_profile")
    picture = ImageOps.exif_transpose(picture)
    if profile and picture.mode in ("RGB", "CMYK"):
        profile = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        picture = ImageCms.profileToProfile(picture, profile, ImageCms.createProfile("sRGB"), outputMode="RGB")
    if picture.mode[0] in "IF":  # more than 8 bits
        least, most = (${fractions.join(', ')}) if picture.mode == "F" else (${deep.join(', ')})
        values = np.rint((np.asarray(picture, float) - least) * (255 / ((most - least) or 1)))
        picture = Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))
    if "A" in picture.getbands() or "transparency" in picture.info:
        return on_ground(np.asarray(picture.convert("RGBA"), float)), full
    return np.asarray(picture.convert("RGB")), full

def on_ground(pixels):
    """Transparent parts on ${alphaGround}, unless what is visible would vanish there."""
    alpha, ground = pixels[..., 3:], ${ground}
    if alpha.min() < 255 and alpha.sum() > 0:
        seen = (alpha[..., 0] * (pixels[..., :3] @ [0.2126, 0.7152, 0.0722])).sum() / alpha.sum()
        if abs(ground - seen) < 32: ground = ${other}
    return rounded((pixels[..., :3] * alpha + ground * (255 - alpha)) / 255).astype(np.uint8)
`,
    preparation === null ? framingSteps(framing as Framing) : preparationSteps(preparation, input),
    `
def pictures(names):
    """The files that are named, and those in the folders that are."""
    for path in map(Path, names):
        if not path.is_dir(): yield path
        else: yield from (each for each in sorted(path.rglob("*")) if each.suffix.lower() in Image.registered_extensions())

def main():
    here = Path(__file__).parent
    names = json.load(open(here / "labels.json", encoding="utf-8"))
    session = onnxruntime.InferenceSession(str(here / "classifier.onnx"))
    for path in pictures(sys.argv[1:] or [here / "examples.npy"]):
        try:
            images = np.load(path) if path.suffix == ".npy" else image_of(path)[None]  # uint8 (n, height, width, channels)
        except OSError as problem:
            print(f"{path}: {problem}", file=sys.stderr)
            continue
        for kind, sure in zip(*session.run(["cluster", "confidence"], {"${input.name}": ${preparation === null ? 'images' : 'model_input(images)'}})):
            print(f"{names[kind] if kind >= 0 else '-'}\\t{sure:.4f}\\t{path}")

if __name__ == "__main__": main()
`,
  );
}

function sizeInside({ crop, height, width }: Framing): string {
  const isContent = crop === 'content';
  const times = isContent ? ' * 4' : '';
  return `
def size_after(height, width):
    """The size at which a picture is looked at: its aspect kept${isContent ? '; a small one stays as it is' : ''}."""
    scale = min(${height}${times} / height, ${width}${times} / width)
    ${isContent ? 'if scale >= 1: return height, width\n    ' : ''}return max(1, int(rounded(height * scale))), max(1, int(rounded(width * scale)))
`;
}

/** Resampling, grey and framing in numpy: core/pictures/resample.ts, raster.ts, ground.ts and placing.ts. */
function framingSteps({ channels, polarity, crop }: Framing): string {
  const inverting =
    polarity === 'keep'
      ? null
      : `    ${polarity === 'each' ? 'if ground.mean() > 127: ' : ''}pixels, ground = 255 - pixels, 255 - ground`;
  return lines(
    `
def weights(length, count):
    """(count, length): the mean of what each pixel covers where a line shrinks, Keys' cubic (a = -1/2) where it grows."""
    step, places = length / count, np.arange(length)
    if step >= 1:
        start = np.arange(count)[:, None] * step
        return np.maximum(np.minimum(start + step, places + 1) - np.maximum(start, places), 0) / step
    at, taken = (np.arange(count) + 0.5) * step - 0.5, np.zeros((count, length))
    for offset in (-1, 0, 1, 2):
        d = np.abs(at - np.floor(at) - offset)
        cubic = np.where(d < 1, (1.5 * d - 2.5) * d * d + 1, np.where(d < 2, ((-0.5 * d + 2.5) * d - 4) * d + 2, 0))
        np.add.at(taken, (np.arange(count), np.clip(np.floor(at).astype(int) + offset, 0, length - 1)), cubic)
    return taken

def resized(pixels, height, width):
    narrow = np.tensordot(weights(pixels.shape[1], width), pixels.astype(float), (1, 1)).astype(np.float32)
    return np.clip(np.rint(np.tensordot(weights(len(pixels), height), narrow, (1, 1))), 0, 255).astype(int)
`,
    channels === 3
      ? null
      : `
def grey(pixels):
    """Relative luminance of the linear values (BT.709), encoded as sRGB; what is grey already stays so."""
    share = pixels / 255
    light = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    light = rounded(light @ [0.2126, 0.7152, 0.0722] * 4096) / 4096
    encoded = rounded(np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055) * 255)
    return np.where(np.ptp(pixels, axis=-1) == 0, pixels[..., 0], encoded)[..., None]
`,
    `
def image_of(path):
    """A file -> uint8 (height, width, channels), framed as the run's images were."""
    pixels, full = upright(path)
    pixels = resized(${channels === 1 ? 'grey(pixels)' : 'pixels'}, *size_after(*full))
    inner = np.zeros(pixels.shape[:2], bool)
    inner[1:-1, 1:-1] = True
    rim = np.sort(pixels[~inner], axis=0)
    ground = rim[len(rim) // 2]
`,
    inverting,
    crop === 'content' ? placingContent(channels) : placingWhole,
  );
}

const placingWhole = `
    top, left = (HEIGHT - len(pixels)) // 2, (WIDTH - pixels.shape[1]) // 2
    image = np.tile(ground, (HEIGHT, WIDTH, 1))
    image[top : top + len(pixels), left : left + pixels.shape[1]] = pixels
    return image.astype(np.uint8)
`;

function placingContent(channels: 1 | 3): string {
  return lines(
    `
    image = ${channels === 1 ? 'np.zeros((HEIGHT, WIDTH, 1), int)' : 'np.tile(ground, (HEIGHT, WIDTH, 1))'}
    contrast = np.abs(pixels - ground).max(axis=-1)
    contrast[contrast <= 32] = 0
    if not contrast.any(): return image.astype(np.uint8)
    rows, columns = (np.flatnonzero(contrast.any(axis=axis)) for axis in (1, 0))
    part = pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = min(HEIGHT, WIDTH) * (20 / 28) / max(part.shape[:2])
    part_size = [max(1, int(rounded(length * scale))) for length in part.shape[:2]]
    part = resized(part, *part_size)
`,
    channels === 1
      ? '    if 0 < ground[0] < 255: part = rounded(np.maximum(0, part - ground[0]) * 255 / (255 - ground[0]))'
      : null,
    `
    start = []
    for axis, first, side in ((1, rows[0], HEIGHT), (0, columns[0], WIDTH)):
        centre = (contrast.sum(axis=axis) @ np.arange(pixels.shape[1 - axis])) / contrast.sum()
        middle = rounded((side - 1) / 2 - ((centre + 0.5 - first) * scale - 0.5))
        start.append(min(max(int(middle), 0), side - part.shape[1 - axis]))
    image[start[0] : start[0] + len(part), start[1] : start[1] + part.shape[1]] = part
    return image.astype(np.uint8)
`,
  );
}

function sizeOfPreparation({ resize }: Preparation): string {
  const returned: Record<Preparation['resize']['to'], () => string> = {
    none: () => '    return height, width',
    exact: () => {
      const { height, width } = resize as { height: number; width: number };
      return `    return ${height}, ${width}`;
    },
    shortest: () => {
      const { edge, most } = resize as { edge: number; most: number | null };
      return lines(
        `    short, long = ${edge}, ${edge} * max(height, width) // min(height, width)`,
        most === null
          ? null
          : `    if long > ${most}: short, long = max(1, ${most} * short // long), ${most}`,
        '    return (short, long) if height < width else (long, short)',
      ).trimEnd();
    },
    longest: () => {
      const { edge } = resize as { edge: number };
      return `    return [max(1, int(side * (${edge} / max(height, width)) + 0.5)) for side in (height, width)]`;
    },
    inside: () => {
      const { height, width } = resize as { height: number; width: number };
      return `    scale = min(${height} / height, ${width} / width)\n    return [max(1, int(rounded(side * scale))) for side in (height, width)]`;
    },
  };
  return `
def size_after(height, width):
    """The size that a picture is brought to."""
${returned[resize.to]()}
`;
}

/** As core/pictures/preparation.ts does it, which is as Pillow and transformers do. */
function preparationSteps({ filter, fill, factor, mean, std }: Preparation, input: ProgramInput): string {
  const isGround = fill.with === 'ground';
  const corner =
    fill.with === 'values'
      ? '0, 0'
      : isGround
        ? '(HEIGHT - height) // 2, (WIDTH - width) // 2'
        : '-((height - HEIGHT) // 2), -((width - WIDTH) // 2)';
  const colour =
    fill.with === 'values'
      ? `(${fill.values.join(', ')})`
      : isGround
        ? 'tuple(int(value) for value in rim[len(rim) // 2])'
        : '(0, 0, 0)';
  return lines(
    `
def image_of(path):
    """A file -> uint8 (height, width, 3), as large as the model takes it."""
    pixels, full = upright(path)
    height, width = size_after(*full)
    across = Image.fromarray(pixels).resize((width, len(pixels)), Image.Resampling.${filter.toUpperCase()})
    picture = across.resize((width, height), Image.Resampling.${filter.toUpperCase()})  # in this order: Pillow 13 picks its own
`,
    isGround
      ? `
    inner = np.zeros((height, width), bool)
    inner[1:-1, 1:-1] = True
    rim = np.sort(np.asarray(picture)[~inner], axis=0)
`
      : null,
    `
    top, left = ${corner}
    image = Image.new("RGB", (WIDTH, HEIGHT), ${colour})
    image.paste(picture, (left, top))
    return np.asarray(image)

def model_input(images):
    values = ${input.type === 'uint8' ? 'images' : `(images * ${factor} - [${mean.join(', ')}]) / [${std.join(', ')}]`}
    return np.ascontiguousarray(values${input.channelsFirst ? '.transpose(0, 3, 1, 2)' : ''}, np.${input.type})
`,
  );
}
