import { describe, expect, it } from 'vitest';
import { overEnglish } from '../messages';
import * as german from './de';
import * as english from './en';
import { lacking, missing, surplus } from './whole';

type Sentence = (...given: unknown[]) => unknown;

function sentences(words: unknown, path = ''): [string, Sentence][] {
  if (typeof words === 'function') return [[path, words as Sentence]];
  if (typeof words !== 'object' || words === null) return [];
  return Object.entries(words).flatMap(([key, w]) => sentences(w, path ? `${path}.${key}` : key));
}

describe('the German catalogue', () => {
  it('says all that the English one says', () => expect(missing).toEqual([]));
  it('says nothing besides', () => expect(surplus).toEqual([]));

  const inGerman = new Map(sentences(german));
  const both = sentences(english).flatMap(([path, en]): [string, Sentence, Sentence][] => {
    const de = inGerman.get(path);
    return de ? [[path, en, de]] : [];
  });
  it('takes the same things to fill in', () => {
    const other = both.filter(([, en, de]) => en.length !== de.length).map(([path]) => path);
    expect(other).toEqual([]);
  });
  it('says something whole whatever is filled in', () => {
    const poor = both.flatMap(([path, en, de]) =>
      [0, 1, 2, 12_345].flatMap((n) =>
        [en, de]
          .map((sentence) => sentence(...Array.from({ length: Math.max(sentence.length, 1) }, () => n)))
          .filter((text) => /undefined|NaN|\[object/.test(String(text)))
          .map((text) => `${path}(${n}): ${text}`),
      ),
    );
    expect(poor).toEqual([]);
  });
  it('fills in what English fills in', () => {
    const lost = both.filter(([, en, de]) => {
      const given = Array.from({ length: en.length }, (_, i) => 7001 + i);
      const shown = (words: unknown) =>
        given.map((n) =>
          String(words)
            .replace(/[.,\s\u00a0\u202f]/g, '')
            .includes(String(n)),
        );
      return shown(en(...given)).join() !== shown(de(...given)).join();
    });
    expect(lost.map(([path]) => path)).toEqual([]);
  });
});

describe('a catalogue with holes', () => {
  const en = { a: 'one', b: { c: (n: number) => `${n} things`, d: 'two' } };
  it('names them', () => {
    expect(lacking(en, { a: 'eins', b: { c: 'drei' } })).toEqual(['b.c', 'b.d']);
    expect(lacking({ a: 'eins', z: 'zwei' }, en)).toEqual(['z']);
  });
  it('is filled with English', () => {
    const words = overEnglish(en, { a: 'eins' });
    expect([words.a, words.b.c(2), words.b.d]).toEqual(['eins', '2 things', 'two']);
  });
});
