// Who may talk to the studio. It shows private images and starts programs, and every page that a browser shows can send
// requests to this machine; so whoever has not been told the token in the studio's URL is turned away, and so is every
// request that another site had a hand in.
//
// The rules follow OWASP's on cross-site request forgery and DNS rebinding: the Host header must be the studio's own, an
// Origin must be the studio's, Sec-Fetch-Site must not say otherwise, and the cookie is never sent across sites.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';

const TOKEN_BYTES = 32;

export const HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': [
    "default-src 'none'",
    // ONNX Runtime compiles its WebAssembly.
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "img-src 'self' blob:",
    "connect-src 'self'",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

export interface GuardOptions {
  readonly token: string;
  /** Names that the studio answers to, without the port. */
  readonly hosts: readonly string[];
  /** The port it listens on; known once it does. */
  readonly port: () => number;
}

export function newToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}

/** Turns foreign requests away with 403 and those without the token with 401. */
export function guard({ token, hosts, port }: GuardOptions): MiddlewareHandler {
  return async (context, next) => {
    for (const [name, value] of Object.entries(HEADERS)) context.header(name, value);
    const own = hosts.map((host) => `${host}:${port()}`);
    if (!own.includes((context.req.header('host') ?? '').toLowerCase())) {
      return context.json({ error: 'This address is not the studio’s: use the one that it printed.' }, 403);
    }
    if (isForeign(context, own)) {
      return context.json(
        { error: 'Another site asked for this, and the studio answers only its own page.' },
        403,
      );
    }
    const cookie = `kindred-${port()}`;
    const url = new URL(context.req.url);
    const given = url.searchParams.get('token');
    if (given !== null && context.req.method === 'GET' && isEqual(given, token)) {
      setCookie(context, cookie, token, { httpOnly: true, sameSite: 'Strict', path: '/' });
      url.searchParams.delete('token');
      return context.redirect(`${url.pathname}${url.search}`, 303);
    }
    const bearer = /^Bearer (.+)$/.exec(context.req.header('authorization') ?? '')?.[1];
    if (isEqual(bearer ?? getCookie(context, cookie) ?? '', token)) return next();
    return context.json(
      { error: 'The token is missing: open the whole address that the studio printed.' },
      401,
    );
  };
}

function isForeign(context: Context, own: readonly string[]): boolean {
  const origin = context.req.header('origin');
  if (origin !== undefined && !own.some((host) => origin === `http://${host}`)) return true;
  const site = context.req.header('sec-fetch-site');
  return site !== undefined && site !== 'same-origin' && site !== 'none';
}

/** In constant time, whatever the lengths. */
function isEqual(given: string, wanted: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}
