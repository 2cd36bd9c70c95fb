// The page's own files, as the build left them: known by name at the start, so that no path of a request reaches the disk.
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MiddlewareHandler } from 'hono';
import { InputError } from '../../core/errors.js';

const FOLDER = fileURLToPath(new URL('../web', import.meta.url));

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

/** Files by their path, and the page itself for every other address: a view's. Throws an InputError if it is not built. */
export function servePage(): MiddlewareHandler {
  const names = pageFiles();
  return async (context, next) => {
    if (context.req.method !== 'GET' && context.req.method !== 'HEAD') return next();
    const { path } = context.req;
    const asked = path.slice(1);
    if (/^\/(?:api|assets)\//.test(path) && !names.has(asked)) return next();
    const name = names.has(asked) ? asked : 'index.html';
    context.header('Content-Type', MEDIA_TYPES[extname(name)] ?? 'application/octet-stream');
    // Names of assets carry their content's hash.
    const isAsset = name.startsWith('assets/');
    context.header('Cache-Control', isAsset ? 'private, max-age=31536000, immutable' : 'no-store');
    return context.body(new Uint8Array(readFileSync(join(FOLDER, name))));
  };
}

function pageFiles(): ReadonlySet<string> {
  try {
    const found = readdirSync(FOLDER, { recursive: true, withFileTypes: true });
    const paths = found
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name));
    return new Set(paths.map((path) => relative(FOLDER, path).replaceAll('\\', '/')));
  } catch {
    throw new InputError('The studio’s page is not built: run `npm run build` first.');
  }
}
