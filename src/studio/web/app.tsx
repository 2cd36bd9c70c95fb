// The frame around every view: where one is, what may be done anywhere, and what the studio has to say.
import { useEffect } from 'preact/hooks';
import { KeyList, showKeys, useKeys } from './keys.js';
import { Link } from './parts/elements.js';
import { go, place, VIEWS, type View } from './route.js';
import { imageProblem, notice, openRun, redo, review, runs, undo } from './store.js';
import { nextTheme, theme } from './theme.js';
import { ApplyView } from './views/apply.js';
import { KindsView } from './views/kinds.js';
import { LiveView } from './views/live.js';
import { MapView } from './views/map.js';
import { ReviewQueueView } from './views/review.js';
import { RunsView } from './views/runs.js';
import { TryView } from './views/try.js';

/** `isOfRun`: it shows one finished run. */
const LOOKS = {
  runs: { title: 'Runs', Shown: RunsView, isOfRun: false },
  live: { title: 'Live', Shown: LiveView, isOfRun: false },
  map: { title: 'Map', Shown: MapView, isOfRun: true },
  kinds: { title: 'Kinds', Shown: KindsView, isOfRun: true },
  review: { title: 'Review', Shown: ReviewQueueView, isOfRun: true },
  try: { title: 'Try', Shown: TryView, isOfRun: true },
  apply: { title: 'Apply', Shown: ApplyView, isOfRun: true },
} as const satisfies Record<View, unknown>;

export function App() {
  const { view, tag } = place.value;
  const { title, Shown, isOfRun } = LOOKS[view];
  useEffect(() => {
    if (tag !== null && isOfRun) void openRun(tag);
    document.title = tag === null ? `${title} · kindred` : `${title} · ${tag} · kindred`;
  }, [view, tag]);
  useKeys('Anywhere', [
    ...VIEWS.map((name, at) => ({
      key: `${at + 1}`,
      does: `show ${LOOKS[name].title}`,
      run: () => show(name),
    })),
    { key: 'Ctrl+z', does: 'undo', run: () => void undo() },
    { key: 'Ctrl+Z', does: 'redo', run: () => void redo() },
    { key: 'Ctrl+y', does: 'redo', run: () => void redo() },
    { key: '?', does: 'show the keys', run: showKeys },
  ]);
  return (
    <>
      <a class="skip" href="#content">
        To the content
      </a>
      <TopBar />
      <main id="content" tabIndex={-1} class={`view view-${view}`}>
        {isOfRun && imageProblem.value !== null && (
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
      <Link class="home" to={{ view: 'runs', tag: null, chosen: {} }}>
        kindred
      </Link>
      {tag !== null && <RunPicker tag={tag} />}
      <nav aria-label="Views">
        {VIEWS.map((name) => (
          <Link
            key={name}
            to={{ view: name, tag: name === 'runs' ? null : tag, chosen: {} }}
            aria-current={name === view ? 'page' : undefined}
            onFollow={() => show(name)}
          >
            {LOOKS[name].title}
          </Link>
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
  const tools = [
    { title: 'Undo', key: 'Ctrl+Z', what: review.value?.undo, run: undo },
    { title: 'Redo', key: 'Ctrl+Y', what: review.value?.redo, run: redo },
  ];
  return tools.map(({ title, key, what, run }) => (
    <button
      key={key}
      type="button"
      class="plain"
      disabled={what == null}
      title={what == null ? `Nothing to ${title.toLowerCase()}` : `${title}: ${what} (${key})`}
      onClick={() => void run()}
    >
      {title}
    </button>
  ));
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
