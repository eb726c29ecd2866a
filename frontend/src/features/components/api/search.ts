import { infiniteQueryOptions } from '@tanstack/react-query';
import { api, type Schemas, unwrap } from '../../../lib/api/client';
import { keys } from '../../../lib/keys';
import { byCursor } from '../../../lib/paging';
import { given, type Raw, text } from '../../../lib/search';

export type Hit = Schemas['ComponentHit'];

/** A question to the portfolio, in the URL. */
export interface ComponentsView {
  name?: string | undefined;
  below?: string | undefined;
  ecosystem?: string | undefined;
}

export function parseComponentsView(raw: Raw): ComponentsView {
  return given({ name: text(raw, 'name'), below: text(raw, 'below'), ecosystem: text(raw, 'ecosystem') });
}

export const componentSearchQuery = (view: ComponentsView) =>
  infiniteQueryOptions({
    queryKey: [keys.components, 'search', view],
    queryFn: ({ pageParam, signal }) =>
      unwrap(api.GET('/api/v1/components', { signal, params: { query: { ...view, cursor: pageParam } } })),
    ...byCursor,
    enabled: Boolean(view.name),
  });
