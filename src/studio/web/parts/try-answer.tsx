// What the run says of a drawing: its kind, how sure that is, and the images of the dataset that are nearest to it.
import type { NearestImages } from '../../server/messages.js';
import type { Classified } from '../classify.js';
import { choose } from '../route.js';
import { kindName, presentKind, review } from '../store.js';
import { percent } from '../words.js';
import { Link, Swatch } from './elements.js';
import { Picture, Strip } from './images.js';

const TYPICAL = 10;

export interface Tried extends NearestImages {
  readonly found: Classified;
}

interface TryAnswerProps {
  readonly tag: string;
  readonly tried: Tried | null;
  readonly isReady: boolean;
  /** Of the run's encoder; null where there is none. */
  readonly bytes: number | null;
}

function loadingSentence(bytes: number | null): string {
  if (bytes === null) return 'Loading the run’s classifier …';
  return `Loading the run’s encoder, ${(bytes / 1e6).toFixed(1)} MB …`;
}

export function TryAnswer({ tag, tried, isReady, bytes }: TryAnswerProps) {
  // The classifier knows the kinds as the run found them.
  const now = tried === null ? null : presentKind(tried.found.kind);
  const view = review.value?.kinds.find(({ kind }) => kind === now);
  return (
    <section class="card try-answer" aria-label="Answer" aria-busy={!isReady}>
      <div class="try-said" aria-live="polite">
        {tried === null || now === null ? (
          <p class="quiet">{isReady ? 'Draw something: the answer stands here.' : loadingSentence(bytes)}</p>
        ) : (
          <>
            <p class="try-kind">
              <Swatch kind={now} /> <strong>{kindName(now)}</strong>
            </p>
            <p>
              {percent(tried.found.confidence)} sure
              {tried.found.isKnown
                ? '; like images of the dataset'
                : '; but not like any image of the dataset, so it may be of no kind that the run knows'}
            </p>
          </>
        )}
      </div>
      <h2>Typical of this kind</h2>
      <div class="try-typical">
        <Strip
          tag={tag}
          images={view?.prototypes.slice(0, TYPICAL) ?? []}
          label={`typical images of ${view?.name ?? 'this kind'}`}
        />
      </div>
      <h2>Nearest images of the dataset</h2>
      <ul class="try-nearest">
        {tried?.nearest.map(({ image, kind }) => (
          <li key={image}>
            <Link
              to={{ view: 'try', tag, chosen: { image: `${image}` } }}
              title="Try this image"
              onFollow={() => choose({ image: `${image}` })}
            >
              <Picture tag={tag} image={image} alt={`Number ${image} of the dataset`} />
              <span>{kindName(kind)}</span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
