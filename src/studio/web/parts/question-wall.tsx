// All images of a question about a group, to look through: those that do not belong are left out of the answer.
import { useKeys } from '../keys.js';
import { leftOut } from '../review-queue.js';
import { ImageWall, useWallCursor } from './image-wall.js';

const LEAVING_OUT = {
  key: 'x',
  does: 'leave the image out, or put it back',
  doesRange: 'leave out all from the last one to this one',
};

export function QuestionWall({ tag, images }: { readonly tag: string; readonly images: readonly number[] }) {
  const leaveOut = (without: ReadonlySet<number>) => {
    leftOut.value = without;
  };
  const cursor = useWallCursor(images, leftOut.value, leaveOut, LEAVING_OUT);
  useKeys('Images of the question', cursor.keys);
  return (
    <>
      <p class="quiet question-leave">
        Those that look least like the others come first. A click leaves one out
        <span class="by-key">
          , or <kbd>x</kbd>
        </span>
        .
      </p>
      <div class="wall-box">
        <ImageWall tag={tag} label="images that the question is about" verb="leave out" cursor={cursor} />
      </div>
    </>
  );
}
