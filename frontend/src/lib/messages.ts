import { type Language, language } from './language';
import type * as english from './messages/en';

/** The shape of the English words: every text any text, every sentence with the same things to fill in. */
export type Words<T> = T extends string
  ? string
  : T extends (...given: infer G) => string
    ? (...given: G) => string
    : { readonly [K in keyof T]: Words<T[K]> };

/** A translation: what it lacks is said in English. */
export type Translation<T> = T extends string
  ? string
  : T extends (...given: infer G) => string
    ? (...given: G) => string
    : { readonly [K in keyof T]?: Translation<T[K]> };

/** The words of the page's language; there once loadMessages has ended, which is before any page is loaded. */
export let m: Words<typeof english.m>;
/** Those about people and access. */
export let a: Words<typeof english.a>;
/** Those about second factors, single sign-on and proofs. */
export let f: Words<typeof english.f>;
/** Why a component could not be judged, or a match is only possible. */
export let reasons: Record<string, string>;

type Tree = { readonly [key: string]: unknown };

/** The translation, and English where it says nothing. */
export function overEnglish<T>(en: T, translated: unknown): Words<T> {
  if (typeof en !== 'object' || en === null) return (translated ?? en) as Words<T>;
  const over = (translated ?? {}) as Tree;
  return Object.fromEntries(
    Object.entries(en).map(([key, words]) => [key, overEnglish(words, over[key])]),
  ) as Words<T>;
}

/** Loads the words of one language. English comes along only while German has holes (see vite.config.ts). */
export async function loadMessages(chosen: Language = language) {
  if (chosen === 'en') {
    ({ m, a, f, reasons } = await import('./messages/en'));
    return;
  }
  const german = await import('./messages/de');
  if (__GERMAN_IS_WHOLE__) {
    ({ m, a, f, reasons } = german as unknown as typeof english);
    return;
  }
  const en = await import('./messages/en');
  m = overEnglish(en.m, german.m);
  a = overEnglish(en.a, german.a);
  f = overEnglish(en.f, german.f);
  reasons = overEnglish(en.reasons, german.reasons);
}
