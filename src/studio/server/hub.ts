// Events for every page that is open.
import type { StudioEvent } from './messages.js';

export interface Hub {
  send(event: StudioEvent): void;
  /** Returns what ends the listening. */
  listen(listener: (event: StudioEvent) => void): () => void;
}

export function createHub(): Hub {
  const listeners = new Set<(event: StudioEvent) => void>();
  return {
    send(event) {
      for (const listener of listeners) listener(event);
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
