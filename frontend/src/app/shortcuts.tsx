import { ActionIcon, Kbd, Modal, Table } from '@mantine/core';
import { useDisclosure, useHotkeys } from '@mantine/hooks';
import { IconKeyboard } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useRef } from 'react';
import { m } from '../lib/messages';
import { places } from './places';

const k = m.keyboard;

/** How long after g the next key still counts. */
const patience = 1500;

/** The shortcuts that hold on every page, and the list of all of them. */
export function Shortcuts() {
  const [opened, dialog] = useDisclosure(false);
  const navigate = useNavigate();
  const gAt = useRef(0);
  useHotkeys([
    // Where ? stands on the keyboard differs: with Shift on most, without on some.
    ['shift+?', dialog.toggle],
    ['?', dialog.toggle],
    ['/', () => document.querySelector<HTMLInputElement>('input[data-search]')?.focus()],
    [
      'g',
      () => {
        gAt.current = Date.now();
      },
    ],
    ...places.map(({ key, to }): [string, () => void] => [
      key,
      () => {
        if (Date.now() - gAt.current < patience) void navigate({ to });
        gAt.current = 0;
      },
    ]),
  ]);
  const list: [string[], string][] = [
    [['j'], k.next],
    [['k'], k.previous],
    [['Enter'], k.open],
    [['Esc'], k.close],
    [['/'], k.search],
    [['Ctrl', 'k'], m.search.title],
    ...places.map(({ key, label }): [string[], string] => [['g', key], k.go(label)]),
    [['?'], k.help],
  ];
  return (
    <>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        visibleFrom="sm"
        aria-label={m.shell.keyboard}
        onClick={dialog.open}
      >
        <IconKeyboard size={19} aria-hidden />
      </ActionIcon>
      <Modal
        opened={opened}
        onClose={dialog.close}
        title={m.shell.keyboard}
        size="sm"
        closeButtonProps={{ 'aria-label': m.common.close }}
      >
        <Table withRowBorders={false} verticalSpacing={5}>
          <Table.Tbody>
            {list.map(([pressed, what]) => (
              <Table.Tr key={what}>
                <Table.Td>{what}</Table.Td>
                <Table.Td ta="right">
                  {pressed.map((p) => (
                    <Kbd key={p} ml={4}>
                      {p}
                    </Kbd>
                  ))}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Modal>
    </>
  );
}
