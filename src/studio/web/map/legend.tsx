// What the colours mean, with names and counts, so that nobody needs to see the colours; choosing a row makes its images
// stand out.
import { cssColour } from '../palette.js';
import { Select } from '../parts/elements.js';
import { detail } from '../store.js';
import { counted } from '../words.js';
import { COLOURINGS, type ColouringName } from './colouring.js';
import type { MapModel } from './model.js';

const TITLES: Readonly<Record<ColouringName, string>> = {
  kind: 'Kind',
  name: 'Name',
  confidence: 'Confidence',
  label: 'Label',
  finding: 'Finding',
  told: 'What you said',
};

/** The ways to colour that this run has. */
export function colouringsOf(hasLabels: boolean): readonly ColouringName[] {
  return COLOURINGS.filter((name) => name !== 'label' || hasLabels);
}

export function Legend({ model }: { readonly model: MapModel }) {
  const rows = model.colouring.value?.rows ?? [];
  const highlighted = model.highlighted.value;
  const names = colouringsOf(detail.value?.labelNames != null);
  const colour = (name: ColouringName) => {
    model.colour.value = name;
    model.highlighted.value = null;
  };
  return (
    <section class="legend" aria-label="Legend">
      <Select
        label="Colour by "
        options={Object.fromEntries(names.map((name) => [name, TITLES[name]]))}
        value={model.colour.value}
        onChoose={colour}
      />
      <ul>
        {rows.map(({ value, name, count, colour: rgb }) => (
          <li key={value}>
            <button
              type="button"
              class="plain row"
              aria-pressed={highlighted === value}
              onClick={() => {
                model.highlighted.value = highlighted === value ? null : value;
              }}
            >
              <span class="swatch" style={{ background: cssColour(rgb) }} />
              <span class="row-name">{name}</span>
              <span class="row-count">{counted(count)}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
