import * as german from './de';
import * as english from './en';

type Tree = { readonly [key: string]: unknown };

function isTree(words: unknown): words is Tree {
  return typeof words === 'object' && words !== null;
}

/** The paths of the words that stand in one catalogue and not in the other, or are of another kind there. */
export function lacking(from: unknown, inside: unknown, path = ''): string[] {
  if (!isTree(from)) return typeof from === typeof inside ? [] : [path];
  if (!isTree(inside)) return [path];
  return Object.entries(from).flatMap(([key, words]) =>
    lacking(words, inside[key], path ? `${path}.${key}` : key),
  );
}

export const missing = lacking(english, german);
export const surplus = lacking(german, english);
export const whole = missing.length === 0;
