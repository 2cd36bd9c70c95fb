// What an option may be: a program's values are held against it as they are, a person's once their text is read.
import { inspect } from 'node:util';
import { InputError } from './errors.js';

/** Of whole numbers. */
export interface Range {
  /** 1 where left out. */
  readonly minimum?: number;
  readonly maximum: number;
}

export type Value =
  | { readonly kind: 'string'; readonly choices?: readonly string[] }
  /** `orNull`: null means something too. */
  | (Range & { readonly kind: 'integer'; readonly orNull?: boolean })
  | { readonly kind: 'number'; readonly above: number; readonly maximum: number }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'texts' }
  /** Whole numbers. */
  | (Range & { readonly kind: 'list'; readonly longest: number })
  | { readonly kind: 'function' }
  | { readonly kind: 'signal' };

export function isOf(value: Value, given: unknown): boolean {
  switch (value.kind) {
    case 'string':
      return typeof given === 'string' && (value.choices?.includes(given) ?? true);
    case 'integer':
      return isWhole(given, value) || (given === null && value.orNull === true);
    case 'number':
      return typeof given === 'number' && given > value.above && given <= value.maximum;
    case 'texts':
      return Array.isArray(given) && given.every((each) => typeof each === 'string');
    case 'list':
      return Array.isArray(given) && given.length <= value.longest && given.every((n) => isWhole(n, value));
    case 'signal':
      // Tests in a page of their own, and what stands in for it, have another AbortSignal.
      return (
        typeof (given as AbortSignal | null)?.addEventListener === 'function' && 'aborted' in Object(given)
      );
    default:
      return typeof given === value.kind;
  }
}

function isWhole(given: unknown, { minimum = 1, maximum }: Range): boolean {
  return Number.isInteger(given) && Number(given) >= minimum && Number(given) <= maximum;
}

/** As an instruction goes on after “Choose”: `a whole number from 1 to 4,096`. A list is written `how`. */
export function wanted(value: Value, how = 'in an array'): string {
  switch (value.kind) {
    case 'string':
      if (value.choices === undefined) return 'a text';
      return `${value.choices.slice(0, -1).join(', ')} or ${value.choices.at(-1)}`;
    case 'boolean':
      return 'true or false';
    case 'integer':
      return `a whole number ${rangeOf(value)}`;
    case 'number':
      return `a number above ${value.above}, at most ${value.maximum}`;
    case 'texts':
      return 'texts in an array';
    case 'list':
      return `up to ${value.longest} whole numbers ${rangeOf(value)} ${how}`;
    case 'function':
      return 'a function';
    case 'signal':
      return 'the signal of an AbortController';
  }
}

function rangeOf({ minimum = 1, maximum }: Range): string {
  return `from ${minimum.toLocaleString('en-US')} to ${maximum.toLocaleString('en-US')}`;
}

/** `path`. Throws an InputError where a program gives something else than text, such as a URL. */
export function requirePath(what: string, path: unknown): string {
  if (typeof path === 'string') return path;
  throw new InputError(
    `${what} is ${shownValue(path)}, no path: give it as text (fileURLToPath makes one of a URL).`,
  );
}

/** On one line, cut where it is long. */
export function shownValue(value: unknown): string {
  return inspect(value, {
    depth: 0,
    compact: true,
    breakLength: Infinity,
    maxArrayLength: 4,
    maxStringLength: 80,
  });
}
