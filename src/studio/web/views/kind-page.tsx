// One kind, opened: all its images, to choose from and to move where they belong.
import { useEffect, useRef, useState } from 'preact/hooks';
import { NO_KIND } from '../../../core/groups.js';
import { imagesIn, writeImageSet } from '../../../core/image-set.js';
import type { KindImages, KindView } from '../../server/messages.js';
import { fetchJson, runPath } from '../api.js';
import { KeyButton, useKeys } from '../keys.js';
import { Select, Swatch } from '../parts/elements.js';
import { ImageWall, useWallCursor } from '../parts/image-wall.js';
import { type ChosenKind, KindChooser } from '../parts/kind-chooser.js';
import { KindDoubts, KindNumbers, NameField } from '../parts/kind-facts.js';
import { SplitDialog } from '../parts/split-dialog.js';
import { choose, go, place } from '../route.js';
import { callJunk, moveImages } from '../send-edits.js';
import { attempt, detail, review } from '../store.js';
import { counted } from '../words.js';

const ORDERS = { sure: 'surest first', doubtful: 'most doubtful first' } as const;
type Order = keyof typeof ORDERS;
/** Numbers of images asked for at once. */
const PAGE = 4096;
/** A longer choice is not kept in the address. */
const LONGEST_ADDRESS = 1500;

export function KindPage({ tag, view }: { readonly tag: string; readonly view: KindView }) {
  const order: Order = place.value.chosen.order === 'doubtful' ? 'doubtful' : 'sure';
  const images = useImagesOf(tag, view.kind, order);
  const [chosen, choosing] = useChosen();
  const [asking, setAsking] = useState<'name' | 'split' | 'move' | null>(null);
  const cursor = useWallCursor(images, chosen, choosing);
  const present = images?.filter((image) => chosen.has(image)) ?? [];
  const moveTo = async (to: ChosenKind) => {
    await moveImages(present, to);
    choosing(new Set());
  };
  const callThemJunk = async () => {
    if (present.length > 0) await moveTo({ kind: NO_KIND });
    else if (await callJunk(view.kind)) leave(view.kind);
  };
  const move = { key: 'v', does: 'move the chosen images to another kind', run: () => setAsking('move') };
  const junk = {
    key: 'j',
    does: 'call the chosen images junk; where none is chosen, the whole kind',
    run: () => void callThemJunk(),
  };
  const name = { key: 'n', does: 'name the kind', run: () => setAsking('name') };
  const split = { key: 'x', does: 'split the kind', run: () => setAsking('split') };
  useKeys('This kind', [
    ...cursor.keys,
    move,
    junk,
    { key: 'a', does: 'choose all images', run: () => choosing(new Set(images)) },
    name,
    split,
    { key: 'o', does: 'surest or most doubtful first', run: () => choose({ order: otherOrder(order) }) },
    {
      key: 'Escape',
      does: 'choose none; then back to all kinds',
      run: () => (chosen.size > 0 ? choosing(new Set()) : leave(view.kind)),
    },
  ]);
  return (
    <>
      <div class="kind-title">
        <button type="button" class="plain" onClick={() => leave(view.kind)}>
          ← Kinds
        </button>
        <Swatch kind={view.kind} />
        <h1>{asking === 'name' ? <NameField view={view} onEnd={() => setAsking(null)} /> : view.name}</h1>
        <KindNumbers view={view} />
      </div>
      <KindDoubts view={view} />
      <div class="bar bar-sticky">
        <p class="bar-words" aria-live="polite">
          {present.length > 0 ? `${counted(present.length, 'image')} chosen` : 'No image chosen'}
        </p>
        <KeyButton of={move} disabled={present.length === 0}>
          Move
        </KeyButton>
        <KeyButton of={junk}>{present.length > 0 ? 'Junk' : 'All junk'}</KeyButton>
        <KeyButton of={split}>Split</KeyButton>
        <KeyButton of={name}>Name</KeyButton>
        <Select
          label={<span class="quiet">Order </span>}
          options={ORDERS}
          value={order}
          onChoose={(wanted) => choose({ order: wanted })}
        />
      </div>
      <ImageWall tag={tag} label={`images of ${view.name}`} cursor={cursor} />
      {asking === 'split' && <SplitDialog tag={tag} view={view} onClose={() => setAsking(null)} />}
      {asking === 'move' && present.length > 0 && (
        <KindChooser
          tag={tag}
          title={`Move ${counted(present.length, 'image')} to`}
          without={[view.kind]}
          among="any"
          onChoose={(to) => void moveTo(to)}
          onClose={() => setAsking(null)}
        />
      )}
    </>
  );
}

/** The row numbers of a kind's images in their order, page by page; null before the first page. */
function useImagesOf(tag: string, kind: number, order: Order): readonly number[] | null {
  const [images, setImages] = useState<readonly number[] | null>(null);
  const shown = useRef('');
  const revision = review.value?.revision;
  useEffect(() => {
    let isCurrent = true;
    void attempt(async () => {
      const found: number[] = [];
      for (let total = 1; found.length < total; ) {
        const page = `?from=${found.length}&count=${PAGE}&order=${order}`;
        const answer = await fetchJson<KindImages>(`${runPath(tag, 'kinds', kind, 'images')}${page}`);
        if (!isCurrent || (answer.images.length === 0 && found.length < answer.total)) return;
        found.push(...answer.images);
        total = answer.total;
        // After an edit the old images stay until all new ones are known, so that nothing jumps.
        if (shown.current !== order || found.length >= total) setImages([...found]);
      }
      shown.current = order;
    });
    return () => {
      isCurrent = false;
    };
  }, [tag, kind, order, revision]);
  return images;
}

/** The chosen images, kept in the address while they are few. */
function useChosen(): [ReadonlySet<number>, (chosen: ReadonlySet<number>) => void] {
  const [chosen, setChosen] = useState<ReadonlySet<number>>(
    () => new Set(imagesIn(place.value.chosen.images ?? '', detail.value?.count ?? 0)),
  );
  const keep = (now: ReadonlySet<number>) => {
    setChosen(now);
    const text = writeImageSet(now);
    choose({ images: text === '' || text.length > LONGEST_ADDRESS ? null : text });
  };
  return [chosen, keep];
}

function otherOrder(order: Order): Order {
  return order === 'sure' ? 'doubtful' : 'sure';
}

/** Back to the cards, with the cursor on this one. */
function leave(kind: number): void {
  const { kind: _, order: __, images: ___, ...kept } = place.value.chosen;
  go({ chosen: { ...kept, at: `${kind}` } });
}
