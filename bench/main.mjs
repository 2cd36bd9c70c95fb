// npm run bench -- NAME [options]: runs bench/NAME.mjs, which exports run(words), the words after its name.
import { readdirSync } from 'node:fs';

const SHARED = [
  'classifier-steps.mjs',
  'drawn.mjs',
  'main.mjs',
  'map-projector.mjs',
  'map-server.mjs',
  'measure.mjs',
  'peer.mjs',
  'person.mjs',
  'results.mjs',
  'review-meter.mjs',
  'trained-on.mjs',
  'training.mjs',
];
const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.mjs') && !SHARED.includes(file))
  .map((file) => file.slice(0, -'.mjs'.length));

const [name, ...words] = process.argv.slice(2);
if (names.includes(name)) {
  const { run } = await import(`./${name}.mjs`);
  try {
    await run(words);
  } catch (error) {
    if (!isBadInput(error)) throw error;
    console.error(error.message);
    process.exitCode = 2;
  }
} else {
  console.error(`Which benchmark? npm run bench -- NAME, where NAME is one of: ${names.join(', ')}.`);
  process.exitCode = 2;
}

function isBadInput({ name, code }) {
  return name === 'InputError' || String(code).startsWith('ERR_PARSE_ARGS');
}
