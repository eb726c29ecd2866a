import { expect, it } from 'vitest';
import { between, exportAddress } from './api/audit';

it('counts the last day whole', () => {
  const { from, to } = between({ from: '2026-03-01', to: '2026-03-01' });
  expect(new Date(to ?? 0).getTime() - new Date(from ?? 0).getTime()).toBe(86_400_000);
  expect(between({ from: 'soon' })).toEqual({});
});

it('exports what the list shows', () => {
  expect(exportAddress({ action: 'session.' }, 'csv')).toBe(
    '/api/v1/audit/export?action=session.&format=csv',
  );
});
