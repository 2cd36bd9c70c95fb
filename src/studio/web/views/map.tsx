// All images of a run as points, alike ones near each other: look around, look closer, ask why an image is where it is, and
// say where it belongs.
import { useSignalEffect } from '@preact/signals';
import type { RefObject } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { itemsWhere } from '../../../core/groups.js';
import { writeImageSet } from '../../../core/image-set.js';
import { type Key, useKeys } from '../keys.js';
import { toggled } from '../map/chosen-images.js';
import { ChosenPanel } from '../map/chosen-panel.js';
import { ImagePanel } from '../map/image-panel.js';
import { colouringsOf, Legend } from '../map/legend.js';
import { MapCanvas } from '../map/map-canvas.js';
import { createModel, loadArrays, loadLayout, type MapModel, type Tool } from '../map/model.js';
import type { Stage } from '../map/stage.js';
import { Hint } from '../parts/elements.js';
import { KindChooser } from '../parts/kind-chooser.js';
import { choose, place } from '../route.js';
import { moveImages } from '../send-edits.js';
import { attempt, detail, layoutProgress, review } from '../store.js';
import { counted } from '../words.js';

/** A longer set is not kept in the address. */
const LONGEST_SET = 1500;
const PAN_PIXELS = 80;
const ZOOM = 1.3;

export function MapView() {
  const { tag } = place.value;
  return (
    <>
      <h1 class="unseen">Map</h1>
      {tag === null ? (
        <p>Open a run first, on the list of runs.</p>
      ) : detail.value?.tag === tag ? (
        <OpenMap tag={tag} />
      ) : (
        <div class="map" aria-busy="true" />
      )}
    </>
  );
}

function OpenMap({ tag }: { readonly tag: string }) {
  const model = useMemo(() => createModel(tag), [tag]);
  const stage = useRef<Stage | null>(null);
  useFreshData(model);
  useSignalEffect(() => {
    const { colour, highlighted, opened, chosen } = model;
    const set = writeImageSet(chosen.value);
    choose({
      colour: colour.value === 'kind' ? null : colour.value,
      row: highlighted.value === null ? null : `${highlighted.value}`,
      image: opened.value === null ? null : `${opened.value}`,
      set: set === '' || set.length > LONGEST_SET ? null : set,
    });
  });
  const [moving, setMoving] = useState<readonly number[]>([]);
  const move: Key = {
    key: 'v',
    does: 'move the chosen images, or the open one, to another kind',
    run: () => {
      const opened = model.opened.peek();
      setMoving(model.chosen.peek().length > 0 ? model.chosen.peek() : opened === null ? [] : [opened]);
    },
  };
  const zoomTo: Key = {
    key: 'z',
    does: 'zoom to the chosen images',
    run: () => stage.current?.show(model.chosen.peek()),
  };
  useMapKeys(model, stage, [zoomTo, move]);
  const open = (image: number) => {
    model.opened.value = image;
    model.cursor.value = image;
    stage.current?.reveal(image);
  };
  const image = model.opened.value;
  return (
    <>
      <Hint view="map">
        Each point is one of your images, and alike images lie together. Zoom in to see them, click one to ask
        why it is where it is, and drag with Shift to choose many.
      </Hint>
      <div class="map">
        <div class="map-main">
          <Toolbar model={model} stage={stage} />
          <MapCanvas model={model} stage={stage} />
        </div>
        <aside class="map-side" aria-label="About the map">
          <ChosenPanel model={model} move={move} zoomTo={zoomTo} />
          {image !== null && (
            <ImagePanel model={model} image={image} onOpen={open} onMove={() => setMoving([image])} />
          )}
          <Legend model={model} />
        </aside>
      </div>
      {moving.length > 0 && (
        <KindChooser
          tag={tag}
          title={`Move ${counted(moving.length, 'image')} to`}
          without={onlyKindOf(model, moving)}
          among="any"
          onChoose={(to) => void moveImages(moving, to)}
          onClose={() => setMoving([])}
        />
      )}
    </>
  );
}

/** The kind that all of `images` are in, if they are: there is no moving them there. */
function onlyKindOf({ arrays }: MapModel, images: readonly number[]): number[] {
  const kinds = new Set(images.map((image) => arrays.peek()?.kind[image] ?? -1));
  return kinds.size === 1 ? [...kinds] : [];
}

/** The layout, again while it is being made; the arrays, again after every edit. */
function useFreshData(model: MapModel): void {
  const isLoading = useRef(false);
  const load = () => {
    if (isLoading.current) return;
    isLoading.current = true;
    void attempt(() => loadLayout(model)).finally(() => {
      isLoading.current = false;
    });
  };
  useEffect(load, [model]);
  useSignalEffect(() => {
    if (layoutProgress.value?.tag === model.tag) load();
  });
  const revision = review.value?.revision;
  useEffect(() => {
    void attempt(() => loadArrays(model));
  }, [model, revision]);
}

function Toolbar({ model, stage }: { readonly model: MapModel; readonly stage: RefObject<Stage | null> }) {
  const tools: readonly (readonly [Tool, string])[] = [
    ['pan', 'Move'],
    ['lasso', 'Lasso'],
    ['rectangle', 'Rectangle'],
  ];
  const progress = layoutProgress.value;
  const isSettling = progress !== null && progress.tag === model.tag && progress.done < progress.total;
  return (
    <div class="map-tools">
      <fieldset aria-label="Dragging on the map">
        {tools.map(([tool, title]) => (
          <button
            key={tool}
            type="button"
            class="plain"
            aria-pressed={model.tool.value === tool}
            onClick={() => {
              model.tool.value = tool;
              model.corners.value = [];
            }}
          >
            {title}
          </button>
        ))}
      </fieldset>
      <fieldset aria-label="Zoom">
        <button
          type="button"
          class="plain"
          aria-label="Zoom in"
          onClick={() => stage.current?.zoom(ZOOM ** 2)}
        >
          +
        </button>
        <button
          type="button"
          class="plain"
          aria-label="Zoom out"
          onClick={() => stage.current?.zoom(ZOOM ** -2)}
        >
          −
        </button>
        <button type="button" class="plain" onClick={() => stage.current?.fit()}>
          Whole map
        </button>
      </fieldset>
      <span class="quiet">
        {isSettling && `settling, ${Math.round((100 * progress.done) / progress.total)} %`}
      </span>
    </div>
  );
}

/** `ofChosen`: what may be done to the chosen images. */
function useMapKeys(model: MapModel, stage: RefObject<Stage | null>, ofChosen: readonly Key[]): void {
  const pan = (right: number, down: number) => stage.current?.pan(right * PAN_PIXELS, down * PAN_PIXELS);
  const step = (x: number, y: number) => stage.current?.step({ x, y });
  const allOfKind = () => {
    const known = model.arrays.peek();
    const image = model.cursor.peek();
    if (known === null || image < 0) return;
    const kind = known.kind[image];
    model.chosen.value = [...itemsWhere(known.kind, (other) => other === kind)];
  };
  const nextColour = () => {
    const all = colouringsOf(detail.peek()?.labelNames != null);
    model.highlighted.value = null;
    model.colour.value = all[(all.indexOf(model.colour.peek()) + 1) % all.length];
  };
  const nextRow = (by: number) => {
    const values = [null, ...(model.colouring.peek()?.rows ?? []).map(({ value }) => value)];
    const at = values.indexOf(model.highlighted.peek());
    model.highlighted.value = values[(Math.max(at, 0) + by + values.length) % values.length];
  };
  const giveUp = () => {
    if (model.tool.peek() !== 'pan') model.corners.value = [];
    else if (model.opened.peek() !== null) model.opened.value = null;
    else if (model.chosen.peek().length > 0) model.chosen.value = [];
    else model.highlighted.value = null;
    model.tool.value = 'pan';
  };
  useKeys('Map', [
    { key: 'ArrowLeft', does: 'look to the left', run: () => pan(1, 0) },
    { key: 'ArrowRight', does: 'look to the right', run: () => pan(-1, 0) },
    { key: 'ArrowUp', does: 'look up', run: () => pan(0, 1) },
    { key: 'ArrowDown', does: 'look down', run: () => pan(0, -1) },
    { key: '+', does: 'zoom in', run: () => stage.current?.zoom(ZOOM) },
    { key: '-', does: 'zoom out', run: () => stage.current?.zoom(1 / ZOOM) },
    { key: '0', does: 'the whole map', run: () => stage.current?.fit() },
    { key: 'h', does: 'to the next image on the left', run: () => step(-1, 0) },
    { key: 'j', does: 'to the next image below', run: () => step(0, 1) },
    { key: 'k', does: 'to the next image above', run: () => step(0, -1) },
    { key: 'l', does: 'to the next image on the right', run: () => step(1, 0) },
    {
      key: 'Enter',
      does: 'open the image, or close the lasso and choose what is in it',
      run: () => {
        if (model.corners.peek().length > 2) stage.current?.closeLasso();
        else if (model.cursor.peek() >= 0) model.opened.value = model.cursor.peek();
      },
    },
    {
      key: 's',
      does: 'choose the image, or no longer',
      run: () => {
        if (model.cursor.peek() >= 0) model.chosen.value = toggled(model.chosen.peek(), model.cursor.peek());
      },
    },
    { key: 'L', does: "choose all of the image's kind", run: allOfKind },
    {
      key: 'o',
      does: 'lasso: the next corner is where the cross is; Enter closes it, Esc leaves it',
      run: () => {
        if (model.tool.peek() === 'lasso') stage.current?.setCorner();
        model.tool.value = 'lasso';
      },
    },
    { key: 'w', does: 'choose all in the window too', run: () => stage.current?.chooseWindow() },
    ...ofChosen,
    { key: 'c', does: 'colour by the next thing', run: nextColour },
    { key: ']', does: 'make the next kind stand out', run: () => nextRow(1) },
    { key: '[', does: 'make the kind before stand out', run: () => nextRow(-1) },
    { key: 'Escape', does: 'close, or choose nothing', run: giveUp },
  ]);
}
