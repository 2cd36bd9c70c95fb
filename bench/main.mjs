// npm run bench -- NAME: runs bench/NAME.mjs, which exports run().
import { readdirSync } from 'node:fs';

const SHARED = ['main.mjs', 'measure.mjs'];
const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.mjs') && !SHARED.includes(file))
  .map((file) => file.slice(0, -'.mjs'.length));

const name = process.argv[2];
if (names.includes(name)) {
  const { run } = await import(`./${name}.mjs`);
  await run();
} else {
  console.error(`Which benchmark? npm run bench -- NAME, where NAME is one of: ${names.join(', ')}.`);
  process.exitCode = 2;
}
