// What part of the map the window shows. The map is the unit square (the layout, scaled to fit it); the window is measured
// in CSS pixels from its upper left corner.

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Camera {
  /** The place of the map in the middle of the window. */
  readonly x: number;
  readonly y: number;
  /** Pixels a unit of the map. */
  readonly scale: number;
}

/** A rectangle of the map. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export interface Place {
  readonly x: number;
  readonly y: number;
}

/** Pixels that stay free around the whole map. */
const MARGIN = 24;
/** How far one may zoom in, in times of the whole map. */
const CLOSEST = 2000;

/** Around the points (n, 2), or around those of `images` alone. */
export function boxAround(points: ArrayLike<number>, images?: readonly number[]): Box {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  const count = images?.length ?? points.length / 2;
  for (let at = 0; at < count; at++) {
    const image = images?.[at] ?? at;
    left = Math.min(left, points[2 * image]);
    right = Math.max(right, points[2 * image]);
    top = Math.min(top, points[2 * image + 1]);
    bottom = Math.max(bottom, points[2 * image + 1]);
  }
  return { left, top, right, bottom };
}

/** Shows all of the map. */
export function fitCamera(size: Size): Camera {
  return { x: 0.5, y: 0.5, scale: fitScale(size) };
}

export function fitScale({ width, height }: Size): number {
  return Math.max(40, Math.min(width, height) - 2 * MARGIN);
}

/** Shows `box`, with some room around it. */
export function boxCamera(box: Box, size: Size): Camera {
  const across = Math.max(box.right - box.left, 1e-9);
  const down = Math.max(box.bottom - box.top, 1e-9);
  const scale = Math.min(
    (size.width - 2 * MARGIN) / across,
    (size.height - 2 * MARGIN) / down,
    fitScale(size) * 40,
  );
  return { x: (box.left + box.right) / 2, y: (box.top + box.bottom) / 2, scale: Math.max(scale, 1) };
}

export function middleOf({ width, height }: Size): Place {
  return { x: width / 2, y: height / 2 };
}

export function toScreen(camera: Camera, size: Size, x: number, y: number): Place {
  return {
    x: (x - camera.x) * camera.scale + size.width / 2,
    y: (y - camera.y) * camera.scale + size.height / 2,
  };
}

export function toMap(camera: Camera, size: Size, { x, y }: Place): Place {
  return {
    x: (x - size.width / 2) / camera.scale + camera.x,
    y: (y - size.height / 2) / camera.scale + camera.y,
  };
}

/** The part of the map that a window of this size shows. */
export function boxOf({ x, y, scale }: Camera, { width, height }: Size): Box {
  const [across, down] = [width / scale / 2, height / scale / 2];
  return { left: x - across, right: x + across, top: y - down, bottom: y + down };
}

/** What is seen moves by so many pixels. */
export function panned(camera: Camera, right: number, down: number): Camera {
  return held({ ...camera, x: camera.x - right / camera.scale, y: camera.y - down / camera.scale });
}

/** `factor` times as large; what is under `at` stays there. */
export function zoomed(camera: Camera, size: Size, factor: number, at: Place): Camera {
  const whole = fitScale(size);
  const scale = Math.min(Math.max(camera.scale * factor, whole / 3), whole * CLOSEST);
  const under = toMap(camera, size, at);
  return held({
    x: under.x - (at.x - size.width / 2) / scale,
    y: under.y - (at.y - size.height / 2) / scale,
    scale,
  });
}

/** The middle of the window stays on the map. */
function held({ x, y, scale }: Camera): Camera {
  return { x: Math.min(Math.max(x, 0), 1), y: Math.min(Math.max(y, 0), 1), scale };
}

/** As it stands in the address: centre and zoom in times of the whole map. */
export function writeCamera({ x, y, scale }: Camera, size: Size): string {
  const zoom = scale / fitScale(size);
  return [x.toFixed(4), y.toFixed(4), Number(zoom.toPrecision(4))].join(',');
}

/** Null for what nobody can have meant. */
export function readCamera(text: string | undefined, size: Size): Camera | null {
  const [x, y, zoom] = (text ?? '').split(',').map(Number);
  if (![x, y, zoom].every(Number.isFinite) || !(zoom > 0)) return null;
  return zoomed(held({ x, y, scale: fitScale(size) }), size, zoom, middleOf(size));
}
