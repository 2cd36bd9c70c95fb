// The studio's server: the page, its requests and its events, on the loopback address.
import { mkdirSync } from 'node:fs';
import type { Server } from 'node:http';
import { networkInterfaces } from 'node:os';
import { type ServerType, serve } from '@hono/node-server';
import { Hono } from 'hono';
import { InputError, option, words } from '../../core/errors.js';
import { isSystemError, reasonOf } from '../../run/files/system-error.js';
import { createApi } from './api.js';
import { guard, newToken } from './guard.js';
import { createHub } from './hub.js';
import { createJobs } from './jobs.js';
import { createOpenRuns } from './open-run.js';
import { servePage } from './page.js';

export interface StudioOptions {
  readonly logDir: string;
  /** An address of this machine. */
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  readonly threads: number;
  /** Called with what is our fault: the page is told one sentence only. */
  readonly onFault: (error: unknown) => void;
}

export interface Studio {
  /** With the token: `http://127.0.0.1:4777/?token=…`. */
  readonly url: string;
  readonly token: string;
  readonly port: number;
  /** Stops its trainings and ends; the tags of the runs that were being trained. */
  close(): Promise<string[]>;
}

const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];
/** Listening at these is listening at every address of the machine. */
const EVERYWHERE = ['0.0.0.0', '::'];

/** Throws an InputError if the address is taken, or the log directory cannot be used. */
export async function openStudio(options: StudioOptions): Promise<Studio> {
  const { logDir, host, threads, onFault } = options;
  try {
    mkdirSync(logDir, { recursive: true });
  } catch (error) {
    throw new InputError(
      words`The log directory ${logDir} cannot be made (${reasonOf(error)}): give ${option('logDir')} another.`,
    );
  }
  const hub = createHub();
  const runs = createOpenRuns(logDir, threads, hub);
  const jobs = createJobs(logDir, hub, runs.forget);
  const token = newToken();
  let port = options.port;
  const app = new Hono();
  app.use(guard({ token, hosts: namesOf(host), port: () => port }));
  app.use('/api/*', async (context, next) => {
    await next();
    if (!context.res.headers.has('cache-control')) context.header('Cache-Control', 'no-store');
  });
  app.route('/api', createApi(logDir, threads, runs, jobs, hub));
  app.use(servePage());
  app.notFound((context) => context.json({ error: 'There is nothing at this address.' }, 404));
  app.onError((error, context) => {
    if (error instanceof InputError) return context.json({ error: error.message }, 400);
    if (isSystemError(error)) {
      const what = `${error.path ?? 'A file of the run'} could not be read or written (${reasonOf(error)})`;
      return context.json({ error: `${what}: nothing was changed. Put that right, then do it again.` }, 500);
    }
    onFault(error);
    return context.json({ error: 'The studio failed: its terminal has the details.' }, 500);
  });
  const server = await listening(app, options);
  const address = server.address();
  if (address !== null && typeof address === 'object') port = address.port;
  return {
    url: `http://${inUrl(host)}:${port}/?token=${token}`,
    token,
    port,
    async close() {
      const stopped = await jobs.close();
      // Pages listen for events without end.
      (server as Server).closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      return stopped;
    },
  };
}

function listening(app: Hono, { host, port }: StudioOptions): Promise<ServerType> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, hostname: host, port }, () => resolve(server));
    server.on('error', (error: Error) => {
      if (!isSystemError(error)) return reject(error);
      const where = `${host}, port ${port}`;
      reject(
        new InputError(
          words`The studio cannot listen at ${where} (${reasonOf(error)}): choose another ${option('port')} or ${option('host')}.`,
        ),
      );
    });
  });
}

/** What the studio is called by those who may reach it; another name may be anybody's. */
function namesOf(host: string): string[] {
  const addresses = Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .map(({ address }) => inUrl(address));
  return [...LOOPBACK, inUrl(host).toLowerCase(), ...(EVERYWHERE.includes(host) ? addresses : [])];
}

function inUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
