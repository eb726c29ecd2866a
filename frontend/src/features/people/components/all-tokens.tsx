import { Button, Group, SegmentedControl, Stack, Table, Text, VisuallyHidden } from '@mantine/core';
import { IconKey } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Confirm } from '../../../components/ui/confirm';
import { PageHead } from '../../../components/ui/page';
import { Empty, More, notYet } from '../../../components/ui/states';
import { Ago } from '../../../components/ui/time';
import { m } from '../../../lib/messages';
import { a } from '../../../lib/messages-account';
import { flatten } from '../../../lib/paging';
import { allTokensQuery, type OwnedToken, useRevokeAny } from '../api/tokens';

const t = m.allTokens;

/** Every API token: whose, what it may, when it was last used, and a way to end it. */
export function AllTokens() {
  const [state, setState] = useState<'live' | 'all'>('live');
  const [revoking, setRevoking] = useState<OwnedToken>();
  const query = useInfiniteQuery(allTokensQuery(state));
  const revoke = useRevokeAny();
  const tokens = flatten(query.data);
  const close = () => {
    setRevoking(undefined);
    revoke.reset();
  };
  return (
    <Stack gap="md">
      <PageHead title={t.title} sub={t.help} />
      <div className="tw-panel">
        <Group p="sm">
          <SegmentedControl
            aria-label={t.which}
            size="xs"
            value={state}
            onChange={(v) => setState(v === 'all' ? 'all' : 'live')}
            data={[
              { value: 'live', label: t.live },
              { value: 'all', label: t.all },
            ]}
          />
        </Group>
        {notYet(query) ??
          (tokens.length === 0 ? (
            <Empty title={t.none} icon={<IconKey size={30} />}>
              {t.noneHelp}
            </Empty>
          ) : (
            <div className="tw-scroll">
              <Table className="tw-table" miw={760}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{a.tokens.name}</Table.Th>
                    <Table.Th>{t.owner}</Table.Th>
                    <Table.Th>{a.tokens.scopes}</Table.Th>
                    <Table.Th>{a.tokens.used}</Table.Th>
                    <Table.Th>{a.tokens.ends}</Table.Th>
                    <Table.Th>
                      <VisuallyHidden>{a.tokens.revoke}</VisuallyHidden>
                    </Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {tokens.map((token) => (
                    <Row key={token.id} token={token} revoke={() => setRevoking(token)} />
                  ))}
                </Table.Tbody>
              </Table>
            </div>
          ))}
        <More query={query} />
      </div>
      {revoking && (
        <Confirm
          title={t.revokeTitle(revoking.name)}
          help={t.revokeHelp(revoking.owner.name)}
          action={a.tokens.revoke}
          error={revoke.error}
          busy={revoke.isPending}
          onConfirm={() => revoke.mutate(revoking.id, { onSuccess: close })}
          onClose={close}
        />
      )}
    </Stack>
  );
}

function Row({ token: k, revoke }: { token: OwnedToken; revoke: () => void }) {
  const ended = new Date(k.expires_at).getTime() <= Date.now();
  return (
    <Table.Tr>
      <Table.Td maw={240} className="tw-wrap">
        <b>{k.name}</b>
        <Text size="xs" c="dimmed" className="tw-mono">
          …{k.hint}
        </Text>
      </Table.Td>
      <Table.Td maw={220} className="tw-wrap">
        {k.owner.name}
        <Text size="xs" c="dimmed" className="tw-wrap">
          {k.owner.mail}
        </Text>
      </Table.Td>
      <Table.Td maw={240}>
        {k.scopes.map((s) => a.tokens.scopeNames[s as keyof typeof a.tokens.scopeNames]).join(', ')}
        {k.product_ids && (
          <Text size="xs" c="dimmed">
            {t.limited(k.product_ids.length)}
          </Text>
        )}
      </Table.Td>
      <Table.Td>{k.last_used_at ? <Ago at={k.last_used_at} /> : a.tokens.never}</Table.Td>
      <Table.Td>
        {k.revoked_at ? a.tokens.revoked : ended ? a.tokens.expired : <Ago at={k.expires_at} />}
      </Table.Td>
      <Table.Td>
        {!k.revoked_at && !ended && (
          <Button
            size="compact-sm"
            variant="default"
            onClick={revoke}
            aria-label={t.revokeFor(k.name, k.owner.name)}
          >
            {a.tokens.revoke}
          </Button>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
