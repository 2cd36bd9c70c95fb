// All images as points: 8 bytes a point for its place and 2 for its value, an index into a texture of colours. Another
// colour for a kind, or dimming all others, changes that small texture alone.
import type { Camera, Size } from './camera.js';
import { clampEdges, createLayer, type Gl, type Layer } from './gl.js';
import { imagesBySlot } from './slot-order.js';

/** Colours in the texture: values from here on begin again. */
export const PALETTE_SIZE = 4096;
const PALETTE_WIDTH = 256;

export const LOOKING = `
uniform vec2 centre;
uniform vec2 ratio;
vec2 seen(vec2 place) { return (place - centre) * ratio; }
`;

export const COLOURED = `
uniform sampler2D palette;
vec4 colourOf(uint value) {
  return texelFetch(palette, ivec2(value % ${PALETTE_WIDTH}u, (value / ${PALETTE_WIDTH}u) % ${PALETTE_SIZE / PALETTE_WIDTH}u), 0);
}
`;

const VERTEX = `
in vec2 place;
in uint value;
uniform float size;
flat out vec4 colour;
${LOOKING}
${COLOURED}
void main() {
  colour = colourOf(value);
  gl_Position = vec4(seen(place), 0.0, 1.0);
  gl_PointSize = size;
}
`;

// Large points are round.
const FRAGMENT = `
flat in vec4 colour;
uniform float size;
out vec4 shown;
void main() {
  float edge = size < 3.5 ? 1.0 : clamp((0.5 - length(gl_PointCoord - 0.5)) * size + 0.5, 0.0, 1.0);
  shown = vec4(colour.rgb, colour.a * edge);
}
`;

/** Where the camera looks, for a layer that has LOOKING. */
export function setCamera(gl: Gl, { at }: Layer, camera: Camera, size: Size): void {
  gl.uniform2f(at('centre'), camera.x, camera.y);
  gl.uniform2f(at('ratio'), (2 * camera.scale) / size.width, (-2 * camera.scale) / size.height);
}

export function createPointLayer(gl: Gl) {
  const layer = createLayer(gl, VERTEX, FRAGMENT, [
    { name: 'place', numbers: 2 },
    { name: 'value', numbers: 1, isWhole: true },
  ]);
  const palette = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, palette);
  gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA8, PALETTE_WIDTH, PALETTE_SIZE / PALETTE_WIDTH);
  clampEdges(gl, gl.TEXTURE_2D, gl.NEAREST);
  let imageOf: Uint32Array = new Uint32Array(0);
  return {
    get count(): number {
      return imageOf.length;
    },
    /** points (n, 2) by image. The values have to follow where n is another. */
    setPoints(points: Float32Array): void {
      if (points.length / 2 !== imageOf.length) imageOf = imagesBySlot(points.length / 2);
      const ordered = new Float32Array(points.length);
      imageOf.forEach((image, slot) => {
        ordered[2 * slot] = points[2 * image];
        ordered[2 * slot + 1] = points[2 * image + 1];
      });
      layer.fill('place', ordered, gl.DYNAMIC_DRAW);
    },
    /** values (n) by image. */
    setValues(values: Uint16Array): void {
      const ordered = new Uint16Array(imageOf.length);
      imageOf.forEach((image, slot) => {
        ordered[slot] = values[image];
      });
      layer.fill('value', ordered, gl.DYNAMIC_DRAW);
    },
    /** colours: (PALETTE_SIZE, 4) bytes, red to opacity. */
    setPalette(colours: Uint8Array): void {
      gl.bindTexture(gl.TEXTURE_2D, palette);
      const rows = PALETTE_SIZE / PALETTE_WIDTH;
      gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, PALETTE_WIDTH, rows, gl.RGBA, gl.UNSIGNED_BYTE, colours);
    },
    /** Slots `from` … `from + count − 1` as squares or discs of `pointPixels`. */
    draw(camera: Camera, size: Size, pointPixels: number, from: number, count: number): void {
      layer.use();
      setCamera(gl, layer, camera, size);
      gl.uniform1f(layer.at('size'), pointPixels);
      gl.bindTexture(gl.TEXTURE_2D, palette);
      gl.drawArrays(gl.POINTS, from, count);
    },
  };
}
