import { ActionIcon, Drawer, Group, Text } from '@mantine/core';
import { IconChevronDown, IconChevronUp } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { notYet } from '../../../components/ui/states';
import { m } from '../../../lib/messages';
import { findingQuery } from '../api/findings';
import { Evidence } from './evidence';

/** The evidence of one finding beside the list. The list stays in sight; j and k go on to the next. */
export function EvidenceDrawer({
  id,
  position,
  step,
  close,
}: {
  id: number;
  position: string | undefined;
  step: (by: number) => void;
  close: () => void;
}) {
  const query = useQuery({ ...findingQuery(id), placeholderData: keepPreviousData });
  return (
    <Drawer.Root opened onClose={close} position="right" size={720} returnFocus={false}>
      <Drawer.Overlay backgroundOpacity={0.18} />
      <Drawer.Content aria-label={query.data?.vulnerability.name ?? m.evidence.title}>
        <div className="tw-drawer-head">
          <Group gap={4}>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={m.keyboard.previous}
              onClick={() => step(-1)}
            >
              <IconChevronUp size={18} aria-hidden />
            </ActionIcon>
            <ActionIcon variant="subtle" color="gray" aria-label={m.keyboard.next} onClick={() => step(1)}>
              <IconChevronDown size={18} aria-hidden />
            </ActionIcon>
            {position && (
              <Text size="xs" c="dimmed" ml={4}>
                {position}
              </Text>
            )}
          </Group>
          <Drawer.CloseButton aria-label={m.common.close} />
        </div>
        <Drawer.Body pt="md" px={{ base: 'md', sm: 'lg' }} aria-busy={query.isPlaceholderData}>
          {notYet(query, 9) ?? (query.data && <Evidence f={query.data} />)}
        </Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}
