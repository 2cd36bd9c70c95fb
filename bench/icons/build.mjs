// Builds the pile of colour icons: what icon themes of Debian draw for one name is a kind.
//
//   node bench/icons/build.mjs [--cache DIR]
//
// Fetches the packages of themes.json with apt-get (no installation), unpacks them under CACHE/debian and writes
// CACHE/icons/NAME/THEME.png, 128 × 128 on a transparent ground. Needs apt-get and dpkg-deb; Debian 12's packages
// give 29 kinds. The rule, settled before anything was clustered:
//
// - Themes: those of themes.json, every one that draws its own icons in colour; recoloured editions of a theme are left
//   out. Contexts: apps, categories, devices, mimetypes, places; actions and status are often one colour.
// - A theme's picture of a name is its largest file of 48 pixels or more that is not a link to another name's.
// - Names: of those with one first word (folder, folder-music, …: one picture with different emblems) the one that
//   the most themes have; of these, all that at least half of the themes have.
// - Of their pictures those are left out that serve two of the names, or are equal (but for rounding) to an earlier
//   theme's. A name with fewer than a third of the themes left is none.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, extname, join, sep } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';

const { themes } = JSON.parse(readFileSync(join(import.meta.dirname, 'themes.json'), 'utf8'));
const CONTEXTS = new Set(['apps', 'categories', 'devices', 'mimetypes', 'places']);
const LEAST_SIZE = 48;
/** Nominal size of a drawing that has none. */
const SCALABLE = 1024;
const SIDE = 128;
/** Mean difference of two renderings, of 255, that rounding makes. */
const SAME = 2;

const { values: flags } = parseArgs({
  options: { cache: { type: 'string', default: join(homedir(), '.cache', 'kindred-piles') } },
});
await build(flags.cache);

async function build(cache) {
  const debian = join(cache, 'debian');
  for (const name of new Set(themes.map((theme) => theme.package))) unpack(name, debian);
  const drawn = themes.map(({ package: name, theme }) => ({
    theme,
    files: ownPictures(join(debian, name, 'usr', 'share', 'icons', theme)),
  }));
  const names = candidateNames(drawn);
  for (const { files } of drawn) leaveOutShared(names, files);
  const pile = join(cache, 'icons');
  rmSync(pile, { recursive: true, force: true });
  const kinds = [];
  for (const name of names) {
    const pictures = await differentPictures(name, drawn);
    if (pictures.length >= themes.length / 3) kinds.push({ name, pictures });
  }
  for (const { name, pictures } of kinds) {
    mkdirSync(join(pile, name), { recursive: true });
    for (const { theme, data } of pictures) {
      const raw = { width: SIDE, height: SIDE, channels: 4 };
      await sharp(data, { raw })
        .png({ compressionLevel: 9 })
        .toFile(join(pile, name, `${theme}.png`));
    }
    console.log(`${String(pictures.length).padStart(3)}  ${name}`);
  }
  const count = kinds.reduce((sum, { pictures }) => sum + pictures.length, 0);
  console.log(`${pile}: ${count} pictures of ${kinds.length} kinds from ${themes.length} themes`);
}

/** The files of a Debian package in FOLDER/NAME, without installing it. */
function unpack(name, folder) {
  const target = join(folder, name);
  if (existsSync(target)) return;
  mkdirSync(folder, { recursive: true });
  const archive = () => readdirSync(folder).find((file) => file.startsWith(`${name}_`));
  if (archive() === undefined) execFileSync('apt-get', ['download', '-qq', name], { cwd: folder });
  execFileSync('dpkg-deb', ['-x', join(folder, archive()), `${target}.part`]);
  execFileSync('mv', [`${target}.part`, target]);
}

/** Name → file of the theme's largest picture. */
function ownPictures(root) {
  const best = new Map();
  for (const file of readdirSync(root, { recursive: true }).sort()) {
    const path = join(root, file);
    const name = basename(file, extname(file));
    const size = nominalSize(file);
    if (size < LEAST_SIZE || isAlias(path, name)) continue;
    const rank = 2 * size + (extname(file) === '.svg' ? 1 : 0);
    if (rank > (best.get(name)?.rank ?? 0)) best.set(name, { path, rank });
  }
  return new Map([...best].map(([name, { path }]) => [name, path]));
}

/** Pixels that the folders of `file` promise (48x48/apps, apps/48, 48x48@2x/apps); 0 for what is no colour icon. */
function nominalSize(file) {
  const folders = file.split(sep).slice(0, -1);
  const isPicture = ['.png', '.svg'].includes(extname(file)) && !/symbolic/.test(file);
  if (!isPicture || !folders.some((folder) => CONTEXTS.has(folder))) return 0;
  const sizes = folders.map((folder) => {
    const [, size, scale = 1] = /^(\d+)(?:x\d+)?(?:@(\d)x?)?$/.exec(folder) ?? ['', 0];
    return size * scale;
  });
  return Math.max(...sizes, folders.includes('scalable') ? SCALABLE : 0);
}

/** Does the name only point to what another name has, or to nothing? */
function isAlias(path, name) {
  if (!lstatSync(path).isSymbolicLink()) return false;
  if (!existsSync(path)) return true;
  const real = realpathSync(path);
  return basename(real, extname(real)) !== name;
}

/** One name a first word, that the most themes draw; those that half of the themes draw, the commonest first. */
function candidateNames(drawn) {
  const times = new Map();
  for (const { files } of drawn) for (const name of files.keys()) times.set(name, (times.get(name) ?? 0) + 1);
  const byTimes = [...times].sort(([a, many], [b, more]) => more - many || (a < b ? -1 : 1));
  const words = new Set();
  const names = [];
  for (const [name, count] of byTimes) {
    const [word] = name.split('-');
    if (count < themes.length / 2 || words.has(word)) continue;
    words.add(word);
    names.push(name);
  }
  return names;
}

/** Takes from `files` the pictures that a theme uses for two of the names: nobody could tell which it is. */
function leaveOutShared(names, files) {
  const users = new Map();
  for (const name of names.filter((one) => files.has(one))) {
    const digest = createHash('sha256')
      .update(readFileSync(files.get(name)))
      .digest('hex');
    users.set(digest, [...(users.get(digest) ?? []), name]);
  }
  for (const shared of users.values()) if (shared.length > 1) for (const name of shared) files.delete(name);
}

/** What the themes draw for `name`, each picture once: { theme, data: RGBA }. */
async function differentPictures(name, drawn) {
  const pictures = [];
  for (const { theme, files } of drawn) {
    if (!files.has(name)) continue;
    const data = await render(files.get(name)).catch(({ message }) => {
      console.error(`left out: ${files.get(name)} (${message.split('\n')[0]})`);
      return null;
    });
    if (data === null) continue;
    if (pictures.every((other) => difference(other.data, data) > SAME)) pictures.push({ theme, data });
  }
  return pictures;
}

async function render(path) {
  const { width = SIDE, height = SIDE } = await sharp(path).metadata();
  // Drawings are rendered at the size wanted, not enlarged from a small rendering.
  const density = extname(path) === '.svg' ? Math.min(2400, (72 * SIDE) / Math.max(width, height)) : 72;
  const ground = { r: 0, g: 0, b: 0, alpha: 0 };
  return sharp(path, { density })
    .resize(SIDE, SIDE, { fit: 'contain', background: ground })
    .ensureAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer();
}

/** Mean absolute difference of two RGBA pictures on white, of 255. */
function difference(one, other) {
  let sum = 0;
  for (let at = 0; at < one.length; at += 4) {
    for (let channel = 0; channel < 3; channel++)
      sum += Math.abs(onWhite(one, at, channel) - onWhite(other, at, channel));
  }
  return sum / (3 * SIDE * SIDE);
}

function onWhite(picture, at, channel) {
  return 255 + (picture[at + 3] / 255) * (picture[at + channel] - 255);
}
