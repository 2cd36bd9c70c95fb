// Draws the map. Drawing a million points takes a software renderer a good part of a second, so they are not drawn each
// frame: they are drawn into a picture larger than the window, slice by slice between frames, and each frame shows the last
// whole picture moved and scaled to where the camera is by now. Beneath it lies a picture of the whole map, so that no
// place is ever empty.
import { type Camera, fitCamera, type Size } from './camera.js';
import { createLayer, createTarget, deleteTarget, type Gl, SQUARE, type Target } from './gl.js';
import { createMarkLayer, type Marks } from './mark-layer.js';
import { createPainter, type Look, type Thumbnails, type View } from './painter.js';
import { createPointLayer } from './point-layer.js';
import { createSlices } from './slices.js';
import { createThumbnailLayer } from './thumbnail-layer.js';

/** The picture is so many times as wide and high as the window. */
const OVERSIZE = 1.5;
/** It rests when it has not moved for so long. */
const REST_MILLISECONDS = 250;

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

interface Picture {
  readonly target: Target;
  /** In CSS pixels. */
  readonly size: Size;
  camera: Camera;
  version: number;
  /** Was it ever drawn whole? */
  isWhole: boolean;
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

export type Renderer = ReturnType<typeof createRenderer>;

/** Throws where there is no WebGL 2. */
export function createRenderer(canvas: HTMLCanvasElement, events: RendererEvents) {
  const context = canvas.getContext('webgl2', { alpha: false, antialias: false, depth: false });
  if (context === null)
    throw new Error('This browser has no WebGL 2, which the map is drawn with: use another one.');
  const gl: Gl = context;
  const quad = createLayer(gl, QUAD_VERTEX, QUAD_FRAGMENT, [{ name: 'corner', numbers: 2 }]);
  quad.fill('corner', SQUARE, gl.STATIC_DRAW);
  const layers = {
    points: createPointLayer(gl),
    marks: createMarkLayer(gl),
    thumbnails: createThumbnailLayer(gl),
  };
  gl.blendFuncSeparate(gl.SRC_ALPHA, gl.ONE_MINUS_SRC_ALPHA, gl.ONE, gl.ONE);
  const view: View = {
    window: { width: 1, height: 1 },
    pixelRatio: 1,
    look: { ground: [1, 1, 1], ink: [0, 0, 0] },
    scene: { points: new Float32Array(0), values: new Uint16Array(0) },
  };
  let cameraNow: Camera = { x: 0.5, y: 0.5, scale: 1 };
  /** Grows with everything that makes pictures out of date. */
  let version = 0;
  let near: Picture | null = null;
  let spare: Picture | null = null;
  let whole: Picture | null = null;
  let work: { readonly picture: Picture; readonly steps: Iterator<void> } | null = null;
  const slices = createSlices(gl);
  const { paint, clear } = createPainter(gl, layers, view, slices, events.chooseThumbnails);
  let movedAt = Number.NEGATIVE_INFINITY;
  let request = 0;
  let shownCamera: Camera | null = null;

  function createPicture(times: number): Picture {
    // By whole pixels larger than the window on either side: shown half a pixel beside its place, points would blur.
    const [width, height] = [canvas.width, canvas.height].map((side) =>
      Math.max(1, side + 2 * Math.round((side * (times - 1)) / 2)),
    );
    const size = { width: width / view.pixelRatio, height: height / view.pixelRatio };
    const target = createTarget(gl, width, height);
    return { target, size, camera: cameraNow, version: -1, isWhole: false };
  }

  /** Something is to look otherwise: pictures are drawn anew. */
  function invalidate(): void {
    version++;
    wake();
  }

  function wake(): void {
    if (request !== 0) return;
    request = requestAnimationFrame(() => {
      request = 0;
      frame();
    });
  }

  function frame(): void {
    if (gl.isContextLost() || layers.points.count === 0 || near === null) return;
    const isNews = advance();
    if (isNews || shownCamera !== cameraNow) {
      show();
      if (shownCamera === null) events.onBegun();
      shownCamera = cameraNow;
      events.onFrame(cameraNow);
    }
    if (work !== null || nextWork() !== null) wake();
  }

  /** Goes on drawing the picture that is under way, or begins the next. Is there something new to show? */
  function advance(): boolean {
    if (work === null) {
      const next = nextWork();
      if (next === null) return false;
      next.picture.camera = next.camera;
      next.picture.version = version;
      next.picture.isWhole = false;
      work = { picture: next.picture, steps: paint(next.picture) };
    }
    if (!slices.isOver(performance.now() - movedAt > REST_MILLISECONDS)) return false;
    const { done } = work.steps.next();
    if (done) {
      finish(work.picture);
      return true;
    }
    slices.begin();
    // Before there is any whole picture, a part of one is shown.
    return near?.isWhole === false;
  }

  function finish(picture: Picture): void {
    work = null;
    picture.isWhole = true;
    if (picture !== spare) return;
    if (near?.version === -1) events.onWhole();
    [near, spare] = [spare, near];
  }

  function stopWork(): void {
    slices.drop();
    work = null;
  }

  /** The picture that is most needed, and for which camera; null where all is as it should be. */
  function nextWork(): { readonly picture: Picture; readonly camera: Camera } | null {
    if (near === null || spare === null || whole === null) return null;
    const isFresh = near.isWhole && near.version === version && near.camera.scale === cameraNow.scale;
    if (!isFresh || !covers(near)) return { picture: spare, camera: cameraNow };
    const isWholeFresh = whole.isWhole && whole.version === version;
    return isWholeFresh ? null : { picture: whole, camera: fitCamera(view.window) };
  }

  /** Does the picture still reach beyond the window on all sides, by a third of what it did when it was drawn? */
  function covers({ camera, size }: Picture): boolean {
    const reach = (side: 'width' | 'height') => (size[side] - view.window[side]) / 2;
    const right = Math.abs(cameraNow.x - camera.x) * camera.scale;
    const down = Math.abs(cameraNow.y - camera.y) * camera.scale;
    return right <= (reach('width') * 2) / 3 && down <= (reach('height') * 2) / 3;
  }

  function show(): void {
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.viewport(0, 0, canvas.width, canvas.height);
    gl.disable(gl.BLEND);
    clear();
    quad.use();
    const nearest = near?.isWhole === false ? work?.picture : near;
    if (whole?.isWhole && nearest?.version !== -1) place(whole);
    if (nearest) place(nearest);
  }

  function place({ camera, size, target }: Picture): void {
    const { x, y, scale } = cameraNow;
    const times = scale / camera.scale;
    gl.uniform4f(
      quad.at('box'),
      ((camera.x - x) * scale * 2) / view.window.width,
      ((y - camera.y) * scale * 2) / view.window.height,
      (size.width / view.window.width) * times,
      (size.height / view.window.height) * times,
    );
    gl.bindTexture(gl.TEXTURE_2D, target.texture);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  }

  return {
    /** Whoever adds to them says so by `invalidate`. */
    thumbnails: layers.thumbnails,
    invalidate,
    /** points (n, 2) in the unit square and values (n), by image. */
    setScene(points: Float32Array, values: Uint16Array): void {
      if (points !== view.scene.points) layers.points.setPoints(points);
      layers.points.setValues(values);
      view.scene = { points, values };
      invalidate();
    },
    setPalette(palette: Uint8Array): void {
      layers.points.setPalette(palette);
      invalidate();
    },
    setMarks(marks: Marks): void {
      layers.marks.set(marks);
      invalidate();
    },
    setLook(look: Look): void {
      view.look = look;
      invalidate();
    },
    resize(size: Size, ratio: number): void {
      view.window = size;
      view.pixelRatio = ratio;
      canvas.width = Math.round(size.width * ratio);
      canvas.height = Math.round(size.height * ratio);
      stopWork();
      for (const picture of [near, spare, whole]) if (picture !== null) deleteTarget(gl, picture.target);
      [near, spare, whole] = [OVERSIZE, OVERSIZE, 1].map(createPicture);
      invalidate();
    },
    look(camera: Camera): void {
      cameraNow = camera;
      movedAt = performance.now();
      wake();
    },
    stop(): void {
      cancelAnimationFrame(request);
      stopWork();
      gl.getExtension('WEBGL_lose_context')?.loseContext();
    },
  };
}
