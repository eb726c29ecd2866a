import { Button, Checkbox, Popover, Stack } from '@mantine/core';
import { IconColumns3 } from '@tabler/icons-react';
import { m } from '../../../lib/messages';
import type { FindingTableModel } from './use-finding-table';

/** Which columns are shown; kept in this browser. */
export function ColumnMenu({ table }: { table: FindingTableModel }) {
  return (
    <Popover position="bottom-end" shadow="md">
      <Popover.Target>
        <Button
          variant="default"
          size="compact-sm"
          visibleFrom="sm"
          leftSection={<IconColumns3 size={15} aria-hidden />}
        >
          {m.findings.columns}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="xs">
          {table
            .getAllLeafColumns()
            .filter((c) => c.getCanHide())
            .map((c) => (
              <Checkbox
                key={c.id}
                size="xs"
                label={String(c.columnDef.header)}
                checked={c.getIsVisible()}
                onChange={(e) => c.toggleVisibility(e.currentTarget.checked)}
              />
            ))}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
