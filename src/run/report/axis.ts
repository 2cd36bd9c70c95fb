// Axes with round ticks.

export interface Axis {
  readonly ticks: readonly number[];
  /** Where a value lies: 0 at the start of the axis, 1 at its end. */
  place(value: number): number;
}

/** From `from` to `to`, with about `count` ticks at multiples of 1, 2 or 5 times a power of ten. */
export function linearAxis(from: number, to: number, count: number): Axis {
  const step = roundStep((to - from) / Math.max(1, count));
  const first = Math.ceil(from / step - 1e-9);
  const last = Math.floor(to / step + 1e-9);
  const ticks = Array.from({ length: Math.max(0, last - first) + 1 }, (_, index) =>
    // Twelve digits drop what multiplying by 0.1 adds.
    Number(((first + index) * step).toPrecision(12)),
  );
  return { ticks, place: (value) => (value - from) / (to - from) };
}

/** A loss below this is drawn as none: there is no power of ten to count subnormal numbers in. */
const LEAST_LOSS = 1e-30;
/** Losses whose difference is a smaller share of them than this are drawn as equal: no tick could tell them apart. */
const LEAST_DIFFERENCE = 1e-9;

/** For losses: logarithmic where they span much, or else linear from a round value below the smallest. */
export function lossAxis(lowest: number, highest: number): Axis {
  if (lowest > LEAST_LOSS && highest / lowest >= 6) return logarithmicAxis(lowest, highest);
  const size = Math.abs(highest);
  const difference = highest - lowest;
  const spread = Math.max(difference > LEAST_DIFFERENCE * size ? difference : size || 1, LEAST_LOSS);
  const step = roundStep(spread / 4);
  const from = Math.floor(lowest / step) * step;
  const to = Math.max(from + step, Math.ceil(highest / step) * step);
  return linearAxis(from, to, 4);
}

function logarithmicAxis(lowest: number, highest: number): Axis {
  const from = Math.log10(lowest * 0.92);
  const to = Math.log10(highest * 1.08);
  const wide = to - from > 2.2;
  const ticks: number[] = [];
  for (let power = Math.floor(from); power <= to; power++) {
    for (const digit of wide ? [1] : [1, 2, 5]) {
      const tick = Number(`${digit}e${power}`);
      if (Math.log10(tick) >= from && Math.log10(tick) <= to) ticks.push(tick);
    }
  }
  return { ticks, place: (value) => (Math.log10(value) - from) / (to - from) };
}

function roundStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  const digit = [1, 2, 5, 10].find((candidate) => candidate * power >= step * 0.999) ?? 10;
  return digit * power;
}
