import { expect, it } from 'vitest';
import { differences } from './differences';

it('names what changed and nothing else', () => {
  expect(differences({ role: 'viewer', name: 'Admin' }, { role: 'admin', name: 'Admin' })).toEqual([
    'role: viewer → admin',
  ]);
  expect(differences(null, { mail: 'a@example.org' })).toEqual(['mail: a@example.org']);
  expect(differences({ mail: 'a@example.org' }, null)).toEqual(['mail: a@example.org → –']);
  expect(differences('odd', [1])).toEqual([]);
});
