import { useLocalStorage } from '@mantine/hooks';
import { type ColumnVisibilityState, useTable } from '@tanstack/react-table';
import type { Finding } from '../api/findings';
import { columns, features } from './columns';

const releaseColumns = columns.filter((c) => c.id !== 'release');

/** The table's model: the server sorts and filters, the browser remembers which columns are wanted. */
export function useFindingTable(findings: Finding[], portfolio: boolean) {
  const [columnVisibility, setColumnVisibility] = useLocalStorage<ColumnVisibilityState>({
    key: 'tw-finding-columns',
    defaultValue: {},
    getInitialValueInEffect: false,
  });
  return useTable({
    features,
    columns: portfolio ? columns : releaseColumns,
    data: findings,
    getRowId: (f) => String(f.id),
    state: { columnVisibility },
    onColumnVisibilityChange: (next) =>
      setColumnVisibility((old) => (typeof next === 'function' ? next(old) : next)),
  });
}

export type FindingTableModel = ReturnType<typeof useFindingTable>;
