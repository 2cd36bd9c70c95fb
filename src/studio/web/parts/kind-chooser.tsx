// Which kind? A list that typing narrows down; arrows and Enter choose. Beside the kinds that are there: a new one under
// the name that was typed, and none.
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { KindView } from '../../server/messages.js';
import { review } from '../store.js';
import { counted } from '../words.js';
import { Swatch } from './elements.js';
import { Picture } from './images.js';

/** The number of a kind, −1 for none, or a new one; a new one without a name gets one that says its number. */
export type ChosenKind = { readonly kind: number } | { readonly newName: string | null };

interface ChooserProps {
  readonly tag: string;
  /** What is asked: `Move 12 images to`. */
  readonly title: string;
  /** Kinds that are no answer. */
  readonly without?: readonly number[];
  /** Kinds that are there, or the name of a new one; any: these, a new one, and none. */
  readonly among: 'there' | 'new' | 'any';
  readonly onChoose: (chosen: ChosenKind) => void;
  readonly onClose: () => void;
}

interface Option {
  readonly key: string;
  readonly chosen: ChosenKind;
  readonly kind: KindView | null;
  readonly text: string;
}

export function KindChooser(props: ChooserProps) {
  const { tag, title, onChoose, onClose } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const [typed, setTyped] = useState('');
  const [at, setAt] = useState(0);
  const id = useId();
  useLayoutEffect(() => dialog.current?.showModal(), []);
  const options = optionsFor(typed.trim(), props);
  const current = Math.min(at, options.length - 1);
  useEffect(() => {
    document.getElementById(`${id}-${current}`)?.scrollIntoView({ block: 'nearest' });
  }, [current, typed]);
  const take = (option: Option | undefined) => {
    if (option === undefined) return;
    dialog.current?.close();
    onChoose(option.chosen);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0) setAt((current + step + options.length) % options.length);
    else if (event.key === 'Enter') take(options[current]);
    else return;
    event.preventDefault();
  };
  return (
    <dialog ref={dialog} class="chooser" aria-labelledby={`${id}-title`} onClose={onClose}>
      <h2 id={`${id}-title`}>{title}</h2>
      <input
        type="text"
        role="combobox"
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-activedescendant={`${id}-${current}`}
        aria-label="Name of a kind, or a new one"
        placeholder="Type a name"
        autocomplete="off"
        value={typed}
        onInput={(event) => {
          setTyped(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div id={`${id}-list`} class="chooser-list" role="listbox" aria-label={title}>
        {options.map((option, index) => (
          <div
            key={option.key}
            id={`${id}-${index}`}
            class="chooser-option"
            role="option"
            tabIndex={-1}
            aria-selected={index === current}
            onClick={() => take(option)}
            onKeyDown={onKeyDown}
          >
            <OptionText tag={tag} option={option} />
          </div>
        ))}
      </div>
      <p class="quiet chooser-keys">
        <kbd>↑</kbd> <kbd>↓</kbd> <kbd>Enter</kbd> choose · <kbd>Esc</kbd> leave
      </p>
    </dialog>
  );
}

function OptionText({ tag, option: { kind, text } }: { readonly tag: string; readonly option: Option }) {
  if (kind === null) return <span>{text}</span>;
  return (
    <>
      <Swatch kind={kind.kind} />
      <span class="chooser-name">{text}</span>
      <span class="quiet">{counted(kind.size, 'image')}</span>
      <span class="chooser-images" aria-hidden="true">
        {kind.prototypes.slice(0, 4).map((image) => (
          <Picture key={image} tag={tag} image={image} alt="" />
        ))}
      </span>
    </>
  );
}

function optionsFor(typed: string, props: ChooserProps): Option[] {
  const { without = [], among } = props;
  const kinds = (review.value?.kinds ?? []).filter(({ kind }) => !without.includes(kind));
  const found = kinds
    .filter(({ kind, name }) => name.toLowerCase().includes(typed.toLowerCase()) || `${kind}` === typed)
    // A name that begins so comes before one that only contains it.
    .sort((a, b) => Number(startsWith(b, typed)) - Number(startsWith(a, typed)))
    .map((kind): Option => ({ key: `${kind.kind}`, chosen: { kind: kind.kind }, kind, text: kind.name }));
  const isTaken = kinds.some(({ name }) => name.toLowerCase() === typed.toLowerCase());
  const made: Option = {
    key: 'new',
    chosen: { newName: typed === '' ? null : typed },
    kind: null,
    text: typed === '' ? '+ a new kind' : `+ a new kind, “${typed}”`,
  };
  const none: Option = { key: 'none', chosen: { kind: -1 }, kind: null, text: 'no kind: junk' };
  if (among === 'there') return found;
  if (among === 'new') return isTaken ? found : [made];
  return [...found, ...(isTaken ? [] : [made]), none];
}

function startsWith({ name }: KindView, typed: string): boolean {
  return name.toLowerCase().startsWith(typed.toLowerCase());
}
