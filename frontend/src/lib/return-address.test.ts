import { expect, it } from 'vitest';
import { returnAddress, takeStep } from './return-address';

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

it('takes the second step out of the address, once', () => {
  history.replaceState(null, '', '/sign-in?to=%2Ffindings#second=code%2Cpasskey%2Ctelex&step=abc');
  expect(takeStep()).toEqual({ step: 'abc', second: ['code', 'passkey'] });
  expect(location.href).toMatch(/\/sign-in\?to=%2Ffindings$/);
  expect(takeStep()).toBeUndefined();
});
