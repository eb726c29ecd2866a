/** Search params come from a link that anyone may have typed: what does not fit is dropped, never an error. */
export type Raw = Record<string, unknown>;

/** A text; numbers count as text, for "?below=2" arrives as one. Empty is absent. */
export function text(raw: Raw, key: string): string | undefined {
  const v = raw[key];
  if (typeof v === 'number') return String(v);
  return typeof v === 'string' && v.trim() !== '' ? v : undefined;
}

export function flag(raw: Raw, key: string): true | undefined {
  return raw[key] === true || raw[key] === 'true' ? true : undefined;
}

export function oneOf<T extends string>(raw: Raw, key: string, known: readonly T[]): T | undefined {
  return known.find((k) => k === raw[key]);
}

/** A positive whole number. */
export function id(raw: Raw, key: string): number | undefined {
  const n = Number(raw[key]);
  return Number.isSafeInteger(n) && n > 0 ? n : undefined;
}

/** Only what is given, so that defaults never stand in the address. */
export function given<T extends object>(view: T): T {
  return Object.fromEntries(Object.entries(view).filter(([, v]) => v !== undefined)) as T;
}
