import { ActionIcon, Menu } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { IconArchive, IconDots, IconTrash } from '@tabler/icons-react';
import { Confirm } from '../../../components/ui/confirm';
import { useMayIn } from '../../../lib/me';
import { m } from '../../../lib/messages';
import { asProblem } from '../../../lib/problem';
import { type Release, useDeleteRelease, useSetActive } from '../api/releases';

export function ReleaseMenu({ release: r, onGone }: { release: Release; onGone: () => void }) {
  const [removing, remove] = useDisclosure(false);
  const active = useSetActive(r.id);
  const del = useDeleteRelease(r.id);
  const may = useMayIn(r.product_id, 'analyst');
  const toggle = () =>
    active.mutate(!r.active, {
      onSuccess: () =>
        notifications.show({
          message: r.active ? m.releases.markedInactive(r.version) : m.releases.markedActive(r.version),
        }),
      onError: (e) =>
        notifications.show({ color: 'red', title: m.problem.title, message: asProblem(e).message }),
    });
  if (!may) return null;
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="default" size={36} aria-label={m.common.actions} loading={active.isPending}>
            <IconDots size={16} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconArchive size={15} aria-hidden />} onClick={toggle}>
            {r.active ? m.releases.markInactive : m.releases.markActive}
          </Menu.Item>
          <Menu.Item
            color="var(--mantine-color-error)"
            leftSection={<IconTrash size={15} aria-hidden />}
            onClick={remove.open}
          >
            {m.common.remove}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {removing && (
        <Confirm
          title={m.releases.removeTitle(`${r.product_name} ${r.version}`)}
          help={m.releases.removeHelp}
          action={m.common.remove}
          error={del.error}
          busy={del.isPending}
          onClose={remove.close}
          onConfirm={() => del.mutate(undefined, { onSuccess: onGone })}
        />
      )}
    </>
  );
}
