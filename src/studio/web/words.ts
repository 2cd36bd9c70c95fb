// Numbers as the page says them.

/** 60000 → `60,000`; with a noun, `60,000 images`. */
export function counted(count: number, noun?: string): string {
  const figure = count.toLocaleString('en');
  return noun === undefined ? figure : `${figure} ${noun}${count === 1 ? '' : 's'}`;
}

/** A share of 1 → `98.1 %`. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
