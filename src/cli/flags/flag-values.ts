// One flag's text → its value, or one sentence on what is wrong with it.
import { InputError } from '../../core/errors.js';
import { isOf, wanted } from '../../core/values.js';
import { type Flag, type FlagName, flagNamed, spelled } from './flags.js';

export type FlagValue = string | number | boolean | readonly number[] | readonly string[];

const TRUE = /^([Tt]rue|1)$/;
const FALSE = /^([Ff]alse|0)$/;
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Is this word a truth value, so that it may follow a boolean flag as the next word? */
export function isTruth(word: string): boolean {
  return TRUE.test(word) || FALSE.test(word);
}

/** The value of `text` for the flag. Throws an InputError naming the flag, the text and what is wanted. */
export function readFlagValue(name: FlagName, text: string): FlagValue {
  const flag = flagNamed(name);
  if (text.trim() === '') throw new InputError(`--${name} is empty. ${wantedSentence(name)}`);
  if (text === flag.orWord) return text;
  const value = parsed(flag, text);
  if (!isOf(flag, value)) throw new InputError(`--${name} is ${shown(text)}. ${wantedSentence(name)}`);
  return value;
}

function parsed({ kind }: Flag, text: string): FlagValue {
  switch (kind) {
    case 'string':
      return text;
    case 'texts':
      return [text];
    case 'boolean':
      return isTruth(text) ? TRUE.test(text) : text;
    case 'list':
      return text.split(',').map((part) => numberOf(part.trim()));
    default:
      return numberOf(text);
  }
}

function numberOf(text: string): number {
  return DECIMAL.test(text) ? Number(text) : Number.NaN;
}

/** What the flag takes, as an instruction: `Choose a whole number from 1 to 4,096.` */
export function wantedSentence(name: FlagName): string {
  const flag = flagNamed(name);
  if (flag.kind === 'texts' || (flag.kind === 'string' && flag.choices === undefined))
    return `Write ${spelled(name)}.`;
  const orWord = flag.orWord === undefined ? '' : `, or ${flag.orWord}`;
  return `Choose ${wanted(flag, 'with commas between')}${orWord}.`;
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
