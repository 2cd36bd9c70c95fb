// A simulated person at the studio: sees what the page shows and nothing else, knows what each image is, and answers
// through the same requests as the page.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseCsv } from '../dist/run/files/csv.js';
import { openStudio } from '../dist/studio/server/studio.js';

/** A group is called what at least this share of the images that are shown of it are, nothing left out; else it is mixed. */
const MOST = 0.5;

/** The studio on `logDir`, asked as the page asks. */
export async function visitStudio(logDir, threads) {
  const onFault = (error) => console.error(error);
  const studio = await openStudio({ logDir, host: '127.0.0.1', port: 0, threads, onFault });
  const request = async (path, init = {}) => {
    const answer = await fetch(`http://127.0.0.1:${studio.port}/api${path}`, {
      ...init,
      headers: { authorization: `Bearer ${studio.token}`, 'content-type': 'application/json' },
    });
    const json = await answer.json();
    if (!answer.ok) throw new Error(`${path}: ${json.error}`);
    return json;
  };
  return {
    get: (path) => request(path),
    post: (path, body) => request(path, { method: 'POST', body: JSON.stringify(body) }),
    close: () => studio.close(),
  };
}

/** (n): what each image of the run is, by the labels that it was scored with. */
export function labelsOf(folder) {
  const [, ...rows] = parseCsv(readFileSync(join(folder, 'scores.csv'), 'utf8'), 'scores.csv');
  return rows.map(([, label]) => label);
}

/**
 * Sits down at a run: names its kinds by what most of their typical images are, and merges kinds of one name. A merge counts
 * as an answer, a name does not.
 */
export async function sitDown(studio, tag, labels) {
  const run = `/runs/${tag}`;
  let answers = 0;
  const edit = (request) => studio.post(`${run}/edits`, request);
  let { kinds } = await studio.get(`${run}/review`);
  for (const { kind, prototypes } of kinds) {
    ({ kinds } = await edit({ do: 'name', kind, name: mostOf(prototypes.map((i) => labels[i])).label }));
  }
  for (const { kind, name } of kinds) {
    const first = kinds.find((other) => other.name === name);
    if (first.kind === kind) continue;
    ({ kinds } = await edit({ do: 'merge', kinds: [kind], into: first.kind }));
    answers++;
  }

  /** Says that the images are `label`, whose kind is made and named where there is none. */
  async function say(about, images, was, label) {
    const known = label === null ? null : (kinds.find(({ name }) => name === label)?.kind ?? 'new');
    ({ kinds } = await edit({ do: 'answer', about, images, was, is: known }));
    answers++;
    if (known !== 'new') return;
    const { kind } = kinds.at(-1);
    ({ kinds } = await edit({ do: 'name', kind, name: label }));
  }

  return {
    get answers() {
      return answers;
    },
    /** Answers the studio's own questions until so many answers are given. */
    async answerUntil(count) {
      while (answers < count) {
        const [question] = await studio.get(`${run}/questions?count=1`);
        if (question === undefined) return;
        const { label, isMost } = mostOf(question.shown.map((image) => labels[image]));
        await say(question.about, question.images, question.was, isMost ? label : null);
      }
    },
    /** Says what images are that were drawn at random, one by one. */
    async sayUntil(count, order) {
      while (answers < count) {
        const image = order[answers];
        await say('image', String(image), 0, labels[image]);
      }
    },
    /** Moves images, one by one, to where they belong. */
    async move(images) {
      for (const image of images) {
        const known = kinds.find(({ name }) => name === labels[image]);
        if (known === undefined) throw new Error(`nothing is called ${labels[image]}`);
        ({ kinds } = await edit({ do: 'move', images: String(image), to: known.kind }));
      }
    },
    /** Share of the images whose kind is called what they are. */
    async accuracy() {
      const names = new Map(kinds.map(({ kind, name }) => [kind, name]));
      const at = await this.kindsOfImages();
      return at.filter((kind, image) => names.get(kind) === labels[image]).length / labels.length;
    },
    /** What the kinds are called, by number. */
    names: () => new Map(kinds.map(({ kind, name }) => [kind, name])),
    /** (n): the kind of each image now. */
    async kindsOfImages() {
      const all = [];
      for (const { kind } of kinds) {
        for (let from = 0, total = 1; from < total; ) {
          const page = await studio.get(`${run}/kinds/${kind}/images?from=${from}&count=4096`);
          for (const image of page.images) all[image] = kind;
          total = page.total;
          from += 4096;
        }
      }
      return Array.from(labels, (_, image) => all[image] ?? -1);
    },
    /** Has a run trained that learns from the answers; waits for its end. */
    async refine(newTag, quality) {
      await studio.post(`${run}/refine`, { quality, tag: newTag });
      for (;;) {
        const job = (await studio.get('/jobs')).find((each) => each.tag === newTag);
        if (job.state === 'finished') return;
        if (job.state !== 'running') throw new Error(`${newTag}: ${job.notices.at(-1)}`);
        await delay(500);
      }
    },
  };
}

/** The commonest of some labels, and whether so many have it that the person would call them all that. */
export function mostOf(labels) {
  const counts = new Map();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  const [[label, count]] = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return { label, isMost: count >= MOST * labels.length };
}
