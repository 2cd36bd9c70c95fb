// What was chosen on the map: how many of which kind, what is to become of it, and the images to look through.
import { useEffect, useRef, useState } from 'preact/hooks';
import { type Key, KeyButton, useKeys } from '../keys.js';
import { ChoiceGrid } from '../parts/images.js';
import { kindName } from '../store.js';
import { counted } from '../words.js';
import { toggled } from './chosen-images.js';
import { countKinds, type MapModel } from './model.js';

/** Images a page of the grid. */
const PAGE = 120;

interface Props {
  readonly model: MapModel;
  readonly move: Key;
  readonly zoomTo: Key;
}

export function ChosenPanel(props: Props) {
  return props.model.chosen.value.length === 0 ? null : <SomeChosen {...props} />;
}

function SomeChosen({ model, move, zoomTo }: Props) {
  const chosen = model.chosen.value;
  const [isGrid, setGrid] = useState(false);
  const showGrid = { key: 'g', does: 'show them as a grid, to take some out', run: () => setGrid(true) };
  useKeys('Chosen images', [showGrid]);
  return (
    <section class="chosen-panel" aria-label="Chosen images">
      <header>
        <h2>{counted(chosen.length, 'image')} chosen</h2>
        <button type="button" class="plain" onClick={() => (model.chosen.value = [])}>
          Clear
        </button>
      </header>
      <ul class="counts">
        {countKinds(model).map(({ kind, count }) => (
          <li key={kind}>
            {kindName(kind)} <span class="row-count">{counted(count)}</span>
          </li>
        ))}
      </ul>
      <div class="buttons">
        <KeyButton of={move} class="primary">
          Move
        </KeyButton>
        <KeyButton of={showGrid}>Show as grid</KeyButton>
        <KeyButton of={zoomTo}>Zoom to them</KeyButton>
      </div>
      {isGrid && <ChosenGrid model={model} onClose={() => setGrid(false)} />}
    </section>
  );
}

/** All images that were chosen when it opened; a press takes one out, or back in. */
function ChosenGrid({ model, onClose }: { readonly model: MapModel; readonly onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [images] = useState(model.chosen.value);
  const [shown, setShown] = useState(PAGE);
  useEffect(() => dialog.current?.showModal(), []);
  const left = images.length - shown;
  return (
    <dialog ref={dialog} class="chosen-grid" aria-labelledby="chosen-title" onClose={onClose}>
      <h2 id="chosen-title">{counted(model.chosen.value.length)} images chosen</h2>
      <p class="quiet">Press an image to take it out, or back in.</p>
      <ChoiceGrid
        tag={model.tag}
        images={images.slice(0, shown)}
        label="Chosen images"
        chosen={new Set(model.chosen.value)}
        onToggle={(image) => (model.chosen.value = toggled(model.chosen.value, image))}
      />
      <form method="dialog">
        {left > 0 && (
          <button type="button" onClick={() => setShown(shown + PAGE)}>
            Show {Math.min(PAGE, left)} more of {counted(left)}
          </button>
        )}
        <button type="submit" class="plain">
          Close <kbd>Esc</kbd>
        </button>
      </form>
    </dialog>
  );
}
