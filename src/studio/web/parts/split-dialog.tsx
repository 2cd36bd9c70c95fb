// Splitting a kind: what the server proposes for 2 to 6 parts, looked at before it is done.
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { KindView, ProposedParts } from '../../server/messages.js';
import { postJson, runPath } from '../api.js';
import { splitKind } from '../send-edits.js';
import { useFetched } from '../store.js';
import { counted } from '../words.js';
import { Strip } from './images.js';

const CHOICES = [2, 3, 4, 5, 6] as const;
const SHOWN = 10;

interface SplitProps {
  readonly tag: string;
  readonly view: KindView;
  readonly onClose: () => void;
}

export function SplitDialog({ tag, view, onClose }: SplitProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [wanted, setWanted] = useState<number>(2);
  const [proposal, setProposal] = useState<{ readonly wanted: number; readonly made: ProposedParts } | null>(
    null,
  );
  useLayoutEffect(() => dialog.current?.showModal(), []);
  const address = runPath(tag, 'kinds', view.kind, 'parts');
  useFetched(
    async () => ({ wanted, made: await postJson<ProposedParts>(address, { parts: wanted }) }),
    setProposal,
    [address, wanted],
  );
  const parts = proposal?.wanted === wanted ? proposal.made.parts : null;
  const split = () => {
    if (parts === null || parts.length < 2) return;
    dialog.current?.close();
    void splitKind(view.kind, parts);
  };
  return (
    <dialog
      ref={dialog}
      class="split"
      aria-labelledby="split-title"
      onClose={onClose}
      onKeyDown={(event) => {
        const choice = CHOICES.find((count) => `${count}` === event.key);
        if (choice !== undefined) setWanted(choice);
        if (event.key !== 'Enter' || event.target instanceof HTMLButtonElement) return;
        event.preventDefault();
        split();
      }}
    >
      <h2 id="split-title">Split {view.name}</h2>
      <fieldset class="split-count">
        <legend class="quiet">Parts (keys 2 to 6)</legend>
        {CHOICES.map((count) => (
          <label key={count}>
            <input type="radio" name="parts" checked={count === wanted} onChange={() => setWanted(count)} />{' '}
            {count}
          </label>
        ))}
      </fieldset>
      <ol class="split-parts" aria-live="polite" aria-busy={parts === null}>
        {Array.from({ length: parts?.length ?? wanted }, (_, at) => (
          <li key={at}>
            <span class="split-size">
              {parts === null ? '…' : counted(parts[at].size, 'image')}
              <span class="quiet">{at === 0 ? ' · keeps the name' : ' · new kind'}</span>
            </span>
            <Strip
              tag={tag}
              images={parts?.[at].prototypes.slice(0, SHOWN) ?? []}
              label={`typical images of part ${at + 1}`}
            />
          </li>
        ))}
      </ol>
      {parts !== null && parts.length < 2 && <p>Its images do not fall into parts.</p>}
      <div class="dialog-buttons">
        <button type="button" class="plain" onClick={() => dialog.current?.close()}>
          Leave <kbd>Esc</kbd>
        </button>
        <button type="button" class="primary" disabled={parts === null || parts.length < 2} onClick={split}>
          Split <kbd>Enter</kbd>
        </button>
      </div>
    </dialog>
  );
}
