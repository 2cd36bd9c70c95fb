// What the map shows and what is chosen on it: kept here, drawn by the stage, told and changed by the panels beside it.
import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { imagesIn } from '../../../core/image-set.js';
import { fetchBytes, runPath } from '../api.js';
import { place } from '../route.js';
import { detail, kindName, review } from '../store.js';
import { wholePercent } from '../words.js';
import type { Place } from './camera.js';
import type { Chosen } from './chosen-images.js';
import { COLOURINGS, type Colouring, type ColouringName, colouringOf, type RunArrays } from './colouring.js';
import { indexPoints, type PointIndex, toUnitSquare } from './point-index.js';

export type Tool = 'pan' | 'lasso' | 'rectangle';

export interface MapModel {
  readonly tag: string;
  /** (n, 2) in the unit square; null before the first layout is here. */
  readonly points: Signal<Float32Array | null>;
  readonly arrays: Signal<RunArrays | null>;
  readonly index: ReadonlySignal<PointIndex | null>;
  readonly colour: Signal<ColouringName>;
  readonly colouring: ReadonlySignal<Colouring | null>;
  /** The value of the row that stands out; null for none. */
  readonly highlighted: Signal<number | null>;
  /** The image that the keyboard, or the pointer, is on; −1 for none. */
  readonly cursor: Signal<number>;
  /** The image that is looked at in the panel. */
  readonly opened: Signal<number | null>;
  readonly chosen: Signal<Chosen>;
  readonly tool: Signal<Tool>;
  /** Corners on the map of the lasso that is laid by keys. */
  readonly corners: Signal<readonly Place[]>;
  /** The line that is being drawn around images by hand, in CSS pixels. */
  readonly line: Signal<readonly Place[]>;
}

/** As the address says. */
export function createModel(tag: string): MapModel {
  const told = place.peek().chosen;
  const points = signal<Float32Array | null>(null);
  const arrays = signal<RunArrays | null>(null);
  const colour = signal<ColouringName>(COLOURINGS.find((name) => name === told.colour) ?? 'kind');
  const count = detail.peek()?.count ?? 0;
  return {
    tag,
    points,
    arrays,
    index: computed(() => (points.value === null ? null : indexPoints(points.value))),
    colour,
    colouring: computed(() => {
      const known = arrays.value;
      if (known === null) return null;
      const kinds = review.value?.kinds ?? [];
      return colouringOf(colour.value, known, kinds, detail.value?.labelNames ?? null);
    }),
    highlighted: signal(told.row === undefined ? null : Number(told.row)),
    cursor: signal(-1),
    opened: signal(imageIn(told.image, count)),
    chosen: signal(imagesIn(told.set ?? '', count)),
    tool: signal<Tool>('pan'),
    corners: signal<readonly Place[]>([]),
    line: signal<readonly Place[]>([]),
  };
}

export async function loadLayout(model: MapModel): Promise<void> {
  const layout = new Float32Array(await fetchBytes(runPath(model.tag, 'arrays', 'layout')));
  model.points.value = toUnitSquare(layout);
}

/** After the layout or an edit: what is known of every image. */
export async function loadArrays(model: MapModel): Promise<void> {
  const bytes = (name: string) => fetchBytes(runPath(model.tag, 'arrays', name));
  const integers = async (name: string) => new Int32Array(await bytes(name));
  const [kind, finding, told, label, confidence] = await Promise.all([
    integers('kind'),
    integers('finding'),
    integers('told'),
    detail.peek()?.labelNames == null ? null : integers('label'),
    bytes('confidence').then((floats) => new Float32Array(floats)),
  ]);
  model.arrays.value = { kind, confidence, finding, told, label };
}

/** `image 7: seven, 98 % sure` */
export function describe({ arrays }: MapModel, image: number): string {
  const known = arrays.value;
  if (known === null || image < 0) return '';
  return `image ${image}: ${kindName(known.kind[image])}, ${wholePercent(known.confidence[image])} sure`;
}

/** The chosen images of each kind, the most first. */
export function countKinds({
  arrays,
  chosen,
}: MapModel): { readonly kind: number; readonly count: number }[] {
  const counts = new Map<number, number>();
  for (const image of chosen.value) {
    const kind = arrays.value?.kind[image] ?? -1;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return [...counts].map(([kind, count]) => ({ kind, count })).sort((a, b) => b.count - a.count);
}

function imageIn(text: string | undefined, count: number): number | null {
  const image = Number(text ?? Number.NaN);
  return Number.isInteger(image) && image >= 0 && image < count ? image : null;
}
