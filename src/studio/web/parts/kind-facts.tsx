// What is known of a kind: its name, which may be changed in place, and what speaks for and against it.
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { KindView } from '../../server/messages.js';
import { edit, kindName } from '../store.js';
import { counted, percent } from '../words.js';
import { Fact } from './elements.js';

interface NameFieldProps {
  readonly view: KindView;
  /** `isSaved`: Enter, not Esc. */
  readonly onEnd: (isSaved: boolean) => void;
}

/** The name while it is written: Enter saves it, Esc leaves it as it was. */
export function NameField({ view, onEnd }: NameFieldProps) {
  const field = useRef<HTMLInputElement>(null);
  const hasEnded = useRef(false);
  useLayoutEffect(() => {
    field.current?.focus();
    field.current?.select();
  }, []);
  const end = (isSaved: boolean) => {
    if (hasEnded.current) return;
    hasEnded.current = true;
    const name = field.current?.value.trim() ?? '';
    const isChanged = name !== '' && (name !== view.name || !view.isNamed);
    if (isSaved && isChanged) void edit({ do: 'name', kind: view.kind, name });
    onEnd(isSaved);
  };
  return (
    <input
      ref={field}
      class="name-field"
      aria-label={`Name of kind ${view.kind}`}
      defaultValue={view.name}
      maxLength={200}
      autocomplete="off"
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== 'Escape') return;
        event.preventDefault();
        event.stopPropagation();
        end(event.key === 'Enter');
      }}
      onBlur={() => end(false)}
    />
  );
}

/** Size, confidence, and stability where it was computed. */
export function KindNumbers({ view }: { readonly view: KindView }) {
  return (
    <dl class="kind-numbers">
      <Fact name="images">{counted(view.size)}</Fact>
      <Fact name="confidence">{view.size === 0 ? '–' : percent(view.meanConfidence)}</Fact>
      {view.stability !== null && (
        <Fact name="stability" title="How much of the kind is found again in parts of the dataset">
          {view.stability.toFixed(2)}
        </Fact>
      )}
    </dl>
  );
}

/** What speaks against the kind, in words; a blank line where nothing does. */
export function KindDoubts({ view: { mixed, confusedWith } }: { readonly view: KindView }) {
  const taken =
    confusedWith === null
      ? null
      : `Most easily taken for ${kindName(confusedWith.kind)} (${percent(confusedWith.share)} of its ties).`;
  return (
    <p class="kind-doubts">
      {mixed !== null && <strong>{`May be a mixture: ${mixed.replace(/\.$/, '')}. `}</strong>}
      <span class="quiet">{taken}</span>
    </p>
  );
}
