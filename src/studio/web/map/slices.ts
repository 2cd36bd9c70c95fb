// Drawing in slices between frames, so that the page answers meanwhile. How many points a slice takes is measured as it goes.
import type { Gl } from './gl.js';

/** A slice is to take about this long while the map moves, and while it rests. */
const [MOVING_MILLISECONDS, RESTING_MILLISECONDS] = [35, 70];
const FIRST = 30_000;
/** A busy machine answers late whatever is drawn: slices smaller than these would only be more of them. */
const [LEAST_MOVING, LEAST_RESTING] = [7500, 50_000];

/** A slice under way, if there is one. */
export function createSlices(gl: Gl) {
  let points = FIRST;
  let fence: WebGLSync | null = null;
  let since = 0;
  return {
    /** Points of a slice, by what the last ones took. */
    get points(): number {
      return Math.round(points);
    },
    /** The commands of a slice were given. */
    begin(): void {
      fence = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
      since = performance.now();
      gl.flush();
    },
    /** Is none under way? */
    isOver(isResting: boolean): boolean {
      if (fence === null) return true;
      if (gl.getSyncParameter(fence, gl.SYNC_STATUS) !== gl.SIGNALED) return false;
      const wanted = isResting ? RESTING_MILLISECONDS : MOVING_MILLISECONDS;
      const times = wanted / Math.max(performance.now() - since, 1);
      const least = isResting ? LEAST_RESTING : LEAST_MOVING;
      points = Math.max(least, points * Math.min(Math.max(times, 0.5), 1.5));
      this.drop();
      return true;
    },
    /** Nobody waits for it any more. */
    drop(): void {
      if (fence !== null) gl.deleteSync(fence);
      fence = null;
    },
  };
}
