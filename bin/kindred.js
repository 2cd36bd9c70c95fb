#!/usr/bin/env node
// The launcher: everything real is in dist/, which `npm run build` makes.
import { existsSync } from 'node:fs';

const entry = new URL('../dist/cli/main.js', import.meta.url);
if (!existsSync(entry)) {
  process.stderr.write('kindred is not built yet. Run `npm run build` in its folder first.\n');
  process.exit(2);
}
const { main } = await import(entry.href);
await main(process.argv.slice(2));
