import { Table } from '@mantine/core';
import type { Virtualizer } from '@tanstack/react-virtual';
import type { Ref } from 'react';
import { m } from '../../../lib/messages';
import type { Sort } from '../search';
import { traits } from './columns';
import { SortHead } from './sort-head';
import type { FindingTableModel } from './use-finding-table';

/** The findings in sight. Rows above and below stand as two empty rows of their height. */
export function FindingTable({
  table,
  rows,
  bodyRef,
  chosen,
  choose,
  sort,
  resort,
}: {
  table: FindingTableModel;
  rows: Virtualizer<Window, HTMLTableRowElement>;
  bodyRef: Ref<HTMLDivElement>;
  chosen: number | undefined;
  choose: (id: number) => void;
  sort: Sort | undefined;
  resort: (sort: Sort | undefined) => void;
}) {
  const all = table.getRowModel().rows;
  const seen = rows.getVirtualItems();
  const above = (seen[0]?.start ?? 0) - rows.options.scrollMargin;
  const below = rows.getTotalSize() + rows.options.scrollMargin - (seen.at(-1)?.end ?? 0);
  const span = table.getVisibleLeafColumns().length;
  return (
    <div ref={bodyRef} className="tw-scroll tw-rows-scroll">
      <Table
        className="tw-table tw-rows"
        miw={{ base: 0, sm: 300 + 90 * span }}
        aria-label={m.findings.table}
        aria-rowcount={all.length + 1}
      >
        <Table.Thead>
          {table.getHeaderGroups().map((group) => (
            <Table.Tr key={group.id}>
              {group.headers.map((h) => (
                <SortHead key={h.id} id={h.column.id} sort={sort} resort={resort}>
                  {String(h.column.columnDef.header)}
                </SortHead>
              ))}
            </Table.Tr>
          ))}
        </Table.Thead>
        <Table.Tbody>
          {above > 0 && <Spacer height={above} span={span} />}
          {seen.map((item) => {
            const row = all[item.index];
            if (!row) return null;
            const { id } = row.original;
            return (
              <Table.Tr
                key={row.id}
                ref={rows.measureElement}
                data-index={item.index}
                data-finding={id}
                data-chosen={id === chosen}
                aria-rowindex={item.index + 2}
                onClick={(e) => {
                  // Links within the row go where they say; a selection of text is not a click.
                  if (e.target instanceof Element && e.target.closest('a')) return;
                  if (!window.getSelection()?.toString()) choose(id);
                }}
              >
                {row.getVisibleCells().map((cell) => (
                  <Table.Td
                    key={cell.id}
                    maw={cell.column.id === 'vulnerability' ? 360 : 280}
                    {...(traits[cell.column.id]?.narrow ? {} : { visibleFrom: 'sm' })}
                  >
                    <table.FlexRender cell={cell} />
                  </Table.Td>
                ))}
              </Table.Tr>
            );
          })}
          {below > 0 && <Spacer height={below} span={span} />}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function Spacer({ height, span }: { height: number; span: number }) {
  return (
    <tr data-spacer aria-hidden>
      <td colSpan={span} style={{ height, padding: 0, border: 0 }} />
    </tr>
  );
}
