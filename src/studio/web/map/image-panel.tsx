// One image, large, and why it is where it is: its neighbours, what they vote for, and the kind that came second.
import { useState } from 'preact/hooks';
import type { ImageDetail } from '../../server/messages.js';
import { fetchJson, imageAddress, runPath } from '../api.js';
import { colourOfKind, cssColour } from '../palette.js';
import { Fact } from '../parts/elements.js';
import { kindName, review, useFetched } from '../store.js';
import { wholePercent } from '../words.js';
import type { MapModel } from './model.js';

interface Props {
  readonly model: MapModel;
  readonly image: number;
  /** Opens another image and brings it into the window. */
  readonly onOpen: (image: number) => void;
  readonly onMove: () => void;
}

export function ImagePanel({ model, image, onOpen, onMove }: Props) {
  const [known, setKnown] = useState<ImageDetail | null>(null);
  const revision = review.value?.revision;
  const address = runPath(model.tag, 'images', image);
  useFetched(() => fetchJson<ImageDetail>(address), setKnown, [image, revision]);
  const detail = known?.image === image ? known : null;
  return (
    <section class="image-panel" aria-label={`Image ${image}`}>
      <header>
        <h2>Image {image}</h2>
        <button type="button" class="plain" onClick={() => (model.opened.value = null)}>
          Close
        </button>
      </header>
      <div class="image-head">
        <img class="picture large" src={imageAddress(model.tag, image)} alt={`number ${image}, enlarged`} />
        {detail !== null && <Facts detail={detail} />}
      </div>
      <div class="buttons">
        <button type="button" onClick={onMove}>
          Move to another kind
        </button>
      </div>
      {detail !== null && <Reasons tag={model.tag} detail={detail} onOpen={onOpen} />}
    </section>
  );
}

function Facts({ detail }: { readonly detail: ImageDetail }) {
  const { id, kind, confidence, told, label, finding } = detail;
  const second = detail.votes.find((vote) => vote.kind !== kind);
  const facts: readonly (readonly [string, string] | null)[] = [
    ['Kind', kindName(kind)],
    ['Confidence', wholePercent(confidence)],
    second === undefined
      ? null
      : ['Second', `${kindName(second.kind)}, ${wholePercent(second.share)} of the vote`],
    told === null ? null : ['You said', told < 0 ? 'junk' : kindName(told)],
    label === null ? null : ['Label', label],
    finding === null ? null : ['Finding', finding],
    ['File', id],
  ];
  return (
    <dl class="image-facts">
      {facts
        .filter((fact) => fact !== null)
        .map(([name, value]) => (
          <Fact key={name} name={name}>
            {value}
          </Fact>
        ))}
    </dl>
  );
}

interface ReasonsProps extends Pick<Props, 'onOpen'> {
  readonly tag: string;
  readonly detail: ImageDetail;
}

function Reasons({ tag, detail, onOpen }: ReasonsProps) {
  return (
    <>
      <h3>Why it is here</h3>
      <ul class="votes">
        {detail.votes.map(({ kind, share }) => (
          <li key={kind}>
            <span>{kindName(kind)}</span>
            <meter min={0} max={1} value={share} aria-label={`share of the vote for ${kindName(kind)}`} />
            <span class="row-count">{wholePercent(share)}</span>
          </li>
        ))}
      </ul>
      <p class="quiet">Its neighbours, the nearest first, and what each adds to the vote:</p>
      <div class="neighbours">
        {detail.neighbours.map(({ image, kind, weight }) => (
          <button key={image} type="button" class="neighbour" onClick={() => onOpen(image)}>
            <img
              class="picture"
              src={imageAddress(tag, image)}
              alt={`number ${image}`}
              style={{ outlineColor: cssColour(colourOfKind(kind)) }}
            />
            <span>{kindName(kind)}</span>
            <span class="quiet">{wholePercent(weight)}</span>
          </button>
        ))}
      </div>
    </>
  );
}
