import { Button, Group, Modal, Stack, Table, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconLock, IconLockOpen } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { notYet } from '../../../components/ui/states';
import { productAccessQuery, useMay } from '../../../lib/me';
import { m } from '../../../lib/messages';
import { a } from '../../../lib/messages-account';
import { AccessForm } from './access-form';

/** Who can see a product and why; admins change it. */
export function ProductAccessButton({ productId }: { productId: number }) {
  const [opened, dialog] = useDisclosure(false);
  const query = useQuery({ ...productAccessQuery(productId), enabled: opened });
  const admin = useMay('admin');
  const now = query.data;
  return (
    <>
      <Button
        size="xs"
        variant="default"
        leftSection={
          now?.restricted ? <IconLock size={14} aria-hidden /> : <IconLockOpen size={14} aria-hidden />
        }
        onClick={dialog.open}
      >
        {a.access.button}
      </Button>
      <Modal
        opened={opened}
        onClose={dialog.close}
        title={a.access.title}
        size="lg"
        closeButtonProps={{ 'aria-label': m.common.close }}
      >
        {now ? (
          <Stack gap="md">
            {admin ? (
              <AccessForm key={JSON.stringify([now.restricted, now.teams])} productId={productId} now={now} />
            ) : (
              <Group gap="xs">
                <Text size="sm">{now.restricted ? a.access.restricted : a.access.open}</Text>
              </Group>
            )}
            <Table className="tw-table">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{a.access.people}</Table.Th>
                  <Table.Th>{a.fields.role}</Table.Th>
                  <Table.Th>{m.common.columns.why}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {now.people.map((p) => (
                  <Table.Tr key={p.id}>
                    <Table.Td className="tw-wrap">{p.name}</Table.Td>
                    <Table.Td>{a.roles[p.role]}</Table.Td>
                    <Table.Td>{a.access.why(p.why, p.team)}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Stack>
        ) : (
          notYet(query, 3)
        )}
      </Modal>
    </>
  );
}
