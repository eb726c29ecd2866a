import { expect, it } from 'vitest';
import { parseComponentsView } from '../features/components/api/search';
import { parseProductsView } from '../features/products/search';
import { parseReleaseView } from './release-view';

it('a release opens on its findings; a tab that there is not is dropped', () => {
  expect(parseReleaseView({ tab: 'findings', kev: true })).toEqual({ kev: true });
  expect(parseReleaseView({ tab: 'upgrades' })).toEqual({ tab: 'upgrades' });
  expect(parseReleaseView({ tab: 'secrets' })).toEqual({});
});

it('products stand by name unless another order is asked for', () => {
  expect(parseProductsView({ q: 'shop', sort: 'name' })).toEqual({ q: 'shop' });
  expect(parseProductsView({ sort: '-created' })).toEqual({ sort: '-created' });
});

it('a version below which is asked for stays the text that it was', () => {
  expect(parseComponentsView({ name: 'log4j-core', below: 2 })).toEqual({ name: 'log4j-core', below: '2' });
  expect(parseComponentsView({ name: '' })).toEqual({});
});
