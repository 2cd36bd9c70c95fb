// Keys: every view says which it has, one listener hears them, and `?` shows them all.
import { signal } from '@preact/signals';
import type { ButtonHTMLAttributes } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';

export interface Key {
  /** As `KeyboardEvent.key` has it, with `Ctrl+` and `Shift+` before it where they are held: `m`, `Ctrl+z`. */
  readonly key: string;
  readonly does: string;
  readonly run: () => void;
}

interface KeySet {
  readonly title: string;
  readonly keys: readonly Key[];
  /** Parts of the page are made from the outside in: the larger, the further in. */
  readonly depth: number;
}

const sets = signal<readonly { readonly current: KeySet }[]>([]);
const isShown = signal(false);
let made = 0;

/** While the calling component is on the page, `keys` do what they say. Fields that are typed into keep theirs. */
export function useKeys(title: string, keys: readonly Key[]): void {
  const depth = useMemo(() => made++, []);
  const set = useRef<KeySet>({ title, keys, depth });
  set.current = { title, keys, depth };
  // Before the page is painted: a key that is pressed at first sight is heard.
  useLayoutEffect(() => {
    sets.value = [...sets.value, set].sort((a, b) => a.current.depth - b.current.depth);
    return () => {
      sets.value = sets.value.filter((other) => other !== set);
    };
  }, []);
}

export function showKeys(): void {
  isShown.value = true;
}

document.addEventListener('keydown', (event) => {
  if (event.defaultPrevented || event.altKey || isTyping(event)) return;
  const name = nameOf(event);
  if (name === '?') return showKeys();
  // The innermost part of the page comes first.
  for (const { current } of [...sets.value].reverse()) {
    const key = current.keys.find((each) => each.key === name);
    if (key === undefined) continue;
    event.preventDefault();
    key.run();
    return;
  }
});

function nameOf(event: KeyboardEvent): string {
  const control = event.ctrlKey || event.metaKey ? 'Ctrl+' : '';
  // A capital or a sign says by itself that shift was held.
  const shift = event.shiftKey && event.key.length > 1 ? 'Shift+' : '';
  return `${control}${shift}${event.key}`;
}

function isTyping({ target, ctrlKey, metaKey, key }: KeyboardEvent): boolean {
  if (document.querySelector('dialog[open]') !== null) return true;
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || /^(?:TEXTAREA|SELECT)$/.test(target.tagName)) return true;
  if (target instanceof HTMLInputElement) return !/^(?:checkbox|radio|button|range)$/.test(target.type);
  if (ctrlKey || metaKey) return false;
  // A button is pressed with both, a link with one.
  return (
    ((key === ' ' || key === 'Enter') && /^(?:BUTTON|SUMMARY)$/.test(target.tagName)) ||
    (key === 'Enter' && target.tagName === 'A')
  );
}

interface KeyButtonProps extends Omit<ButtonHTMLAttributes, 'type' | 'onClick'> {
  readonly of: Key;
}

/** A button that does what a key does, and says which. */
export function KeyButton({ of: { key, run }, children, ...how }: KeyButtonProps) {
  return (
    <button {...how} type="button" onClick={run}>
      {children} <kbd>{written(key)}</kbd>
    </button>
  );
}

/** The list of keys, as a dialog. */
export function KeyList() {
  const dialog = useRef<HTMLDialogElement>(null);
  const shown = isShown.value;
  useEffect(() => {
    if (shown && dialog.current?.open === false) dialog.current.showModal();
  }, [shown]);
  if (!shown) return null;
  return (
    <dialog ref={dialog} class="keys" aria-labelledby="keys-title" onClose={() => (isShown.value = false)}>
      <form method="dialog">
        <h2 id="keys-title">Keys</h2>
        <button type="submit" class="plain">
          Close <kbd>Esc</kbd>
        </button>
      </form>
      {sets.value.toReversed().map(({ current }) => (
        <section key={current.title}>
          <h3>{current.title}</h3>
          <dl>
            {current.keys.map(({ key, does }) => (
              <div key={key}>
                <dt>
                  <kbd>{written(key)}</kbd>
                </dt>
                <dd>{does}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </dialog>
  );
}

const WRITTEN: Readonly<Record<string, string>> = {
  ' ': 'Space',
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
  Escape: 'Esc',
};

/** As it is written on the keyboard: `Shift+ArrowUp` → `Shift+↑`, `L` → `Shift+L`, `Ctrl+z` → `Ctrl+Z`. */
function written(name: string): string {
  const [key = '', ...held] = name === '+' ? [name] : name.split('+').reverse();
  const isCapital = /^[A-Z]$/.test(key);
  const parts = [...held.reverse(), ...(isCapital ? ['Shift'] : [])];
  const shown = WRITTEN[key] ?? (parts.includes('Ctrl') ? key.toUpperCase() : key);
  return [...parts, isCapital ? key : shown].join('+');
}
