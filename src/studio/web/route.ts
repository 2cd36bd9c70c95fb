// Where the page is, and the address that leads back there: /VIEW/TAG?what=is&chosen=there. Everything that a person can
// choose on a view stands in the address, so that any link can be sent and any reload stays.
import { signal } from '@preact/signals';

export const VIEWS = ['runs', 'live', 'map', 'kinds', 'review', 'try', 'apply'] as const;
export type View = (typeof VIEWS)[number];

export interface Place {
  readonly view: View;
  /** The run; null on the list of runs. */
  readonly tag: string | null;
  readonly chosen: Readonly<Record<string, string>>;
}

export const place = signal<Place>(placeOf(location));

export function addressOf({ view, tag, chosen }: Place): string {
  const path = tag === null ? `/${view}` : `/${view}/${encodeURIComponent(tag)}`;
  const words = new URLSearchParams(chosen).toString();
  return words === '' ? path : `${path}?${words}`;
}

/** Goes to another view or run: a step that the browser's back button takes back. */
export function go(to: Partial<Place>): void {
  place.value = { ...place.value, chosen: {}, ...to };
  history.pushState(null, '', addressOf(place.value));
}

/** Keeps a choice in the address of this view; null forgets it. */
export function choose(choices: Readonly<Record<string, string | null>>): void {
  const kept = Object.entries({ ...place.value.chosen, ...choices }).filter(([, value]) => value !== null);
  place.value = { ...place.value, chosen: Object.fromEntries(kept) as Record<string, string> };
  history.replaceState(null, '', addressOf(place.value));
}

/** Follows the back and forward buttons. */
export function followAddress(): void {
  addEventListener('popstate', () => {
    place.value = placeOf(location);
  });
}

function placeOf({ pathname, search }: { readonly pathname: string; readonly search: string }): Place {
  const [view, tag] = pathname.split('/').slice(1);
  const chosen = Object.fromEntries(new URLSearchParams(search));
  const known = VIEWS.find((name) => name === view) ?? 'runs';
  return { view: known, tag: tag === undefined || tag === '' ? null : decodeURIComponent(tag), chosen };
}
