import { Group, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Figure } from '../../../components/ui/page';
import { notYet } from '../../../components/ui/states';
import { Ago } from '../../../components/ui/time';
import { m } from '../../../lib/messages';
import { count } from '../../../lib/numbers';
import { day } from '../../../lib/times';
import { type License, licenseQuery } from '../api/system';

const t = m.system;

const fill: Record<License['standing'], string> = {
  valid: 'good',
  evaluation: 'low',
  grace: 'high',
  over: 'critical',
};

/** Where the licence stands. */
export function LicensePanel() {
  const query = useQuery(licenseQuery);
  const l = query.data;
  return (
    <Stack component="section" className="tw-panel" p="md" gap="sm" aria-label={t.license}>
      <Group gap="sm">
        <Title order={2}>{t.license}</Title>
        {l && (
          <Text component="span" size="sm" fw={600}>
            <span
              className="tw-dot"
              style={{ background: `var(--tw-fill-${fill[l.standing]})`, marginRight: 7 }}
              aria-hidden
            />
            {t.standings[l.standing]}
          </Text>
        )}
      </Group>
      {l ? <Facts l={l} /> : notYet(query, 2)}
    </Stack>
  );
}

function Facts({ l }: { l: License }) {
  return (
    <>
      {l.warning && (
        <Text size="sm" className="tw-why tw-wrap">
          {l.warning}
        </Text>
      )}
      <SimpleGrid cols={{ base: 2, sm: 4 }} spacing="md" verticalSpacing="xs">
        <Figure label={t.customer}>{l.customer || t.modes[l.mode]}</Figure>
        <Figure label={t.seats}>{l.seats > 0 ? count(l.seats) : t.anySeats}</Figure>
        <Figure label={t.expires}>{l.expires ? day(l.expires) : t.never}</Figure>
        {l.grace_until && <Figure label={t.grace}>{day(l.grace_until)}</Figure>}
        {l.checked && (
          <Figure label={t.checked}>
            <Ago at={l.checked} />
          </Figure>
        )}
      </SimpleGrid>
    </>
  );
}
