// The images themselves in place of their points, once there is room. Their pixels lie in the layers of one texture array,
// at most CACHED of them; what was not looked at for longest makes room.
import type { ImageShape } from '../../../data/source.js';
import type { Camera, Size } from './camera.js';
import { clampEdges, createLayer, type Gl, SQUARE } from './gl.js';
import { COLOURED, LOOKING, setCamera } from './point-layer.js';

/** WebGL 2 promises 256 layers; drivers give 2048. */
const CACHED = 2048;
/** Pixels a side that are kept of a large image. */
export const THUMBNAIL_SIDE = 64;

/** Of the frame that shows the kind. */
const FRAME_PIXELS = 3;

const VERTEX = `
in vec2 corner;
in vec2 place;
in uvec2 which;
uniform vec2 half_;
flat out vec4 colour;
flat out uint layer;
out vec2 at;
${LOOKING}
${COLOURED}
void main() {
  colour = colourOf(which.x);
  layer = which.y;
  at = corner;
  gl_Position = vec4(seen(place) + corner * half_, 0.0, 1.0);
}
`;

// The frame has the colour of the point that the image stands for; what is dimmed shows through.
const FRAGMENT = `
flat in vec4 colour;
flat in uint layer;
in vec2 at;
uniform mediump sampler2DArray pixels;
uniform float frame;
uniform bool isGrey;
out vec4 shown;
void main() {
  float from = max(abs(at.x), abs(at.y));
  vec2 inside = at / (1.0 - frame) * vec2(0.5, -0.5) + 0.5;
  vec4 texel = texture(pixels, vec3(inside, float(layer)));
  vec3 seen = from > 1.0 - frame ? colour.rgb : isGrey ? texel.rrr : texel.rgb;
  shown = vec4(seen, colour.a > 0.5 ? 1.0 : 0.25);
}
`;

/** What stands at each image's place. */
export interface Scene {
  /** (n, 2) in the unit square, by image. */
  readonly points: Float32Array;
  /** (n) */
  readonly values: Uint16Array;
}

export function createThumbnailLayer(gl: Gl) {
  const layer = createLayer(gl, VERTEX, FRAGMENT, [
    { name: 'corner', numbers: 2 },
    { name: 'place', numbers: 2, isOfInstance: true },
    { name: 'which', numbers: 2, isWhole: true, isOfInstance: true },
  ]);
  layer.fill('corner', SQUARE, gl.STATIC_DRAW);
  let texture: WebGLTexture | null = null;
  let shape: ImageShape = { height: 1, width: 1, channels: 1 };
  let room = 0;
  /** Image → layer of the texture, the longest unused first. */
  const layerOf = new Map<number, number>();
  return {
    /** The largest number of images that can be shown at once. */
    get room(): number {
      return room;
    },
    /** What the pixels of `add` look like: at most THUMBNAIL_SIDE a side, one channel or four. */
    setShape(pixels: ImageShape): void {
      shape = pixels;
      room = Math.min(CACHED, gl.getParameter(gl.MAX_ARRAY_TEXTURE_LAYERS) as number);
      if (texture !== null) gl.deleteTexture(texture);
      texture = gl.createTexture();
      layerOf.clear();
      gl.bindTexture(gl.TEXTURE_2D_ARRAY, texture);
      const format = shape.channels === 1 ? gl.R8 : gl.RGBA8;
      gl.texStorage3D(gl.TEXTURE_2D_ARRAY, 1, format, shape.width, shape.height, room);
      clampEdges(gl, gl.TEXTURE_2D_ARRAY, gl.LINEAR);
    },
    has: (image: number): boolean => layerOf.has(image),
    add(image: number, pixels: Uint8Array): void {
      let at = layerOf.get(image) ?? layerOf.size;
      if (at >= room) {
        const [oldest] = layerOf.keys();
        at = layerOf.get(oldest) ?? 0;
        layerOf.delete(oldest);
      }
      layerOf.set(image, at);
      const { width, height, channels } = shape;
      const format = channels === 1 ? gl.RED : gl.RGBA;
      gl.bindTexture(gl.TEXTURE_2D_ARRAY, texture);
      gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
      gl.texSubImage3D(gl.TEXTURE_2D_ARRAY, 0, 0, 0, at, width, height, 1, format, gl.UNSIGNED_BYTE, pixels);
    },
    /** Those of `images` whose pixels are here. points (n, 2), values (n); `side` and the frame in CSS pixels. */
    draw(
      images: readonly number[],
      { points, values }: Scene,
      camera: Camera,
      size: Size,
      side: number,
    ): void {
      const shown = images.filter((image) => layerOf.has(image));
      if (shown.length === 0) return;
      const places = new Float32Array(2 * shown.length);
      const which = new Uint16Array(2 * shown.length);
      shown.forEach((image, index) => {
        const at = layerOf.get(image) ?? 0;
        // It was looked at: to the end of the queue.
        layerOf.delete(image);
        layerOf.set(image, at);
        places.set([points[2 * image], points[2 * image + 1]], 2 * index);
        which.set([values[image], at], 2 * index);
      });
      layer.fill('place', places, gl.STREAM_DRAW);
      layer.fill('which', which, gl.STREAM_DRAW);
      layer.use();
      setCamera(gl, layer, camera, size);
      const { width, height, channels } = shape;
      const longer = Math.max(width, height);
      const [across, down] = [(side * width) / longer, (side * height) / longer];
      gl.uniform2f(layer.at('half_'), across / size.width, down / size.height);
      gl.uniform1f(layer.at('frame'), (2 * FRAME_PIXELS) / side);
      gl.uniform1i(layer.at('isGrey'), channels === 1 ? 1 : 0);
      gl.uniform1i(layer.at('palette'), 0);
      gl.uniform1i(layer.at('pixels'), 1);
      gl.activeTexture(gl.TEXTURE1);
      gl.bindTexture(gl.TEXTURE_2D_ARRAY, texture);
      gl.activeTexture(gl.TEXTURE0);
      gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, shown.length);
    },
  };
}
