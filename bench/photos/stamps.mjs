// Copies the stamps of Debian's tuxpaint-stamps-default that are enough of a kind: the PNG files of every folder that has at least 20.
//
//   apt-get install tuxpaint-stamps-default && node bench/photos/stamps.mjs OUT
//
// OUT/NAME/*.png; the names serve for scoring alone: `--labels-from folders`.
import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';

const FROM = '/usr/share/tuxpaint/stamps';
const LEAST = 20;

const [out] = process.argv.slice(2);
if (out === undefined) throw new Error('Which folder shall they be copied to?');
const found = readdirSync(FROM, { recursive: true, withFileTypes: true }).filter(({ name }) =>
  name.endsWith('.png'),
);
const kinds = new Map();
for (const file of found) {
  const kind = basename(file.parentPath);
  kinds.set(kind, [...(kinds.get(kind) ?? []), file]);
}
for (const [kind, files] of kinds) {
  if (files.length < LEAST) continue;
  mkdirSync(join(out, kind), { recursive: true });
  // Folders of one name lie in several places: cartoon animals and cartoon food.
  for (const { parentPath, name } of files) {
    const place = parentPath.slice(FROM.length + 1).replaceAll('/', '-');
    copyFileSync(join(parentPath, name), join(out, kind, `${place}-${name}`));
  }
  console.log(`${kind}: ${files.length}`);
}
