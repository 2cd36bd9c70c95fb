// preprocessor_config.json, as Hugging Face's image processors write it beside a model → the steps from a picture to the
// model's input (core/pictures/preparation.ts).
import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { InputError } from '../../core/errors.js';
import { FILTERS } from '../../core/pictures/filtering.js';
import type { FillRule, Preparation, ResizeRule } from '../../core/pictures/preparation.js';

const side = z.int().positive();
const square = side.transform((edge) => ({ height: edge, width: edge }));
const rectangle = z.object({ height: side, width: side });
const size = z.union([
  side,
  rectangle,
  z.object({ shortest_edge: side, longest_edge: side.nullish() }),
  z.object({ longest_edge: side }),
]);
const triple = z.array(z.number()).length(3);
const configSchema = z.object({
  image_processor_type: z.string().nullish(),
  feature_extractor_type: z.string().nullish(),
  /** Our own: `whole` asks for the way that pictures go where no config says how. */
  kindred_fit: z.literal('whole').nullish(),
  do_resize: z.boolean().nullish(),
  size: size.nullish(),
  resample: z.int().min(0).max(5).nullish(),
  crop_pct: z.number().positive().nullish(),
  do_center_crop: z.boolean().nullish(),
  crop_size: z.union([square, rectangle]).nullish(),
  do_pad: z.boolean().nullish(),
  pad_size: z.union([square, rectangle]).nullish(),
  do_rescale: z.boolean().nullish(),
  rescale_factor: z.number().nullish(),
  rescale_offset: z.boolean().nullish(),
  do_normalize: z.boolean().nullish(),
  image_mean: triple.nullish(),
  image_std: z.array(z.number().positive()).length(3).nullish(),
  do_flip_channel_order: z.literal(false, { error: 'blue before red is not supported' }).nullish(),
});
type Config = z.infer<typeof configSchema>;

/** ImageNet's, which most encoders were trained with. */
const USUAL_MEAN = [0.485, 0.456, 0.406];
const USUAL_STD = [0.229, 0.224, 0.225];
/** Where neither the model nor its config says. */
const USUAL_SIDE = 224;
const BICUBIC = 3;
const BILINEAR = 2;
/** Image processors of transformers whose `resample`, where the file leaves it out, is bicubic; the others' is bilinear. */
const BICUBIC_PROCESSORS = /clip|bit|deit|siglip|blip|flava|levit|efficientformer|dinov/i;
/** ConvNext's processor crops what is smaller than this after a larger resize. */
const CONVNEXT_SQUASHED_SIDE = 384;
const CONVNEXT_CROP = 224 / 256;

/** Rows and columns that a model was exported for; null: any. */
export interface ModelSize {
  readonly height: number | null;
  readonly width: number | null;
}

export interface FoundPreparation {
  readonly preparation: Preparation;
  /** Did a file say it? */
  readonly isFromFile: boolean;
}

/** What the file at `path` says, or the usual where there is none. Throws an InputError if it cannot be used, or does not fit the model. */
export function readPreparation(path: string, model: ModelSize): FoundPreparation {
  const config = readConfig(path);
  const preparation = preparationOf(config ?? {}, model);
  const fits = (found: number, wanted: number | null) => wanted === null || wanted === found;
  if (!fits(preparation.height, model.height) || !fits(preparation.width, model.width)) {
    throw new InputError(
      `${path} makes images of ${preparation.height} × ${preparation.width}, and the model takes ${model.height ?? 'any'} × ${model.width ?? 'any'}: correct it, or remove it.`,
    );
  }
  return { preparation, isFromFile: config !== null };
}

function readConfig(path: string): Config | null {
  if (!existsSync(path)) return null;
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new InputError(`${path} is no valid JSON: correct it, or remove it.`, { cause });
  }
  const parsed = configSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new InputError(
    `${path} cannot be used at ${issue.path.join('.') || 'its top level'} (${issue.message}): correct it, or remove it.`,
  );
}

/** The steps that a config means. Of a model of another size the caller has to speak. */
export function preparationOf(config: Config, model: ModelSize): Preparation {
  const type = config.image_processor_type ?? config.feature_extractor_type ?? '';
  const isNormalised = config.do_normalize ?? true;
  const mean = isNormalised ? (config.image_mean ?? USUAL_MEAN) : [0, 0, 0];
  const std = isNormalised ? (config.image_std ?? USUAL_STD) : [1, 1, 1];
  const factor = (config.do_rescale ?? true) ? (config.rescale_factor ?? 1 / 255) : 1;
  const usual = BICUBIC_PROCESSORS.test(type) || config.size == null ? BICUBIC : BILINEAR;
  const offset = config.rescale_offset ? 1 : 0;
  return {
    ...geometryOf(config, type, model, () => mean.map((value) => greyAt(value / factor))),
    channels: 3,
    filter: FILTERS[config.resample ?? usual],
    factor,
    mean: mean.map((value) => value + offset),
    std,
  };
}

/** The byte next to a value. */
function greyAt(value: number): number {
  return Math.min(255, Math.max(0, Math.round(value)));
}

type Geometry = Pick<Preparation, 'height' | 'width' | 'resize' | 'fill'>;
const BLACK: FillRule = { with: 'black' };

/** `zeros`: the pixel that is nearest to 0 once it is normalised. */
function geometryOf(config: Config, type: string, model: ModelSize, zeros: () => number[]): Geometry {
  const isCropped = config.do_center_crop ?? config.crop_size != null;
  const whole = (height: number, width: number): Geometry => ({
    height,
    width,
    resize: { to: 'inside', height, width },
    fill: { with: 'ground' },
  });
  const ofModel = (edge: number) => ({ height: model.height ?? edge, width: model.width ?? edge });
  const edge = edgeOf(config.size);
  if (config.kindred_fit === 'whole' || (config.size == null && config.do_resize !== false)) {
    const named = isCropped || config.size == null ? config.crop_size : null;
    const { height, width } = named ?? rectangleOf(config.size) ?? ofModel(edge ?? USUAL_SIDE);
    return whole(height, width);
  }
  if (/convnext/i.test(type) || config.crop_pct != null) {
    if (edge !== null) return convNext(edge, config.crop_pct ?? CONVNEXT_CROP);
  }
  const resize = resizeOf(config, isCropped);
  if (isCropped) {
    return { ...(config.crop_size ?? rectangleOf(config.size) ?? ofModel(USUAL_SIDE)), resize, fill: BLACK };
  }
  if (config.do_pad) {
    const padded = config.pad_size ?? ofModel(edge ?? USUAL_SIDE);
    return { ...padded, resize, fill: { with: 'values', values: zeros() } };
  }
  if (resize.to === 'exact') return { height: resize.height, width: resize.width, resize, fill: BLACK };
  // Such pictures differ in size, which no batch can: the longest edge fits, of the shortest the middle is taken.
  if (resize.to === 'longest') {
    const { height, width } = ofModel(resize.edge);
    return whole(height, width);
  }
  return { ...ofModel(edge ?? USUAL_SIDE), resize, fill: BLACK };
}

function convNext(edge: number, crop: number): Geometry {
  const resize: ResizeRule =
    edge < CONVNEXT_SQUASHED_SIDE
      ? { to: 'shortest', edge: Math.trunc(edge / crop), most: null }
      : { to: 'exact', height: edge, width: edge };
  return { height: edge, width: edge, resize, fill: BLACK };
}

function resizeOf({ do_resize: isResized, size: wanted }: Config, isCropped: boolean): ResizeRule {
  if (isResized === false || wanted == null) return { to: 'none' };
  if (typeof wanted === 'number') {
    // As the configs of CLIP were written at first.
    if (isCropped) return { to: 'shortest', edge: wanted, most: null };
    return { to: 'exact', height: wanted, width: wanted };
  }
  if ('height' in wanted) return { to: 'exact', ...wanted };
  if ('shortest_edge' in wanted) {
    return { to: 'shortest', edge: wanted.shortest_edge, most: wanted.longest_edge ?? null };
  }
  return { to: 'longest', edge: wanted.longest_edge };
}

function edgeOf(wanted: Config['size']): number | null {
  if (wanted == null || typeof wanted === 'number') return wanted ?? null;
  if ('height' in wanted) return null;
  return 'shortest_edge' in wanted ? wanted.shortest_edge : wanted.longest_edge;
}

/** The rows and columns that a size names outright, or a square of its edge. */
function rectangleOf(wanted: Config['size']): { height: number; width: number } | null {
  if (wanted != null && typeof wanted !== 'number' && 'height' in wanted) return wanted;
  const edge = edgeOf(wanted);
  return edge === null ? null : { height: edge, width: edge };
}
