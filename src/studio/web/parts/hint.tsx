// A word for whoever sees a view for the first time; dismissed, it stays away.
import { useState } from 'preact/hooks';
import type { View } from '../route.js';

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
