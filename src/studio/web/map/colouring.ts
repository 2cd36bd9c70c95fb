// What the colours of the map say. Each way to colour gives every image a value, and each value a row of the legend with a
// name, a count and a colour; the map itself knows of values only.
import { NO_KIND, UNTOLD } from '../../../core/groups.js';
import type { KindView } from '../../server/messages.js';
import { colourOfKind, type Rgb } from '../palette.js';

export const COLOURINGS = ['kind', 'name', 'confidence', 'label', 'finding', 'told'] as const;
export type ColouringName = (typeof COLOURINGS)[number];

export interface LegendRow {
  readonly value: number;
  readonly name: string;
  readonly count: number;
  readonly colour: Rgb;
  /** Does its name stand on the map? Where the images of a value lie together, it does. */
  readonly isOnMap: boolean;
}

export interface Colouring {
  /** (n) */
  readonly values: Uint16Array;
  /** In the order of the values; those without an image are left out. */
  readonly rows: readonly LegendRow[];
}

/** Arrays (n) of a run, as the server has them. */
export interface RunArrays {
  readonly kind: Int32Array;
  readonly confidence: Float32Array;
  /** Null without labels. */
  readonly label: Int32Array | null;
  readonly finding: Int32Array;
  /** −2 where nobody has said anything. */
  readonly told: Int32Array;
}

type NamedKind = Pick<KindView, 'kind' | 'name'>;
type Row = Pick<LegendRow, 'name' | 'colour' | 'isOnMap'>;

const GREY: Rgb = [150, 150, 150];
/** Orange over grey to blue: two hues that any colour vision tells apart, the strongest at the two ends. */
const BANDS: readonly { readonly from: number; readonly name: string; readonly colour: Rgb }[] = [
  { from: 0, name: 'below 50 %', colour: [213, 94, 0] },
  { from: 0.5, name: '50 to 70 %', colour: [230, 159, 0] },
  { from: 0.7, name: '70 to 90 %', colour: [150, 150, 150] },
  { from: 0.9, name: '90 to 99 %', colour: [86, 160, 215] },
  { from: 0.99, name: '99 % and more', colour: [0, 90, 160] },
];
/** As FINDINGS of the server's messages numbers them. */
const FINDING_ROWS: readonly Row[] = [
  grey('nothing found'),
  { name: 'duplicate', colour: [0, 114, 178], isOnMap: false },
  { name: 'outlier', colour: [213, 94, 0], isOnMap: false },
];

export function colouringOf(
  name: ColouringName,
  arrays: RunArrays,
  kinds: readonly NamedKind[],
  labelNames: readonly string[] | null,
): Colouring {
  switch (name) {
    case 'kind':
      return byKind(arrays.kind, kinds, 'no kind');
    case 'name':
      return byName(arrays.kind, kinds);
    case 'told':
      return byTold(arrays.told, kinds);
    case 'confidence':
      return coloured(
        arrays.kind.length,
        (image) => bandOf(arrays.confidence[image]),
        BANDS.map((band) => ({ ...band, isOnMap: false })),
      );
    case 'finding':
      return coloured(arrays.kind.length, (image) => arrays.finding[image], FINDING_ROWS);
    case 'label': {
      const { label } = arrays;
      if (label === null || labelNames === null) return byKind(arrays.kind, kinds, 'no kind');
      const rows = labelNames.map((name, kind) => ({ kind, name }));
      return byKind(label, rows, 'no label');
    }
  }
}

/** Value 0 is none, value k + 1 is kind k. */
function byKind(kind: Int32Array, kinds: readonly NamedKind[], none: string): Colouring {
  return coloured(kind.length, (image) => Math.max(kind[image], -1) + 1, rowsOf([grey(none)], kinds, true));
}

/** Kinds of one name are one value: that of the first of them. */
function byName(kind: Int32Array, kinds: readonly NamedKind[]): Colouring {
  const first = new Map(kinds.toReversed().map((each) => [each.name, each.kind]));
  const shownAs = new Map(kinds.map((each) => [each.kind, first.get(each.name)]));
  const firsts = kinds.filter((each) => first.get(each.name) === each.kind);
  return byKind(
    kind.map((each) => shownAs.get(each) ?? NO_KIND),
    firsts,
    'no kind',
  );
}

/** Value 0: nothing was said (−2); 1: junk (−1); k + 2: kind k. */
function byTold(told: Int32Array, kinds: readonly NamedKind[]): Colouring {
  const junk: Row = { name: 'junk', colour: [70, 70, 70], isOnMap: false };
  const rows = rowsOf([grey('nothing said'), junk], kinds, false);
  return coloured(told.length, (image) => told[image] - UNTOLD, rows);
}

/** The kinds' own rows, by number behind the `first`. */
function rowsOf(first: readonly Row[], kinds: readonly NamedKind[], isOnMap: boolean): readonly Row[] {
  const rows = [...first];
  for (const { kind, name } of kinds) {
    rows[first.length + kind] = { name, colour: colourOfKind(kind), isOnMap };
  }
  return rows;
}

function grey(name: string): Row {
  return { name, colour: GREY, isOnMap: false };
}

/** rows: by value. */
function coloured(count: number, valueAt: (image: number) => number, rows: readonly Row[]): Colouring {
  const values = new Uint16Array(count);
  const counts = new Uint32Array(1 << 16);
  for (let image = 0; image < count; image++) {
    values[image] = valueAt(image);
    counts[values[image]]++;
  }
  const legend: LegendRow[] = [];
  counts.forEach((size, value) => {
    if (size > 0) legend.push({ ...(rows[value] ?? grey(`kind-${value - 1}`)), value, count: size });
  });
  return { values, rows: legend };
}

function bandOf(confidence: number): number {
  return BANDS.findLastIndex(({ from }) => confidence >= from || from === 0);
}

/** (size, 4) bytes. Where a row is highlighted, all others are dimmed. */
export function paletteOf(rows: readonly LegendRow[], highlighted: number | null, size: number): Uint8Array {
  const colours = new Uint8Array(4 * size);
  for (const { value, colour } of rows) {
    const opacity = highlighted === null ? 200 : value === highlighted ? 255 : 26;
    colours.set([...colour, opacity], 4 * (value % size));
  }
  return colours;
}
