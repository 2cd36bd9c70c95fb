// One card a kind. A cursor walks over them by the arrow keys; some may be chosen, to be merged.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { KindView } from '../../server/messages.js';
import { type Key, KeyButton, useKeys } from '../keys.js';
import { Link, Select, Swatch } from '../parts/elements.js';
import { Strip } from '../parts/images.js';
import { KindChooser } from '../parts/kind-chooser.js';
import { KindDoubts, KindNumbers, NameField } from '../parts/kind-facts.js';
import { SplitDialog } from '../parts/split-dialog.js';
import { choose, go, place } from '../route.js';
import { callJunk, mergeKinds } from '../send-edits.js';
import { review } from '../store.js';
import { counted } from '../words.js';

const ORDERS = { size: 'largest first', doubt: 'least sure first', name: 'by name' } as const;
type Order = keyof typeof ORDERS;
const COMPARED: Readonly<Record<Order, (a: KindView, b: KindView) => number>> = {
  size: (a, b) => b.size - a.size,
  doubt: (a, b) => a.meanConfidence - b.meanConfidence,
  name: (a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }),
};
const ORDER_NAMES = Object.keys(ORDERS) as Order[];

/** Images of each sort on a card. */
const TYPICAL = 6;
const DOUBTFUL = 6;

export function KindCards({ tag }: { readonly tag: string }) {
  const { chosen: choices } = place.value;
  const order = ORDER_NAMES.find((name) => name === choices.sort) ?? 'size';
  const kinds = useOrdered(review.value?.kinds ?? [], order);
  const chosen = chosenKinds(kinds, choices.kinds);
  const at = Math.max(
    0,
    kinds.findIndex(({ kind }) => `${kind}` === choices.at),
  );
  const [asking, setAsking] = useState<'name' | 'split' | 'merge' | null>(null);
  const grid = useRef<HTMLUListElement>(null);
  const current: KindView | undefined = kinds[at];

  const focusCard = (kind: number) =>
    requestAnimationFrame(() => document.getElementById(`kind-${kind}`)?.focus());
  const moveTo = (index: number) => {
    const to = kinds[Math.min(Math.max(index, 0), kinds.length - 1)];
    if (to === undefined) return;
    choose({ at: `${to.kind}` });
    focusCard(to.kind);
  };
  const toggle = (kind: number) => {
    const now = chosen.includes(kind) ? chosen.filter((each) => each !== kind) : [...chosen, kind];
    choose({ kinds: now.length === 0 ? null : now.join(',') });
  };
  const mergeThem = async (what: readonly number[]) => {
    const into = await mergeKinds(what);
    if (into === null) return;
    choose({ kinds: null, at: `${into}` });
    focusCard(into);
  };
  const whenCurrent = (work: (view: KindView) => void) => () => current !== undefined && work(current);
  const merge: Key = {
    key: 'm',
    does: 'merge the chosen kinds, or this one with another',
    run: () => (chosen.length > 1 ? void mergeThem(chosen) : setAsking('merge')),
  };
  useKeys('Kinds', [
    { key: 'ArrowRight', does: 'next kind', run: () => moveTo(at + 1) },
    { key: 'ArrowLeft', does: 'previous kind', run: () => moveTo(at - 1) },
    { key: 'ArrowDown', does: 'kind below', run: () => moveTo(at + columnsOf(grid.current)) },
    { key: 'ArrowUp', does: 'kind above', run: () => moveTo(at - columnsOf(grid.current)) },
    { key: 'Home', does: 'first kind', run: () => moveTo(0) },
    { key: 'End', does: 'last kind', run: () => moveTo(kinds.length - 1) },
    { key: 'n', does: 'name the kind; Enter saves, and goes to the next', run: () => setAsking('name') },
    { key: 'Enter', does: 'open the kind', run: whenCurrent(({ kind }) => openKind(kind)) },
    { key: ' ', does: 'choose the kind', run: whenCurrent(({ kind }) => toggle(kind)) },
    merge,
    { key: 'x', does: 'split the kind', run: () => setAsking('split') },
    { key: 'j', does: 'call the kind junk', run: whenCurrent(({ kind }) => void callJunk(kind)) },
    { key: 'o', does: 'order the cards another way', run: () => choose({ sort: nextOrder(order) }) },
    { key: 'Escape', does: 'choose none', run: () => choose({ kinds: null }) },
  ]);
  useEffect(() => {
    if (document.activeElement === document.body && choices.at !== undefined) focusCard(Number(choices.at));
  }, []);

  if (kinds.length === 0) return <p>There are no kinds in this run: all its images belong to none.</p>;
  return (
    <>
      <Toolbar order={order} kinds={kinds} chosen={chosen} merge={merge} />
      <ul class="kind-cards" ref={grid}>
        {kinds.map((view, index) => (
          <KindCard
            key={view.kind}
            tag={tag}
            view={view}
            isCurrent={index === at}
            isChosen={chosen.includes(view.kind)}
            isNaming={asking === 'name' && index === at}
            onName={() => {
              choose({ at: `${view.kind}` });
              setAsking('name');
            }}
            onNamed={(isSaved) => {
              setAsking(null);
              moveTo(isSaved ? at + 1 : at);
            }}
            onToggle={() => toggle(view.kind)}
            onFocus={() => place.value.chosen.at !== `${view.kind}` && choose({ at: `${view.kind}` })}
          />
        ))}
      </ul>
      {asking === 'split' && current !== undefined && (
        <SplitDialog tag={tag} view={current} onClose={() => setAsking(null)} />
      )}
      {asking === 'merge' && current !== undefined && (
        <KindChooser
          tag={tag}
          title={`Merge ${current.name} with`}
          without={[current.kind]}
          among="there"
          onChoose={(other) => 'kind' in other && void mergeThem([current.kind, other.kind])}
          onClose={() => setAsking(null)}
        />
      )}
    </>
  );
}

interface ToolbarProps {
  readonly order: Order;
  readonly kinds: readonly KindView[];
  readonly chosen: readonly number[];
  readonly merge: Key;
}

function Toolbar({ order, kinds, chosen, merge }: ToolbarProps) {
  const outside = review.value?.outside ?? 0;
  const images = kinds.reduce((sum, { size }) => sum + size, 0);
  const named = kinds.filter(({ isNamed }) => isNamed).length;
  return (
    <div class="bar">
      <p class="bar-words">
        {`${counted(kinds.length, 'kind')} of ${counted(images, 'image')}, ${named} named`}
        <span class="quiet">{outside > 0 && `; ${counted(outside, 'image')} in no kind`}</span>
      </p>
      <KeyButton of={merge} disabled={chosen.length < 2}>
        Merge {chosen.length > 1 ? chosen.length : ''}
      </KeyButton>
      <Select
        label={<span class="quiet">Order </span>}
        options={ORDERS}
        value={order}
        onChoose={(sort) => choose({ sort })}
      />
    </div>
  );
}

interface KindCardProps {
  readonly tag: string;
  readonly view: KindView;
  readonly isCurrent: boolean;
  readonly isChosen: boolean;
  readonly isNaming: boolean;
  readonly onName: () => void;
  readonly onNamed: (isSaved: boolean) => void;
  readonly onToggle: () => void;
  readonly onFocus: () => void;
}

function KindCard(props: KindCardProps) {
  const { tag, view, isCurrent, isChosen, isNaming } = props;
  const { kind, name } = view;
  return (
    <li class="card kind-card" data-current={isCurrent} data-chosen={isChosen} onFocusCapture={props.onFocus}>
      <div class="kind-head">
        <Swatch kind={kind} />
        {isNaming ? (
          <NameField view={view} onEnd={props.onNamed} />
        ) : (
          <Link
            id={`kind-${kind}`}
            class="kind-name"
            to={{ view: 'kinds', tag, chosen: { kind: `${kind}` } }}
            tabIndex={isCurrent ? 0 : -1}
            onFollow={() => openKind(kind)}
          >
            {name}
          </Link>
        )}
        <button
          type="button"
          class="plain small"
          tabIndex={isCurrent ? 0 : -1}
          aria-label={`${view.isNamed ? 'rename' : 'name'} ${name}`}
          onClick={props.onName}
        >
          {view.isNamed ? 'rename' : 'name'}
        </button>
        <input
          type="checkbox"
          tabIndex={isCurrent ? 0 : -1}
          aria-label={`Choose ${name}`}
          checked={isChosen}
          onChange={props.onToggle}
        />
      </div>
      <KindNumbers view={view} />
      <Strip tag={tag} images={view.prototypes.slice(0, TYPICAL)} label={`typical images of ${name}`} />
      <p class="strip-title quiet">between kinds</p>
      <Strip
        tag={tag}
        images={view.boundary.slice(0, DOUBTFUL)}
        label={`images between ${name} and other kinds`}
      />
      <KindDoubts view={view} />
    </li>
  );
}

function openKind(kind: number): void {
  const { at: _, kind: __, ...kept } = place.value.chosen;
  go({ chosen: { ...kept, kind: `${kind}` } });
}

function nextOrder(order: Order): Order {
  return ORDER_NAMES[(ORDER_NAMES.indexOf(order) + 1) % ORDER_NAMES.length];
}

function chosenKinds(kinds: readonly KindView[], text: string | undefined): number[] {
  const wanted = new Set(text?.split(','));
  return kinds.filter(({ kind }) => wanted.has(`${kind}`)).map(({ kind }) => kind);
}

/** The cards keep their places while kinds are named and images move; only another order or another kind re-orders them. */
function useOrdered(kinds: readonly KindView[], order: Order): KindView[] {
  const there = kinds.map(({ kind }) => kind).join();
  const places = useMemo(() => {
    const sorted = [...kinds].sort((a, b) => COMPARED[order](a, b) || a.kind - b.kind);
    return new Map(sorted.map(({ kind }, index) => [kind, index]));
  }, [there, order]);
  return [...kinds].sort((a, b) => (places.get(a.kind) ?? 0) - (places.get(b.kind) ?? 0));
}

/** Cards side by side. */
function columnsOf(grid: HTMLElement | null): number {
  const cards = [...(grid?.children ?? [])] as HTMLElement[];
  const next = cards.findIndex((card) => card.offsetTop > cards[0].offsetTop);
  return next < 0 ? cards.length : next;
}
