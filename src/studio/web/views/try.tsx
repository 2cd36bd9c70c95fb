// Try: draw something or show a picture, and the run's own classifier says in the page which kind it is.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { FrameShape } from '../../../core/pictures/placing.js';
import type { Raster } from '../../../core/pictures/raster.js';
import type { Framing } from '../../../data/framing/framing.js';
import type { NearestImages, RunDetail } from '../../server/messages.js';
import { postJson, runPath } from '../api.js';
import type { Classifier } from '../classify.js';
import { canvasOf, imagesOfRun, rasterOfFile } from '../drawing.js';
import { type DatasetLook, framed, lookOf } from '../framing.js';
import { KeyButton, useKeys } from '../keys.js';
import { BrushChoice, DrawingPad, usePad } from '../parts/drawing-pad.js';
import { Hint } from '../parts/elements.js';
import { type Tried, TryAnswer } from '../parts/try-answer.js';
import { choose, place } from '../route.js';
import { attempt, detail, review } from '../store.js';

/** Images of the run that are looked at to learn how it frames its content. */
const LOOKED_AT = 64;

export function TryView() {
  const [run, state] = [detail.value, review.value];
  return (
    <>
      <h1>Try</h1>
      <Hint view="try">
        Draw on the pad, or drop a picture on it: the run says which kind it is and shows the nearest images
        of the dataset. The arrow keys and Space draw too. Nothing leaves this machine.
      </Hint>
      {run === null || state === null ? (
        <p class="quiet">{place.value.tag === null ? 'Choose a run first.' : 'Opening the run …'}</p>
      ) : run.takesImages ? (
        <TryPad key={run.tag} run={run} />
      ) : (
        <p>
          The classifier of this run does not take images but vectors that were made elsewhere (--features or
          --encoder), so nothing can be tried here: kindred predict answers for files.
        </p>
      )}
    </>
  );
}

function TryPad({ run }: { readonly run: RunDetail }) {
  const [look, setLook] = useState<DatasetLook | null>(null);
  const [tried, setTried] = useState<Tried | null>(null);
  const [isReady, setReady] = useState(false);
  const classifier = useRef<Promise<Classifier> | null>(null);
  const lastAsked = useRef(0);
  const seen = useRef<HTMLCanvasElement>(null);
  const file = useRef<HTMLInputElement>(null);
  const number = useRef<HTMLInputElement>(null);

  const ask = (raster: Raster | null) =>
    attempt(async () => {
      const turn = ++lastAsked.current;
      const framing = framingOf(run);
      const image = raster === null || look === null ? null : framed(raster, framing, look);
      showSeen(seen.current, framing, image);
      if (image === null) return setTried(null);
      const found = await (await classifier.current)?.classify(image);
      if (found === undefined || turn !== lastAsked.current) return;
      const { nearest } = await postJson<NearestImages>(runPath(run.tag, 'nearest'), { code: found.code });
      if (turn === lastAsked.current) setTried({ found, nearest });
    });
  const pad = usePad(look?.isLight ?? false, (raster) => {
    if (place.value.chosen.image !== undefined) choose({ image: null });
    void ask(raster);
  });
  const take = (raster: Raster) => {
    pad.show(raster);
    return ask(raster);
  };
  const takePicture = (blob: Blob | null | undefined) =>
    blob &&
    void attempt(async () => {
      choose({ image: null });
      await take(await rasterOfFile(blob));
    });

  useEffect(() => {
    void attempt(async () => {
      setLook(lookOf(await imagesOfRun(run, 0, Math.min(run.count, LOOKED_AT))));
      classifier.current = import('../classify.js').then(({ openClassifier }) =>
        openClassifier(run.tag, run),
      );
      await classifier.current;
      setReady(true);
    });
    return () => void classifier.current?.then((opened) => opened.close());
  }, []);
  const { image } = place.value.chosen;
  useEffect(() => {
    if (!isReady || image === undefined) return;
    void attempt(async () => {
      const [raster] = await imagesOfRun(run, Number(image), 1);
      if (raster !== undefined) await take(raster);
    });
  }, [isReady, image]);
  useEffect(() => {
    const paste = ({ clipboardData }: ClipboardEvent) => takePicture(clipboardData?.files[0]);
    // Without this the browser would leave the page and show the file.
    const drag = (event: DragEvent) => event.preventDefault();
    const drop = (event: DragEvent) => {
      event.preventDefault();
      takePicture(event.dataTransfer?.files[0]);
    };
    const ending = new AbortController();
    addEventListener('paste', paste, { signal: ending.signal });
    addEventListener('dragover', drag, { signal: ending.signal });
    addEventListener('drop', drop, { signal: ending.signal });
    return () => ending.abort();
  });
  const choosePicture = { key: 'p', does: 'choose a picture', run: () => file.current?.click() };
  useKeys('Try', [
    ...pad.keys,
    choosePicture,
    { key: 'i', does: 'take an image of the dataset, by its number', run: () => number.current?.focus() },
  ]);
  return (
    <div class="try">
      <section class="card try-draw" aria-label="Draw">
        <DrawingPad pad={pad} />
        <div class="try-tools">
          <BrushChoice pad={pad} />
          <KeyButton of={pad.clear}>Clear</KeyButton>
        </div>
      </section>
      <TryAnswer tag={run.tag} tried={tried} isReady={isReady} />
      <section class="card try-more" aria-label="Show something else">
        <KeyButton of={choosePicture}>Picture …</KeyButton>
        <input
          ref={file}
          type="file"
          accept="image/*"
          hidden
          onChange={(event) => takePicture(event.currentTarget.files?.[0])}
        />
        <form
          class="try-number"
          onSubmit={(event) => {
            event.preventDefault();
            if (number.current !== null) choose({ image: number.current.value });
            number.current?.blur();
          }}
        >
          <label>
            <span>Image of the dataset</span>
            <input ref={number} type="number" required min={0} max={run.count - 1} defaultValue={image} />
          </label>
          <button type="submit">Take</button>
        </form>
        <div class="try-seen">
          <canvas
            ref={seen}
            width={run.width}
            height={run.height}
            role="img"
            aria-label="What is drawn, as the run sees it"
          />
          <p class="quiet">
            As the run sees it: {run.width} × {run.height} pixels, of the size and in the place that its own
            images have.
          </p>
        </div>
      </section>
    </div>
  );
}

/** How the run's images were framed; older cards say nothing, for theirs were taken as they are. */
function framingOf({ card, height, width, channels }: RunDetail): Framing {
  const { polarity, crop } = card.framing ?? { polarity: 'keep', crop: 'whole' };
  return { height, width, channels: channels === 1 ? 1 : 3, polarity, crop };
}

function showSeen(canvas: HTMLCanvasElement | null, shape: FrameShape, image: Uint8Array | null): void {
  const paint = canvas?.getContext('2d');
  if (paint == null) return;
  paint.clearRect(0, 0, shape.width, shape.height);
  if (image !== null) paint.drawImage(canvasOf({ ...shape, data: image }), 0, 0);
}
