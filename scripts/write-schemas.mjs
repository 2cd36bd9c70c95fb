// JSON Schemas (draft 2020-12) of what kindred reads: run.json, and an edit as `run.edit` takes it. Made of the schemas that
// kindred itself checks by, so that they cannot say anything else.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { editRequestSchema } from '../dist/review/journal/edits.js';
import { runCardSchema } from '../dist/run/files/card.js';

const folder = join(import.meta.dirname, '..', 'dist', 'schemas');
const schemas = {
  run: ['run.json of a kindred run', runCardSchema],
  edit: ['An edit of a kindred run', editRequestSchema],
};

mkdirSync(folder, { recursive: true });
for (const [name, [title, schema]] of Object.entries(schemas)) {
  const text = JSON.stringify({ title, ...z.toJSONSchema(schema, { io: 'input' }) }, null, 2);
  writeFileSync(join(folder, `${name}.schema.json`), `${text}\n`);
}
