// The images themselves in place of their points, once there is room. Their pixels lie in the layers of one texture array,
// at most CACHED of them; what was not looked at for longest makes room.
import type { Camera, Size } from './camera.js';
import { clampEdges, createLayer, type Gl, type Layer, SQUARE } from './gl.js';
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

export interface PixelShape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

export class ThumbnailLayer {
  readonly #gl: Gl;
  readonly #layer: Layer;
  #texture: WebGLTexture | null = null;
  #shape: PixelShape = { height: 1, width: 1, channels: 1 };
  #room = 0;
  /** Image → layer of the texture, the longest unused first. */
  readonly #layerOf = new Map<number, number>();

  constructor(gl: Gl) {
    this.#gl = gl;
    this.#layer = createLayer(gl, VERTEX, FRAGMENT, [
      { name: 'corner', numbers: 2 },
      { name: 'place', numbers: 2, isOfInstance: true },
      { name: 'which', numbers: 2, isWhole: true, isOfInstance: true },
    ]);
    this.#layer.fill('corner', SQUARE, gl.STATIC_DRAW);
  }

  /** The largest number of images that can be shown at once. */
  get room(): number {
    return this.#room;
  }

  /** What the pixels of `add` look like: at most THUMBNAIL_SIDE a side, one channel or four. */
  setShape(shape: PixelShape): void {
    const gl = this.#gl;
    this.#shape = shape;
    this.#room = Math.min(CACHED, gl.getParameter(gl.MAX_ARRAY_TEXTURE_LAYERS) as number);
    if (this.#texture !== null) gl.deleteTexture(this.#texture);
    this.#texture = gl.createTexture();
    this.#layerOf.clear();
    gl.bindTexture(gl.TEXTURE_2D_ARRAY, this.#texture);
    const format = shape.channels === 1 ? gl.R8 : gl.RGBA8;
    gl.texStorage3D(gl.TEXTURE_2D_ARRAY, 1, format, shape.width, shape.height, this.#room);
    clampEdges(gl, gl.TEXTURE_2D_ARRAY, gl.LINEAR);
  }

  has(image: number): boolean {
    return this.#layerOf.has(image);
  }

  add(image: number, pixels: Uint8Array): void {
    const gl = this.#gl;
    let layer = this.#layerOf.get(image) ?? this.#layerOf.size;
    if (layer >= this.#room) {
      const [oldest] = this.#layerOf.keys();
      layer = this.#layerOf.get(oldest) ?? 0;
      this.#layerOf.delete(oldest);
    }
    this.#layerOf.set(image, layer);
    const { width, height, channels } = this.#shape;
    const format = channels === 1 ? gl.RED : gl.RGBA;
    gl.bindTexture(gl.TEXTURE_2D_ARRAY, this.#texture);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    gl.texSubImage3D(gl.TEXTURE_2D_ARRAY, 0, 0, 0, layer, width, height, 1, format, gl.UNSIGNED_BYTE, pixels);
  }

  /** Those of `images` whose pixels are here. points (n, 2), values (n); `side` and the frame in CSS pixels. */
  draw(
    images: readonly number[],
    scene: { readonly points: Float32Array; readonly values: Uint16Array },
    camera: Camera,
    size: Size,
    side: number,
  ): void {
    const gl = this.#gl;
    const shown = images.filter((image) => this.#layerOf.has(image));
    if (shown.length === 0) return;
    const places = new Float32Array(2 * shown.length);
    const which = new Uint16Array(2 * shown.length);
    shown.forEach((image, at) => {
      const layer = this.#layerOf.get(image) ?? 0;
      // It was looked at: to the end of the queue.
      this.#layerOf.delete(image);
      this.#layerOf.set(image, layer);
      places[2 * at] = scene.points[2 * image];
      places[2 * at + 1] = scene.points[2 * image + 1];
      which[2 * at] = scene.values[image];
      which[2 * at + 1] = layer;
    });
    const { at, fill, use } = this.#layer;
    fill('place', places, gl.STREAM_DRAW);
    fill('which', which, gl.STREAM_DRAW);
    use();
    setCamera(gl, this.#layer, camera, size);
    const { width, height, channels } = this.#shape;
    const longer = Math.max(width, height);
    gl.uniform2f(at('half_'), (side * width) / longer / size.width, (side * height) / longer / size.height);
    gl.uniform1f(at('frame'), (2 * FRAME_PIXELS) / side);
    gl.uniform1i(at('isGrey'), channels === 1 ? 1 : 0);
    gl.uniform1i(at('palette'), 0);
    gl.uniform1i(at('pixels'), 1);
    gl.activeTexture(gl.TEXTURE1);
    gl.bindTexture(gl.TEXTURE_2D_ARRAY, this.#texture);
    gl.activeTexture(gl.TEXTURE0);
    gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, shown.length);
  }
}
