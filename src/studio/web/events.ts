// The server's events: what another tab or a training changed.
import { signal } from '@preact/signals';
import type { StudioEvent } from '../server/messages.js';
import { loadRuns, refreshReview, takeJob } from './store.js';

/** How far the layout of a run's map is; null while none is made. */
export const layoutProgress = signal<(StudioEvent & { readonly type: 'layout' }) | null>(null);

/** The browser connects again by itself; what was missed meanwhile is fetched then. */
export function listen(): void {
  const source = new EventSource('/api/events');
  source.addEventListener('open', () => void loadRuns());
  source.addEventListener('message', (message: MessageEvent<string>) => take(JSON.parse(message.data)));
}

function take(event: StudioEvent): void {
  switch (event.type) {
    case 'runs':
      void loadRuns();
      return;
    case 'review':
      void refreshReview(event.tag, event.revision);
      return;
    case 'job':
      takeJob(event.job);
      return;
    case 'layout':
      layoutProgress.value = event;
  }
}
