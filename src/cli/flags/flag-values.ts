// One flag's text → its value, or one sentence on what is wrong with it.
import { InputError } from '../../core/errors.js';
import { FLAGS, type Flag, type FlagName, type Range, spelled } from './flags.js';

export type FlagValue = string | number | boolean | readonly number[] | readonly string[];

const TRUTH: Readonly<Record<string, boolean>> = {
  true: true,
  True: true,
  '1': true,
  false: false,
  False: false,
  '0': false,
};
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Is this word a truth value, so that it may follow a boolean flag as the next word? */
export function isTruth(word: string): boolean {
  return Object.hasOwn(TRUTH, word);
}

/** The value of `text` for the flag. Throws an InputError naming the flag, the text and what is wanted. */
export function readFlagValue(name: FlagName, text: string): FlagValue {
  const flag: Flag = FLAGS[name];
  if (text.trim() === '') throw new InputError(`--${name} is empty. ${wantedSentence(name)}`);
  const value = parsed(flag, text);
  if (value === null) throw new InputError(`--${name} is ${shown(text)}. ${wantedSentence(name)}`);
  return value;
}

function parsed(flag: Flag, text: string): FlagValue | null {
  switch (flag.kind) {
    case 'string':
      return flag.choices === undefined || flag.choices.includes(text) ? text : null;
    case 'texts':
      return [text];
    case 'boolean':
      return isTruth(text) ? TRUTH[text] : null;
    case 'integer':
      return text === flag.orWord ? text : wholeNumber(text, flag);
    case 'number': {
      const value = DECIMAL.test(text) ? Number(text) : Number.NaN;
      return value > flag.above && value <= flag.maximum ? value : null;
    }
    case 'list': {
      const values = text.split(',').map((part) => wholeNumber(part.trim(), flag));
      return values.length <= flag.longest && values.every((value) => value !== null) ? values : null;
    }
  }
}

function wholeNumber(text: string, { minimum = 1, maximum }: Range): number | null {
  const value = DECIMAL.test(text) ? Number(text) : Number.NaN;
  return Number.isInteger(value) && value >= minimum && value <= maximum ? value : null;
}

/** What the flag takes, as an instruction: `Choose a whole number from 1 to 4,096.` */
export function wantedSentence(name: FlagName): string {
  const flag: Flag = FLAGS[name];
  if (flag.kind === 'texts' || (flag.kind === 'string' && flag.choices === undefined))
    return `Write ${spelled(name)}.`;
  return `Choose ${wanted(flag)}.`;
}

function wanted(flag: Exclude<Flag, { kind: 'texts' }>): string {
  switch (flag.kind) {
    case 'string':
      return `${flag.choices?.slice(0, -1).join(', ')} or ${flag.choices?.at(-1)}`;
    case 'boolean':
      return 'true or false';
    case 'integer':
      return `a whole number ${rangeOf(flag)}${flag.orWord === undefined ? '' : `, or ${flag.orWord}`}`;
    case 'number':
      return `a number above ${flag.above}, at most ${flag.maximum}`;
    case 'list':
      return `up to ${flag.longest} whole numbers ${rangeOf(flag)} with commas between`;
  }
}

function rangeOf({ minimum = 1, maximum }: Range): string {
  return `from ${counted(minimum)} to ${counted(maximum)}`;
}

/** A number as people read it: `10,000,000`. */
export function counted(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** What the person wrote: numbers and flags bare, other words in quotes on one line, long ones cut. */
export function shown(text: string): string {
  if ((DECIMAL.test(text) || /^--?\w[\w=.-]*$/.test(text)) && text.length <= 40) return text;
  return JSON.stringify(text.length <= 80 ? text : `${text.slice(0, 79)}…`);
}
