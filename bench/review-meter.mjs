// Reviews in memory, without the studio around them: is the truth in the interval that the meter shows?

import { writeImageSet } from '../dist/core/image-set.js';
import { openJournal } from '../dist/review/journal/journal.js';
import { openNeighbourhood } from '../dist/review/neighbourhood.js';
import { estimateAccuracy } from '../dist/review/questions/audit.js';
import { microClusters } from '../dist/review/questions/micro-clusters.js';
import { nextQuestions } from '../dist/review/questions/questions.js';
import { applyEdit } from '../dist/review/state.js';
import { mostOf } from './person.mjs';

const REVIEWS = 200;
const ANSWERS = 60;
/** Questions are fetched so many at a time, as the page does. */
const AT_ONCE = 12;
const THREADS = 2;

/** labels (n) → how often the interval held the truth, over reviews that draw in different orders. */
export async function simulatedMeters(folder, labels) {
  const { card, found, beginning } = openJournal(folder);
  const neighbourhood = await openNeighbourhood(folder, card, { threads: THREADS });
  const groups = await microClusters(neighbourhood, { k: card.k, seed: 0, threads: THREADS });
  const called = beginning.kinds.map(
    ({ kind }) => mostOf(labels.filter((_, image) => found.assignment[image] === kind)).label,
  );
  let [inside, error, width] = [0, 0, 0];
  for (let auditSeed = 0; auditSeed < REVIEWS; auditSeed++) {
    const names = [...called];
    let state = beginning;
    const entries = [];
    const keep = (what) => {
      state = applyEdit(state, what);
      entries.push({ edit: entries.length + 1, at: '', what, isUndone: false });
    };
    called.forEach((name, kind) => {
      if (called.indexOf(name) < kind) keep({ do: 'merge', kinds: [kind], into: called.indexOf(name) });
    });
    while (state.answers < ANSWERS) {
      const { confidence } = found;
      const source = { neighbourhood, groups, beginning, state, entries, confidence, auditSeed };
      for (const question of nextQuestions(source, Math.min(AT_ONCE, ANSWERS - state.answers))) {
        keep(answerTo(question, labels, names));
      }
    }
    const right =
      state.assignment.filter((kind, image) => names[kind] === labels[image]).length / labels.length;
    const { low, high, estimate } = estimateAccuracy(beginning, state, entries, auditSeed);
    if (low <= right && right <= high) inside++;
    error += (estimate - right) / REVIEWS;
    width += (high - low) / REVIEWS;
  }
  return { reviews: REVIEWS, answers: ANSWERS, inside: inside / REVIEWS, error, width };
}

/** `names` grows where the person sees a kind that is not there yet. */
function answerTo({ about, images, shown, was }, labels, names) {
  const { label, isMost } = mostOf(shown.map((image) => labels[image]));
  let is = null;
  if (isMost) {
    is = names.indexOf(label);
    if (is < 0) is = names.push(label) - 1;
  }
  return { do: 'answer', about, images: writeImageSet(images), was, is };
}
