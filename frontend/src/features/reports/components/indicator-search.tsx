import { Button, Group, Stack, Text, TextInput, Title } from '@mantine/core';
import { IconFingerprint } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Empty, notYet } from '../../../components/ui/states';
import type { Schemas } from '../../../lib/api/client';
import { m } from '../../../lib/messages';
import { hitsQuery } from '../api/reports';
import { ReportLine } from './brief';
import { TouchedComponents } from './touched';

const t = m.indicators;

/** Who names a hash, host, address or other trace. */
export function IndicatorSearch({ value, look }: { value: string; look: (value: string) => void }) {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  const query = useQuery(hitsQuery(value));
  return (
    <Stack gap="lg">
      <form
        onSubmit={(e) => {
          e.preventDefault();
          look(typed.trim());
        }}
      >
        <Group align="flex-end" gap="sm" wrap="nowrap">
          <TextInput
            label={t.search}
            data-search
            value={typed}
            maxLength={4096}
            onChange={(e) => setTyped(e.currentTarget.value)}
            style={{ flex: 1 }}
            maw={620}
          />
          <Button type="submit">{t.look}</Button>
        </Group>
        <Text size="xs" c="dimmed" mt={4}>
          {t.searchHelp}
        </Text>
      </form>
      {value === '' ? (
        <div className="tw-panel">
          <Empty title={t.ask} icon={<IconFingerprint size={30} />}>
            {t.askHelp}
          </Empty>
        </div>
      ) : (
        (notYet(query, 4) ?? (query.data && <Hits hits={query.data} />))
      )}
    </Stack>
  );
}

function Hits({ hits: h }: { hits: Schemas['IndicatorHits'] }) {
  return (
    <>
      <section>
        <Title order={2}>
          {h.components.length === 0 ? t.componentsNone : t.components(h.components.length)}
        </Title>
        <Text size="sm" c="dimmed" mb={8}>
          {t.readAs(h.read_as.map((k) => t.kinds[k] ?? k).join(', '))}
        </Text>
        {h.components.length > 0 && <TouchedComponents list={h.components} />}
      </section>
      <section>
        <Title order={2} mb={8}>
          {h.reports.length === 0 ? t.reportsNone : t.reports(h.reports.length)}
        </Title>
        <div className="tw-panel">
          {h.reports.length === 0 ? (
            <Text size="sm" p="md">
              {t.reportsNoneHelp}
            </Text>
          ) : (
            <Stack component="ul" gap={0} m={0} p={0} style={{ listStyle: 'none' }}>
              {h.reports.map((r) => (
                <ReportLine key={r.report.id} r={r.report}>
                  {r.value && (
                    <Text size="xs" className="tw-wrap">
                      {r.type} {t.asIs(r.value)} {r.role}
                    </Text>
                  )}
                </ReportLine>
              ))}
            </Stack>
          )}
        </div>
      </section>
    </>
  );
}
