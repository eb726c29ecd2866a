import { useDocumentTitle } from '@mantine/hooks';
import { m } from './messages';

/** Names the browser's tab after what is shown. */
export function useTitle(...parts: (string | undefined)[]) {
  useDocumentTitle([...parts.filter(Boolean), m.name].join(' · '));
}
