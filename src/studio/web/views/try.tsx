// Try: draw something or show a picture, and the run's own classifier says in the page which kind it is.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Raster } from '../../../core/pictures/raster.js';
import type { Framing } from '../../../data/framing/framing.js';
import type { NearestImages, RunDetail } from '../../server/messages.js';
import { postJson, runPath } from '../api.js';
import { type Loading, loadClassifier, type Shown } from '../classify.js';
import { canvasOf, imagesOfRun, rasterOfFile, sightOfFile } from '../drawing.js';
import { type DatasetLook, framed, lookOf } from '../framing.js';
import { KeyButton, useKeys } from '../keys.js';
import { BrushChoice, DrawingPad, usePad } from '../parts/drawing-pad.js';
import { Hint } from '../parts/elements.js';
import { type Tried, TryAnswer } from '../parts/try-answer.js';
import { choose, place } from '../route.js';
import { attempt, detail, review } from '../store.js';

/** What a person shows. */
type Picture = Exclude<Shown, { readonly is: 'image' }>;

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
      ) : run.card.vectors?.kind !== 'features' ? (
        <TryPad key={run.tag} run={run} />
      ) : (
        <p>
          The classifier of this run does not take images but vectors that were made elsewhere (--features),
          so nothing can be tried here: kindred predict answers for files of vectors.
        </p>
      )}
    </>
  );
}

function TryPad({ run }: { readonly run: RunDetail }) {
  const [look, setLook] = useState<DatasetLook | null>(null);
  const [tried, setTried] = useState<Tried | null>(null);
  const [isReady, setReady] = useState(false);
  const [bytes, setBytes] = useState<number | null>(null);
  const models = useRef<Promise<Loading> | null>(null);
  const lastAsked = useRef(0);
  const seen = useRef<HTMLCanvasElement>(null);
  const file = useRef<HTMLInputElement>(null);
  const number = useRef<HTMLInputElement>(null);

  const hasEncoder = run.card.vectors !== null;
  const ask = async (shown: Picture | null): Promise<Raster | null> => {
    const turn = ++lastAsked.current;
    const forget = () => {
      showSeen(seen.current, null);
      setTried(null);
    };
    if (shown === null || look === null) {
      forget();
      return null;
    }
    try {
      const loaded = await (await models.current)?.classifier;
      const answer = await loaded?.classify(hasEncoder ? shown : framedFor(run, look, shown));
      if (answer == null || turn !== lastAsked.current) return null;
      showSeen(seen.current, answer.seen);
      const { found } = answer;
      const { nearest } = await postJson<NearestImages>(runPath(run.tag, 'nearest'), { code: found.code });
      if (turn === lastAsked.current) setTried({ found, nearest });
      return answer.seen;
    } catch (error) {
      if (turn === lastAsked.current) forget();
      throw error;
    }
  };
  const pad = usePad(look?.isLight ?? false, (raster) => {
    if (place.value.chosen.image !== undefined) choose({ image: null });
    void attempt(async () => void (await ask(raster && { is: 'raster', raster })));
  });
  /** An encoder looks at what `shown` names; other models at the pixels that the pad shows of it. */
  const take = async (raster: Raster | null, shown: Picture) => {
    if (raster !== null) pad.show(raster);
    const image = await ask(hasEncoder || raster === null ? shown : { is: 'raster', raster });
    if (raster === null && image !== null) pad.show(image);
  };
  const takePicture = (blob: Blob | null | undefined) =>
    blob &&
    void attempt(async () => {
      choose({ image: null });
      // What the browser cannot read, the encoder's reader may.
      const raster = await (hasEncoder ? sightOfFile(blob) : rasterOfFile(blob));
      await take(raster, { is: 'file', file: blob });
    });

  useEffect(() => {
    void attempt(async () => {
      models.current = loadClassifier(run);
      // Its failing is told below.
      models.current.catch(() => {});
      setLook(lookOf(await imagesOfRun(run, 0, Math.min(run.count, LOOKED_AT))));
      const loading = await models.current;
      setBytes(loading.bytes);
      await loading.classifier;
      setReady(true);
    });
  }, []);
  const { image } = place.value.chosen;
  useEffect(() => {
    if (!isReady || image === undefined) return;
    void attempt(async () => {
      const [raster] = await imagesOfRun(run, Number(image), 1);
      if (raster !== undefined) await take(raster, { is: 'number', image: Number(image) });
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
      <TryAnswer tag={run.tag} tried={tried} isReady={isReady} bytes={bytes} />
      <section class="card try-more" aria-label="Show something else">
        <KeyButton of={choosePicture}>Picture …</KeyButton>
        <input
          ref={file}
          type="file"
          accept="image/*"
          hidden
          onChange={({ currentTarget }) => {
            takePicture(currentTarget.files?.[0]);
            // So that the same file may be chosen again.
            currentTarget.value = '';
          }}
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
            data-fine={hasEncoder}
            width={run.width}
            height={run.height}
            role="img"
            aria-label="What is drawn, as the run sees it"
          />
          <p class="quiet">
            {hasEncoder
              ? 'As the run’s encoder sees it.'
              : `As the run sees it: ${run.width} × ${run.height} pixels, of the size and in the place that its own images have.`}
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

function framedFor(run: RunDetail, look: DatasetLook, shown: Shown): Shown {
  if (shown.is !== 'raster') throw new Error('This run is asked about pixels.');
  const framing = framingOf(run);
  return { is: 'image', image: { ...framing, data: framed(shown.raster, framing, look) } };
}

function showSeen(canvas: HTMLCanvasElement | null, image: Raster | null): void {
  const paint = canvas?.getContext('2d');
  if (canvas === null || paint == null) return;
  paint.clearRect(0, 0, canvas.width, canvas.height);
  if (image === null) return;
  [canvas.width, canvas.height] = [image.width, image.height];
  paint.drawImage(canvasOf(image), 0, 0);
}
