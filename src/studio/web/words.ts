// Numbers as the page says them.

/** 60000 → `60,000`; with a noun, `60,000 images`. */
export function counted(count: number, noun?: string): string {
  const figure = count.toLocaleString('en');
  return noun === undefined ? figure : `${figure} ${noun}${count === 1 ? '' : 's'}`;
}

/** As a person here writes a moment. */
export function moment(iso: string): string {
  return new Date(iso).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}

/** A share of 1 → `98 %`. */
export function wholePercent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** A share of 1 → `98.1 %`. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
