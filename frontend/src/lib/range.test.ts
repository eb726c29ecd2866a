import { expect, it } from 'vitest';
import { readRange } from './range';

it.each([
  ['>= 2.13.0, < 2.15.0', { low: '2.13.0', lowIncluded: true, high: '2.15.0', highIncluded: false }],
  ['< 1:2.3~rc1-4+deb11u2', { low: '', lowIncluded: true, high: '1:2.3~rc1-4+deb11u2', highIncluded: false }],
  ['> 1.0, <= 2.0', { low: '1.0', lowIncluded: false, high: '2.0', highIncluded: true }],
  ['>= 0', { low: '0', lowIncluded: true, high: '', highIncluded: false }],
])('reads %s', (range, stretch) => {
  expect(readRange(range)).toEqual(stretch);
});

it.each(['', '1.2.3', '1.0, 1.1', '>= 1, >= 2', '< 1 or >= 2, < 3', 'all versions'])(
  'leaves %j as it stands',
  (range) => {
    expect(readRange(range)).toBeUndefined();
  },
);
