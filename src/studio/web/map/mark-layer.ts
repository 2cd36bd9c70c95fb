// What is special about some images, told by shape: a ring around those that are chosen, a diamond for those of which a
// person has said the kind. Drawn over the points.
import type { Camera, Size } from './camera.js';
import { createLayer, type Gl } from './gl.js';
import { COLOURED, LOOKING, setCamera } from './point-layer.js';

const VERTEX = `
in vec2 place;
in uvec2 mark;
uniform float size;
flat out vec4 colour;
flat out uint shape;
${LOOKING}
${COLOURED}
void main() {
  colour = colourOf(mark.x);
  shape = mark.y;
  gl_Position = vec4(seen(place), 0.0, 1.0);
  gl_PointSize = size;
}
`;

const FRAGMENT = `
flat in vec4 colour;
flat in uint shape;
uniform float size;
uniform float isFilled;
uniform float density;
uniform vec3 ink;
out vec4 shown;
float cover(float pixelsInside) { return clamp(pixelsInside + 0.5, 0.0, 1.0); }
void main() {
  vec2 from = (gl_PointCoord - 0.5) * size;
  float ring = size * 0.5 - 1.0 - length(from);
  float diamond = size * 0.42 - abs(from.x) - abs(from.y);
  bool isRing = (shape & 1u) != 0u;
  bool isDiamond = (shape & 2u) != 0u;
  float line = 0.0;
  float fill = 0.0;
  if (isDiamond) { line = cover(diamond); fill = cover(diamond - 2.0 * density) * isFilled; line = max(line - (1.0 - isFilled) * cover(diamond - 2.0 * density), fill); }
  if (isRing) {
    // Small rings stand close together: filled, they leave the colours to be seen.
    bool isSmall = size < 10.0 * density;
    line = max(line, isSmall ? cover(ring) : cover(ring) - cover(ring - 2.0 * density));
    if (isSmall) fill = cover(ring - density);
  }
  shown = vec4(mix(ink, colour.rgb, fill), line);
}
`;

/** Bits of a mark's shape. */
export const CHOSEN_MARK = 1;
export const TOLD_MARK = 2;

export interface Marks {
  /** (m, 2) in the unit square. */
  readonly places: Float32Array;
  /** (m, 2): the point's value, and its shape. */
  readonly marks: Uint16Array;
}

interface MarkLook {
  readonly pixels: number;
  /** Pixels of the screen a CSS pixel. */
  readonly density: number;
  /** Over points; over thumbnails a diamond is only a line. */
  readonly isFilled: boolean;
  /** 0 … 1 each. */
  readonly ink: readonly number[];
}

export function createMarkLayer(gl: Gl) {
  const layer = createLayer(gl, VERTEX, FRAGMENT, [
    { name: 'place', numbers: 2 },
    { name: 'mark', numbers: 2, isWhole: true },
  ]);
  let count = 0;
  return {
    get count(): number {
      return count;
    },
    set({ places, marks }: Marks): void {
      count = places.length / 2;
      layer.fill('place', places, gl.DYNAMIC_DRAW);
      layer.fill('mark', marks, gl.DYNAMIC_DRAW);
    },
    draw(camera: Camera, size: Size, { pixels, density, isFilled, ink }: MarkLook): void {
      if (count === 0) return;
      layer.use();
      setCamera(gl, layer, camera, size);
      gl.uniform1f(layer.at('size'), pixels);
      gl.uniform1f(layer.at('density'), density);
      gl.uniform1f(layer.at('isFilled'), isFilled ? 1 : 0);
      gl.uniform3f(layer.at('ink'), ink[0], ink[1], ink[2]);
      gl.drawArrays(gl.POINTS, 0, count);
    },
  };
}
