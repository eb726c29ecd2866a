import { Table, Tooltip, UnstyledButton } from '@mantine/core';
import { IconChevronDown, IconChevronUp } from '@tabler/icons-react';
import { nextSort, type Sort } from '../search';
import { traits } from './columns';

/** A column's head: a button where the server can sort by it. */
export function SortHead({
  id,
  sort,
  resort,
  children,
}: {
  id: string;
  sort: Sort | undefined;
  resort: (sort: Sort | undefined) => void;
  children: string;
}) {
  const { sort: key, down = false, narrow, help } = traits[id] ?? {};
  const wide = narrow ? {} : ({ visibleFrom: 'sm' } as const);
  if (!key) return <Table.Th {...wide}>{children}</Table.Th>;
  const current = sort ?? '-score';
  const way = current === `-${key}` ? 'descending' : current === key ? 'ascending' : 'none';
  const button = (
    <UnstyledButton
      fz="inherit"
      fw="inherit"
      c={way === 'none' ? 'inherit' : 'var(--mantine-color-text)'}
      onClick={() => resort(nextSort(sort, key, down))}
    >
      {children}
      {way === 'ascending' && <IconChevronUp size={13} aria-hidden style={{ verticalAlign: -2 }} />}
      {way === 'descending' && <IconChevronDown size={13} aria-hidden style={{ verticalAlign: -2 }} />}
    </UnstyledButton>
  );
  return (
    <Table.Th {...wide} aria-sort={way}>
      {help ? <Tooltip label={help}>{button}</Tooltip> : button}
    </Table.Th>
  );
}
