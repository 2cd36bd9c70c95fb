// What a person is told of files that are no part of the pile.
import type { PassedOver } from './sieve.js';

/** `20 no picture (.txt), 3 a hidden file`: the most frequent reasons first. */
export function reasonsCounted(passedOver: readonly PassedOver[]): string {
  const counts = new Map<string, number>();
  for (const { reason } of passedOver) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const reasons = [...counts].sort(([, a], [, b]) => b - a);
  const shown = reasons.slice(0, REASONS_SHOWN).map(([reason, count]) => `${count} × ${reason}`);
  const rest = reasons.slice(REASONS_SHOWN).reduce((sum, [, count]) => sum + count, 0);
  return [...shown, ...(rest === 0 ? [] : [`${rest} × other`])].join('; ');
}

const REASONS_SHOWN = 8;

/** Why a source without pictures is refused; `remedy` goes on from `put … files`. */
export function noPicturesSentence(path: string, passedOver: readonly PassedOver[], remedy: string): string {
  const found =
    passedOver.length === 0
      ? ''
      : ` (what lies there: ${reasonsCounted(passedOver)}; the first is ${passedOver[0].id})`;
  return `${path} holds no pictures${found}: put PNG, JPEG, WebP, GIF, TIFF, AVIF, BMP, PNM or SVG files ${remedy}.`;
}
