// Numbers as the page says them.

/** 60000 → `60,000`. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}

/** A share of 1 → `98.1 %`. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
