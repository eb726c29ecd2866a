import { describe, expect, it } from 'vitest';
import { chooseLanguage, chooseLocale } from './language';

describe('the language', () => {
  it.each([
    ['the kept one', 'de', ['en-US'], 'de'],
    ['the browser’s first that is spoken', null, ['fr-FR', 'de-AT', 'en'], 'de'],
    ['English for whoever wants none that is spoken', null, ['fr-FR'], 'en'],
    ['English where the browser says nothing', null, [], 'en'],
    ['not a kept word that is no language', 'xx', ['de'], 'de'],
  ])('is %s', (_, kept, wanted, chosen) => {
    expect(chooseLanguage(kept, wanted)).toBe(chosen);
  });
  it('writes numbers and times as the region does', () => {
    expect([
      chooseLocale('en', ['de-DE', 'en-GB']),
      chooseLocale('de', ['de-AT']),
      chooseLocale('de', ['en']),
    ]).toEqual(['en-GB', 'de-AT', 'de']);
  });
});
