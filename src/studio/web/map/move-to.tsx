// Says where images belong: to a kind, to a new one, or to none.
import { useState } from 'preact/hooks';
import { edit, review } from '../store.js';
import { type Chosen, writeChosen } from './chosen-images.js';

interface Props {
  readonly images: Chosen;
  /** What is moved: `this image`, `12 images`. */
  readonly what: string;
  /** The kind that all of them are in, if they are. */
  readonly from: number | null;
  readonly id: string;
}

export function MoveTo({ images, what, from, id }: Props) {
  const kinds = (review.value?.kinds ?? []).filter(({ kind }) => kind !== from);
  const [target, setTarget] = useState('');
  const known = kinds.some(({ kind }) => `${kind}` === target) ? target : `${kinds[0]?.kind ?? ''}`;
  const move = (to: number | 'new') => void edit({ do: 'move', images: writeChosen(images), to });
  return (
    <fieldset class="move-to" aria-label={`Where ${what} belong${images.length === 1 ? 's' : ''}`}>
      <select
        id={id}
        aria-label={`Kind to move ${what} to`}
        value={known}
        onChange={(event) => setTarget(event.currentTarget.value)}
      >
        {kinds.map(({ kind, name }) => (
          <option key={kind} value={kind}>
            {name}
          </option>
        ))}
      </select>
      <button type="button" class="primary" disabled={known === ''} onClick={() => move(Number(known))}>
        Move
      </button>
      <button type="button" onClick={() => move('new')}>
        New kind
      </button>
      <button type="button" onClick={() => move(-1)}>
        Junk
      </button>
    </fieldset>
  );
}
