// Draws the map. Drawing a million points takes a software renderer a good part of a second, so they are not drawn each
// frame: they are drawn into a picture larger than the window, slice by slice between frames, and each frame shows the last
// whole picture moved and scaled to where the camera is by now. Beneath it lies a picture of the whole map, so that no
// place is ever empty. How many points a slice takes is measured as it goes.
import { type Camera, fitCamera, fitScale, type Size } from './camera.js';
import { createLayer, createTarget, deleteTarget, type Gl, type Layer, SQUARE, type Target } from './gl.js';
import { MarkLayer, type Marks } from './mark-layer.js';
import { PointLayer } from './point-layer.js';
import { ThumbnailLayer } from './thumbnail-layer.js';

/** The picture is so many times as wide and high as the window. */
const OVERSIZE = 1.5;
/** A slice is to take about this long while the map moves, and while it rests. */
const [MOVING_SLICE_MILLISECONDS, RESTING_SLICE_MILLISECONDS] = [35, 70];
/** It rests when it has not moved for so long. */
const REST_MILLISECONDS = 250;
const FIRST_SLICE = 30_000;
/** A busy machine answers late whatever is drawn: slices smaller than these would only be more of them. */
const [LEAST_MOVING_SLICE, LEAST_RESTING_SLICE] = [7500, 50_000];

const QUAD_VERTEX = `
in vec2 corner;
uniform vec4 box;
out vec2 at;
void main() {
  at = corner * 0.5 + 0.5;
  gl_Position = vec4(box.xy + corner * box.zw, 0.0, 1.0);
}
`;
const QUAD_FRAGMENT = `
in vec2 at;
uniform sampler2D picture;
out vec4 shown;
void main() { shown = vec4(texture(picture, at).rgb, 1.0); }
`;

interface Scene {
  /** (n, 2) in the unit square, by image. */
  readonly points: Float32Array;
  /** (n) */
  readonly values: Uint16Array;
}

interface Picture {
  readonly target: Target;
  /** In CSS pixels. */
  readonly size: Size;
  camera: Camera;
  version: number;
  /** Was it ever drawn whole? */
  isWhole: boolean;
}

export interface Thumbnails {
  readonly images: readonly number[];
  /** CSS pixels a side, frame included. */
  readonly side: number;
}

/** Colours, 0 … 1 a part. */
export interface Look {
  readonly ground: readonly number[];
  readonly ink: readonly number[];
}

export interface RendererEvents {
  /** The camera that the next picture is drawn for: which images are to be shown there as thumbnails? */
  readonly chooseThumbnails: (camera: Camera, size: Size) => Thumbnails | null;
  /** After every frame that changed something. */
  readonly onFrame: (camera: Camera) => void;
  /** The first points are on the screen. */
  readonly onBegun: () => void;
  /** All of them are, for the first time. */
  readonly onWhole: () => void;
}

export class Renderer {
  readonly #gl: Gl;
  readonly #canvas: HTMLCanvasElement;
  readonly #events: RendererEvents;
  readonly #quad: Layer;
  readonly #points: PointLayer;
  readonly #marks: MarkLayer;
  /** Whoever adds to them says so by `invalidate`. */
  readonly thumbnails: ThumbnailLayer;
  #size: Size = { width: 1, height: 1 };
  #pixelRatio = 1;
  #camera: Camera = { x: 0.5, y: 0.5, scale: 1 };
  #look: Look = { ground: [1, 1, 1], ink: [0, 0, 0] };
  #scene: Scene = { points: new Float32Array(0), values: new Uint16Array(0) };
  /** Grows with everything that makes pictures out of date. */
  #version = 0;
  #near: Picture | null = null;
  #spare: Picture | null = null;
  #whole: Picture | null = null;
  #work: { picture: Picture; steps: Iterator<void>; fence: WebGLSync | null; since: number } | null = null;
  #slice = FIRST_SLICE;
  #movedAt = Number.NEGATIVE_INFINITY;
  #request = 0;
  #shownCamera: Camera | null = null;

  /** Throws where there is no WebGL 2. */
  constructor(canvas: HTMLCanvasElement, events: RendererEvents) {
    const gl = canvas.getContext('webgl2', { alpha: false, antialias: false, depth: false });
    if (gl === null)
      throw new Error('This browser has no WebGL 2, which the map is drawn with: use another one.');
    this.#gl = gl;
    this.#canvas = canvas;
    this.#events = events;
    this.#quad = createLayer(gl, QUAD_VERTEX, QUAD_FRAGMENT, [{ name: 'corner', numbers: 2 }]);
    this.#quad.fill('corner', SQUARE, gl.STATIC_DRAW);
    this.#points = new PointLayer(gl);
    this.#marks = new MarkLayer(gl);
    this.thumbnails = new ThumbnailLayer(gl);
    gl.blendFuncSeparate(gl.SRC_ALPHA, gl.ONE_MINUS_SRC_ALPHA, gl.ONE, gl.ONE);
  }

  /** points (n, 2) in the unit square and values (n), by image. */
  setScene(points: Float32Array, values: Uint16Array): void {
    if (points !== this.#scene.points) this.#points.setPoints(points);
    this.#points.setValues(values);
    this.#scene = { points, values };
    this.invalidate();
  }

  setPalette(colours: Uint8Array): void {
    this.#points.setPalette(colours);
    this.invalidate();
  }

  setMarks(marks: Marks): void {
    this.#marks.set(marks);
    this.invalidate();
  }

  setLook(look: Look): void {
    this.#look = look;
    this.invalidate();
  }

  resize(size: Size, pixelRatio: number): void {
    [this.#size, this.#pixelRatio] = [size, pixelRatio];
    this.#canvas.width = Math.round(size.width * pixelRatio);
    this.#canvas.height = Math.round(size.height * pixelRatio);
    this.#stopWork();
    for (const picture of [this.#near, this.#spare, this.#whole]) {
      if (picture !== null) deleteTarget(this.#gl, picture.target);
    }
    this.#near = this.#picture(OVERSIZE);
    this.#spare = this.#picture(OVERSIZE);
    this.#whole = this.#picture(1);
    this.invalidate();
  }

  look(camera: Camera): void {
    this.#camera = camera;
    this.#movedAt = performance.now();
    this.#wake();
  }

  /** Something is to look otherwise: pictures are drawn anew. */
  invalidate(): void {
    this.#version++;
    this.#wake();
  }

  stop(): void {
    cancelAnimationFrame(this.#request);
    this.#stopWork();
    this.#gl.getExtension('WEBGL_lose_context')?.loseContext();
  }

  #picture(times: number): Picture {
    // By whole pixels larger than the window on either side: shown half a pixel beside its place, points would blur.
    const [width, height] = [this.#canvas.width, this.#canvas.height].map((side) =>
      Math.max(1, side + 2 * Math.round((side * (times - 1)) / 2)),
    );
    const size = { width: width / this.#pixelRatio, height: height / this.#pixelRatio };
    const target = createTarget(this.#gl, width, height);
    return { target, size, camera: this.#camera, version: -1, isWhole: false };
  }

  #wake(): void {
    if (this.#request !== 0) return;
    this.#request = requestAnimationFrame(() => {
      this.#request = 0;
      this.#frame();
    });
  }

  #frame(): void {
    if (this.#gl.isContextLost() || this.#points.count === 0 || this.#near === null) return;
    const isNews = this.#advance();
    if (isNews || this.#shownCamera !== this.#camera) {
      this.#show();
      if (this.#shownCamera === null) this.#events.onBegun();
      this.#shownCamera = this.#camera;
      this.#events.onFrame(this.#camera);
    }
    if (this.#work !== null || this.#nextWork() !== null) this.#wake();
  }

  /** Goes on drawing the picture that is under way, or begins the next. Is there something new to show? */
  #advance(): boolean {
    const gl = this.#gl;
    if (this.#work === null) {
      const next = this.#nextWork();
      if (next === null) return false;
      next.picture.camera = next.camera;
      next.picture.version = this.#version;
      next.picture.isWhole = false;
      this.#work = { picture: next.picture, steps: this.#paint(next.picture), fence: null, since: 0 };
    }
    const work = this.#work;
    if (work.fence !== null) {
      if (gl.getSyncParameter(work.fence, gl.SYNC_STATUS) !== gl.SIGNALED) return false;
      gl.deleteSync(work.fence);
      const isResting = performance.now() - this.#movedAt > REST_MILLISECONDS;
      const wanted = isResting ? RESTING_SLICE_MILLISECONDS : MOVING_SLICE_MILLISECONDS;
      const times = wanted / Math.max(performance.now() - work.since, 1);
      const least = isResting ? LEAST_RESTING_SLICE : LEAST_MOVING_SLICE;
      this.#slice = Math.max(least, this.#slice * Math.min(Math.max(times, 0.5), 1.5));
    }
    const { done } = work.steps.next();
    if (done) {
      this.#finish(work.picture);
      return true;
    }
    work.fence = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
    work.since = performance.now();
    gl.flush();
    // Before there is any whole picture, a part of one is shown.
    return this.#near?.isWhole === false;
  }

  #finish(picture: Picture): void {
    this.#work = null;
    picture.isWhole = true;
    if (picture !== this.#spare) return;
    if (this.#near?.version === -1) this.#events.onWhole();
    [this.#near, this.#spare] = [this.#spare, this.#near];
  }

  #stopWork(): void {
    if (this.#work?.fence) this.#gl.deleteSync(this.#work.fence);
    this.#work = null;
  }

  /** The picture that is most needed, and for which camera; null where all is as it should be. */
  #nextWork(): { readonly picture: Picture; readonly camera: Camera } | null {
    const [near, spare, whole] = [this.#near, this.#spare, this.#whole];
    if (near === null || spare === null || whole === null) return null;
    const camera = this.#camera;
    const isFresh = near.isWhole && near.version === this.#version && near.camera.scale === camera.scale;
    if (!isFresh || !this.#covers(near)) return { picture: spare, camera };
    const isWholeFresh = whole.isWhole && whole.version === this.#version;
    return isWholeFresh ? null : { picture: whole, camera: fitCamera(this.#size) };
  }

  /** Does the picture still reach beyond the window on all sides, by a third of what it did when it was drawn? */
  #covers({ camera, size }: Picture): boolean {
    const reach = (side: 'width' | 'height') => (size[side] - this.#size[side]) / 2;
    const right = Math.abs(this.#camera.x - camera.x) * camera.scale;
    const down = Math.abs(this.#camera.y - camera.y) * camera.scale;
    return right <= (reach('width') * 2) / 3 && down <= (reach('height') * 2) / 3;
  }

  /** Draws a picture; every `yield` ends a slice. */
  *#paint(picture: Picture): Generator<void, void, void> {
    const gl = this.#gl;
    const { camera, size, target } = picture;
    this.#begin(target);
    const [red, green, blue] = this.#look.ground;
    gl.clearColor(red, green, blue, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    const pixels = this.#pointPixels(camera);
    for (let from = 0; from < this.#points.count; ) {
      const count = Math.min(Math.round(this.#slice), this.#points.count - from);
      this.#begin(target);
      this.#points.draw(camera, size, pixels * this.#pixelRatio, from, count);
      from += count;
      if (from < this.#points.count) yield;
    }
    this.#begin(target);
    const thumbnails = this.#events.chooseThumbnails(camera, size);
    if (thumbnails !== null) {
      this.thumbnails.draw(thumbnails.images, this.#scene, camera, size, thumbnails.side);
    }
    // The more there are, the smaller they are.
    const least = Math.min(Math.max(11 * Math.sqrt(500 / Math.max(this.#marks.count, 1)), 5), 11);
    const markPixels = thumbnails === null ? Math.max(least, pixels * 2.2) : thumbnails.side * 1.55;
    const look = {
      pixels: markPixels * this.#pixelRatio,
      density: this.#pixelRatio,
      isFilled: thumbnails === null,
      ink: this.#look.ink,
    };
    this.#marks.draw(camera, size, look);
    yield;
  }

  #begin({ frame, width, height }: Target): void {
    this.#gl.bindFramebuffer(this.#gl.FRAMEBUFFER, frame);
    this.#gl.viewport(0, 0, width, height);
    this.#gl.enable(this.#gl.BLEND);
  }

  /** Points cover about a fifth of the whole map together, and grow with the root of the zoom. */
  #pointPixels({ scale }: Camera): number {
    const whole = fitScale(this.#size);
    const across = whole * Math.sqrt(0.2 / this.#points.count);
    return Math.min(Math.max(across, 1) * Math.sqrt(Math.max(scale / whole, 1)), 12);
  }

  #show(): void {
    const gl = this.#gl;
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.viewport(0, 0, this.#canvas.width, this.#canvas.height);
    gl.disable(gl.BLEND);
    const [red, green, blue] = this.#look.ground;
    gl.clearColor(red, green, blue, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    this.#quad.use();
    const near = this.#near?.isWhole === false ? this.#work?.picture : this.#near;
    if (this.#whole?.isWhole && near?.version !== -1) this.#place(this.#whole);
    if (near) this.#place(near);
  }

  #place({ camera, size, target }: Picture): void {
    const gl = this.#gl;
    const { x, y, scale } = this.#camera;
    const times = scale / camera.scale;
    gl.uniform4f(
      this.#quad.at('box'),
      ((camera.x - x) * scale * 2) / this.#size.width,
      ((y - camera.y) * scale * 2) / this.#size.height,
      (size.width / this.#size.width) * times,
      (size.height / this.#size.height) * times,
    );
    gl.bindTexture(gl.TEXTURE_2D, target.texture);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  }
}
