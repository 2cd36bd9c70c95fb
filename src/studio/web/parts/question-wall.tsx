// All images of a question about a group, to look through: those that do not belong are left out of the answer.
import { useKeys } from '../keys.js';
import { leftOut } from '../review-queue.js';
import { ImageWall, rangeTo, toggled, useWallCursor } from './image-wall.js';

interface QuestionWallProps {
  readonly tag: string;
  readonly images: readonly number[];
}

const LEAVING_OUT = {
  key: 'x',
  does: 'leave the image out, or put it back',
  doesRange: 'leave out all from the last one to this one',
};

export function QuestionWall({ tag, images }: QuestionWallProps) {
  const cursor = useWallCursor(
    images,
    (image, isRange) => {
      leftOut.value = isRange
        ? rangeTo(images, cursor.anchor, image, leftOut.value)
        : toggled(leftOut.value, image);
    },
    LEAVING_OUT,
  );
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
        <ImageWall
          tag={tag}
          images={images}
          label="images that the question is about"
          verb="leave out"
          chosen={leftOut.value}
          cursor={cursor}
        />
      </div>
    </>
  );
}
