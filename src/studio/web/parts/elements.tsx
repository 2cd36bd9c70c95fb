// Elements that several views have.
import type { AnchorHTMLAttributes, ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { colourOfKind, cssColour } from '../palette.js';
import { addressOf, go, type Place, type View } from '../route.js';

/** A word for whoever sees a view for the first time; dismissed, it stays away. */
export function Hint({ view, children }: { readonly view: View; readonly children: string }) {
  const name = `kindred-hint-${view}`;
  const [isGone, setGone] = useState(localStorage.getItem(name) !== null);
  if (isGone) return null;
  const dismiss = () => {
    localStorage.setItem(name, 'dismissed');
    setGone(true);
  };
  return (
    <aside class="hint" aria-label="Hint">
      <p>{children}</p>
      <button type="button" class="plain" onClick={dismiss}>
        Got it
      </button>
    </aside>
  );
}

/** The colour of a kind. */
export function Swatch({ kind }: { readonly kind: number }) {
  return <span class="swatch" style={{ background: cssColour(colourOfKind(kind)) }} />;
}

interface LinkProps extends Omit<AnchorHTMLAttributes, 'href' | 'onClick' | 'role'> {
  readonly to: Place;
  /** How it is followed; else by `go`. */
  readonly onFollow?: () => void;
}

/** A link that the page follows itself, unless it is to open elsewhere. */
export function Link({ to, onFollow = () => go(to), ...how }: LinkProps) {
  const follow = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    onFollow();
  };
  return <a {...how} href={addressOf(to)} onClick={follow} />;
}

interface SelectProps<Name extends string> {
  readonly label: ComponentChildren;
  readonly name?: string;
  /** What each choice is called. */
  readonly options: Readonly<Partial<Record<Name, string>>>;
  readonly value?: Name;
  readonly onChoose?: (name: Name) => void;
}

export function Select<Name extends string>({ label, name, options, value, onChoose }: SelectProps<Name>) {
  return (
    <label>
      {label}
      <select name={name} value={value} onChange={(event) => onChoose?.(event.currentTarget.value as Name)}>
        {Object.entries<string | undefined>(options).map(([each, title]) => (
          <option key={each} value={each}>
            {title}
          </option>
        ))}
      </select>
    </label>
  );
}

interface FactProps {
  readonly name: string;
  readonly title?: string;
  readonly children: ComponentChildren;
}

/** A line of a `dl`. */
export function Fact({ name, title, children }: FactProps) {
  return (
    <div title={title}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
