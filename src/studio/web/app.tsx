// The frame around every view: where one is, what may be done anywhere, and what the studio has to say.
import { useEffect } from 'preact/hooks';
import { KeyList, showKeys, useKeys } from './keys.js';
import { addressOf, go, place, VIEWS, type View } from './route.js';
import { imageProblem, notice, openRun, redo, review, runs, undo } from './store.js';
import { nextTheme, theme } from './theme.js';
import { ApplyView } from './views/apply.js';
import { KindsView } from './views/kinds.js';
import { LiveView } from './views/live.js';
import { MapView } from './views/map.js';
import { ReviewQueueView } from './views/review.js';
import { RunsView } from './views/runs.js';
import { TryView } from './views/try.js';

const TITLES: Readonly<Record<View, string>> = {
  runs: 'Runs',
  live: 'Live',
  map: 'Map',
  kinds: 'Kinds',
  review: 'Review',
  try: 'Try',
  apply: 'Apply',
};

const COMPONENTS = {
  runs: RunsView,
  live: LiveView,
  map: MapView,
  kinds: KindsView,
  review: ReviewQueueView,
  try: TryView,
  apply: ApplyView,
} as const;

/** Views that show one finished run. */
const OF_ONE_RUN: readonly View[] = ['map', 'kinds', 'review', 'try', 'apply'];

export function App() {
  const { view, tag } = place.value;
  useEffect(() => {
    if (tag !== null && OF_ONE_RUN.includes(view)) void openRun(tag);
  }, [view, tag]);
  useEffect(() => {
    document.title = tag === null ? `${TITLES[view]} · kindred` : `${TITLES[view]} · ${tag} · kindred`;
  }, [view, tag]);
  useKeys('Anywhere', [
    ...VIEWS.map((name, at) => ({ key: `${at + 1}`, does: `show ${TITLES[name]}`, run: () => show(name) })),
    { key: 'Ctrl+z', does: 'undo', run: () => void undo() },
    { key: 'Ctrl+Z', does: 'redo', run: () => void redo() },
    { key: 'Ctrl+y', does: 'redo', run: () => void redo() },
    { key: '?', does: 'show the keys', run: showKeys },
  ]);
  const Shown = COMPONENTS[view];
  return (
    <>
      <a class="skip" href="#content">
        To the content
      </a>
      <TopBar />
      <main id="content" tabIndex={-1} class={`view view-${view}`}>
        {OF_ONE_RUN.includes(view) && imageProblem.value !== null && (
          <p class="banner" role="status">
            {imageProblem.value}
          </p>
        )}
        <Shown key={`${view} ${tag}`} />
      </main>
      <Notice />
      <KeyList />
    </>
  );
}

/** To a view of the run that is open, or of the newest one. */
function show(view: View): void {
  const finished = runs.value?.find(({ state }) => state === 'finished');
  go({ view, tag: view === 'runs' ? null : (place.value.tag ?? finished?.tag ?? null) });
}

function TopBar() {
  const { view, tag } = place.value;
  return (
    <header class="top">
      <a class="home" href="/runs" onClick={(event) => follow(event, () => go({ view: 'runs', tag: null }))}>
        kindred
      </a>
      {tag !== null && <RunPicker tag={tag} />}
      <nav aria-label="Views">
        {VIEWS.map((name) => (
          <a
            key={name}
            href={addressOf({ view: name, tag: name === 'runs' ? null : tag, chosen: {} })}
            aria-current={name === view ? 'page' : undefined}
            onClick={(event) => follow(event, () => show(name))}
          >
            {TITLES[name]}
          </a>
        ))}
      </nav>
      <div class="tools">
        {tag !== null && <History />}
        <button type="button" class="plain" onClick={nextTheme} title="Light, dark, or as the system is">
          {theme.value === 'system' ? 'Auto' : theme.value === 'light' ? 'Light' : 'Dark'}
        </button>
        <button type="button" class="plain" onClick={showKeys} aria-label="Keys" title="Keys (?)">
          ?
        </button>
      </div>
    </header>
  );
}

function RunPicker({ tag }: { readonly tag: string }) {
  const tags = runs.value?.map((run) => run.tag) ?? [];
  return (
    <select
      class="run-picker"
      aria-label="Run"
      value={tag}
      onChange={(event) => go({ tag: event.currentTarget.value })}
    >
      {(tags.includes(tag) ? tags : [tag, ...tags]).map((each) => (
        <option key={each} value={each}>
          {each}
        </option>
      ))}
    </select>
  );
}

function History() {
  const state = review.value;
  return (
    <>
      <button
        type="button"
        class="plain"
        disabled={state?.undo == null}
        title={state?.undo == null ? 'Nothing to undo' : `Undo: ${state.undo} (Ctrl+Z)`}
        onClick={() => void undo()}
      >
        Undo
      </button>
      <button
        type="button"
        class="plain"
        disabled={state?.redo == null}
        title={state?.redo == null ? 'Nothing to redo' : `Redo: ${state.redo} (Ctrl+Y)`}
        onClick={() => void redo()}
      >
        Redo
      </button>
    </>
  );
}

/** A link that the page follows itself, unless it is to open elsewhere. */
function follow(event: MouseEvent, there: () => void): void {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  there();
}

function Notice() {
  const said = notice.value;
  return (
    <div class="notices" role="status" aria-live="polite">
      {said !== null && (
        <div class={said.isError ? 'notice wrong' : 'notice'}>
          <p>{said.text}</p>
          <button type="button" class="plain" onClick={() => (notice.value = null)}>
            Close
          </button>
        </div>
      )}
    </div>
  );
}
