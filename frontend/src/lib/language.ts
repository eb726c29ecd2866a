/** The languages that the page speaks, each by its own name. */
export const languages = { en: 'English', de: 'Deutsch' } as const;
export type Language = keyof typeof languages;

const key = 'threatwerk-language';

function known(word: string | null | undefined): Language | undefined {
  const plain = word?.toLowerCase().split('-')[0];
  return (Object.keys(languages) as Language[]).find((l) => l === plain);
}

/** The kept choice, else the first of the browser's languages that the page speaks, else English. */
export function chooseLanguage(kept: string | null, wanted: readonly string[]): Language {
  return known(kept) ?? wanted.map(known).find((l) => l !== undefined) ?? 'en';
}

/** How numbers and times are written: as the browser has it for this language ("en-GB"), else the language's own way. */
export function chooseLocale(of: Language, wanted: readonly string[]): string {
  return wanted.find((w) => known(w) === of) ?? of;
}

function kept(): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // Storage is closed to the page: the browser's languages it is.
  }
}

const wanted = typeof navigator === 'undefined' ? [] : (navigator.languages ?? []);

/** The language of this page, from its first line to its last: another one is a page loaded anew. */
export const language = chooseLanguage(kept(), wanted);
export const locale = chooseLocale(language, wanted);

/** Keeps the choice and loads the page again in it. */
export function speak(chosen: Language) {
  try {
    localStorage.setItem(key, chosen);
  } catch {
    // Nothing can be kept: the page stays in the browser's language.
  }
  location.reload();
}
