// The kinds of a run and a single image of it, as the page shows them after all edits so far.

import { UNTOLD } from '../../core/groups.js';
import { writeImageSet } from '../../core/image-set.js';
import type { Edit } from '../../review/journal/edits.js';
import type { JournalEntry } from '../../review/journal/history.js';
import { portraitsOf } from '../../review/portraits.js';
import { estimateAccuracy } from '../../review/questions/audit.js';
import { nextQuestions } from '../../review/questions/questions.js';
import { reasonsFor } from '../../review/questions/reasons.js';
import { presentKind, presentKinds, type ReviewState } from '../../review/state.js';
import { FINDINGS, type ImageDetail, type QuestionView, type ReviewView } from './messages.js';
import type { OpenRun } from './open-run.js';

export async function reviewOf(run: OpenRun): Promise<ReviewView> {
  const { tag, journal, findings } = run;
  const around = await run.neighbourhood();
  const { state, revision, entries, undoable, redoable } = journal;
  const portraits = portraitsOf(state, journal.found.confidence, around);
  const mixed = new Map(
    findings
      .filter(({ finding }) => finding === 'mixed kind')
      .map(({ cluster, reason }) => [cluster, reason]),
  );
  const text = (entry: JournalEntry | null) => entry && inWords(entry.what, state);
  return {
    tag,
    revision,
    kinds: presentKinds(state).map((kind) => ({
      ...kind,
      ...portraits[kind.kind],
      mixed: mixed.get(kind.kind) ?? null,
    })),
    gone: state.kinds
      .filter(({ goneTo }) => goneTo !== null)
      .map(({ kind }) => ({ kind, into: presentKind(state, kind) })),
    outside: state.assignment.reduce((count, kind) => count + (kind < 0 ? 1 : 0), 0),
    undo: text(undoable),
    redo: text(redoable),
    history: entries
      .map(({ edit, at, what, isUndone }) => ({ edit, at, isUndone, text: inWords(what, state) }))
      .reverse(),
    told: state.told.reduce((count, said) => count + (said === UNTOLD ? 0 : 1), 0),
    answers: state.answers,
    accuracy: estimateAccuracy(journal.beginning, state, entries),
  };
}

export async function imageDetailOf(run: OpenRun, image: number): Promise<ImageDetail> {
  const { journal, labels, findingOf } = run;
  const { graph } = await run.neighbourhood();
  const { assignment, told } = journal.state;
  const { voters, votes } = reasonsFor(graph, assignment, image);
  return {
    image,
    id: journal.found.ids[image],
    kind: assignment[image],
    confidence: journal.found.confidence[image],
    told: told[image] === UNTOLD ? null : told[image],
    label: labels?.names[labels.of[image]] ?? null,
    finding: findingOf[image] === 0 ? null : FINDINGS[findingOf[image]],
    neighbours: voters,
    votes,
  };
}

export async function questionsOf(run: OpenRun, count: number): Promise<QuestionView[]> {
  const { state, entries, found, beginning } = run.journal;
  const [neighbourhood, groups] = [await run.neighbourhood(), await run.groups()];
  const source = { neighbourhood, groups, beginning, state, entries, confidence: found.confidence };
  return nextQuestions(source, count).map((question) => ({
    ...question,
    images: writeImageSet(question.images),
  }));
}

/** `named kind 3 “seven”` */
function inWords(edit: Edit, { kinds }: ReviewState): string {
  const called = (kind: number) =>
    kind < 0 ? 'no kind' : kinds[kind] === undefined ? `kind ${kind}` : `kind ${kind} “${kinds[kind].name}”`;
  switch (edit.do) {
    case 'name':
      return `named kind ${edit.kind} “${edit.name}”`;
    case 'merge':
      return `merged ${edit.kinds.map(called).join(', ')} into ${called(edit.into)}`;
    case 'split':
      return `split ${called(edit.kind)} into ${edit.parts.length + 1}`;
    case 'move':
      return `moved ${imagesInWords(edit.images)} to ${called(edit.to)}`;
    case 'junk':
      return `called ${called(edit.kind)} junk`;
    case 'answer': {
      const { images, is, except } = edit;
      const theyAre = `${imagesInWords(images)} ${isOne(images) ? 'is' : 'are'}`;
      const leftOut = except ? `, ${imagesInWords(except)} left out` : '';
      const said = is === null ? `could not say what ${theyAre}` : `said that ${theyAre} ${called(is)}`;
      return said + leftOut;
    }
  }
}

function isOne(images: string): boolean {
  return /^\d+$/.test(images);
}

function imagesInWords(images: string): string {
  if (isOne(images)) return `image ${images}`;
  const count = images
    .split(',')
    .map((range) => range.split('-').map(Number))
    .reduce((sum, [from, to = from]) => sum + to - from + 1, 0);
  return `${count} images`;
}
