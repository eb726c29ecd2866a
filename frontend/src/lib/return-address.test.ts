import { expect, it } from 'vitest';
import { returnAddress } from './return-address';

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
