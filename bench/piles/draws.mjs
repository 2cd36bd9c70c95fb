// The piles that kin and its prototype are compared on: what piles/piles.json names and piles/build.py makes.
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { InputError } from '../../dist/core/errors.js';

const { junkClass, groups } = JSON.parse(readFileSync(join(import.meta.dirname, 'piles.json'), 'utf8'));

/** The class of images that take part and are not scored. */
export const JUNK = String(junkClass);

/** What the prototype found, one entry a draw, by the draw's name. */
export const PROTOTYPE_FILE = join(import.meta.dirname, 'prototype.json');

/** The flags by which a bench chooses draws. */
export const DRAW_OPTIONS = {
  only: { type: 'string', multiple: true },
  draws: { type: 'string' },
  cache: { type: 'string', default: join(homedir(), '.cache', 'kindred-piles') },
};

/**
 * The groups that the flags choose, each with its draws, `{ name, folder }`; `draws` limits them per group.
 * Throws an InputError if a group is unknown or a pile has not been built.
 * @param {{ only?: string[], draws?: string, cache: string }} flags
 */
export function chosenGroups({ only, draws, cache }) {
  const unknown = only?.find((name) => groups.every(({ group }) => group !== name));
  if (unknown !== undefined) {
    const names = groups.map(({ group }) => group).join(', ');
    throw new InputError(`--only is ${unknown}, which is no group of piles. Choose from ${names}.`);
  }
  return groups
    .filter(({ group }) => only?.includes(group) ?? true)
    .map(({ group, title, kinds, draws: all }) => ({
      group,
      title,
      kinds,
      draws: all.slice(0, draws ?? all.length).map(({ seed }) => drawOf(`${group}-${seed}`, cache)),
    }));
}

function drawOf(name, cache) {
  const folder = join(cache, name);
  if (!existsSync(join(folder, 'train-images-idx3-ubyte'))) {
    throw new InputError(
      `${folder} has not been built: run /usr/bin/python3 bench/piles/build.py --install-fonts, or name the folder of the datasets by --cache.`,
    );
  }
  return { name, folder };
}
