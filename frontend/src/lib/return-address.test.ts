import { expect, it } from 'vitest';
import { returnAddress, stepOf } from './return-address';

it('leads back within the page, and nowhere else', () => {
  expect(returnAddress('/releases/3?tab=upgrades')).toBe('/releases/3?tab=upgrades');
  for (const to of [
    undefined,
    '',
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    '/sign-in?to=/x',
    'javascript:alert(1)',
  ]) {
    expect(returnAddress(to)).toBe('/products');
  }
});

it('reads the second step that is left', () => {
  expect(stepOf('#second=code%2Cpasskey%2Ctelex&step=abc')).toEqual({
    step: 'abc',
    second: ['code', 'passkey'],
  });
  expect(stepOf('')).toBeUndefined();
  expect(stepOf('#second=code')).toBeUndefined();
});
