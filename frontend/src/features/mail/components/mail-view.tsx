import { SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Figure, PageHead } from '../../../components/ui/page';
import { notYet } from '../../../components/ui/states';
import { m } from '../../../lib/messages';
import { mailQuery } from '../api/mail';
import { LetterTable } from './letter-table';
import { TestMail } from './test-mail';

const t = m.mail;

/** How mail goes out, a way to try it, and the newest letters. `address` is where a test letter goes. */
export function MailView({ address }: { address: string }) {
  const query = useQuery(mailQuery);
  const s = query.data;
  return (
    <Stack gap="lg">
      <PageHead title={t.title} sub={t.help} />
      <Stack component="section" className="tw-panel" p="md" gap="sm" aria-label={t.state}>
        <Title order={2}>{t.state}</Title>
        {!s && notYet(query, 2)}
        {s?.backend === 'none' && (
          <>
            <Text size="sm" fw={600}>
              {t.backends.none}
            </Text>
            <Text size="sm" maw={760}>
              {t.noneHelp}
            </Text>
          </>
        )}
        {s && s.backend !== 'none' && (
          <>
            <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="md" verticalSpacing="xs" className="tw-wrap">
              <Figure label={t.backend}>{t.backends[s.backend]}</Figure>
              <Figure label={t.from}>{s.from}</Figure>
              <Figure label={s.backend === 'ses' ? t.region : t.server}>{s.server}</Figure>
            </SimpleGrid>
            <TestMail address={address} />
          </>
        )}
      </Stack>
      <LetterTable />
    </Stack>
  );
}
