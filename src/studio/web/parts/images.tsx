// Images of the open run, in a row or a grid of fixed cells, so that nothing jumps while they load.
import type { ImgHTMLAttributes } from 'preact';
import { imageAddress } from '../api.js';

interface PictureProps extends Omit<ImgHTMLAttributes, 'src' | 'role'> {
  readonly tag: string;
  readonly image: number;
  /** What a screen reader says. */
  readonly alt: string;
}

export function Picture({ tag, image, alt, ...how }: PictureProps) {
  return <img class="picture" {...how} src={imageAddress(tag, image)} alt={alt} />;
}

interface StripProps {
  readonly tag: string;
  readonly images: readonly number[];
  /** What they are examples of: `typical images of seven`. */
  readonly label: string;
}

/** Examples to look at: one picture for a screen reader. */
export function Strip({ tag, images, label }: StripProps) {
  return (
    <div class="strip" role="img" aria-label={`${images.length} ${label}`}>
      {images.map((image) => (
        <Picture key={image} tag={tag} image={image} alt="" loading="lazy" decoding="async" />
      ))}
    </div>
  );
}

interface GridProps extends StripProps {
  readonly chosen: ReadonlySet<number>;
  readonly onToggle: (image: number) => void;
}

/** Images to choose from: each is a button that is pressed or not. */
export function ChoiceGrid({ tag, images, label, chosen, onToggle }: GridProps) {
  return (
    <fieldset class="grid" aria-label={label}>
      {images.map((image) => (
        <button
          key={image}
          type="button"
          class="choice"
          aria-pressed={chosen.has(image)}
          aria-label={`image ${image}`}
          onClick={() => onToggle(image)}
        >
          <Picture tag={tag} image={image} alt="" loading="lazy" decoding="async" />
        </button>
      ))}
    </fieldset>
  );
}
