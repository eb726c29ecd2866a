import { Button, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { PageHead } from '../../../components/ui/page';
import { ProblemAlert } from '../../../components/ui/problem';
import { m } from '../../../lib/messages';
import { useLoadSample } from '../api/sample';

const t = m.welcome;

/** Leads a new installation to its first answer: feeds, first SBOM or the sample, people. */
export function FirstSteps({ keyless }: { keyless: string[] | undefined }) {
  const sample = useLoadSample();
  return (
    <Stack gap="lg">
      <PageHead title={t.title} sub={t.help} />
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
        <Step title={t.feeds} help={t.feedsHelp}>
          {keyless && (
            <Text size="sm">{keyless.length > 0 ? t.feedsMissing(keyless.join(', ')) : t.feedsDone}</Text>
          )}
          <Button component={Link} to="/intel/feeds">
            {t.feedsGo}
          </Button>
        </Step>
        <Step title={t.product} help={t.productHelp}>
          <Button component={Link} to="/products">
            {t.productGo}
          </Button>
        </Step>
        <Step title={t.sample} help={t.sampleHelp}>
          {sample.error && <ProblemAlert error={sample.error} />}
          {sample.data?.sbom.release_id ? (
            <Link
              className="tw-link tw-inline"
              to="/releases/$releaseId"
              params={{ releaseId: sample.data.sbom.release_id }}
            >
              {t.sampleOpen}
            </Link>
          ) : (
            <Button variant="default" loading={sample.isPending} onClick={() => sample.mutate()}>
              {t.sampleGo}
            </Button>
          )}
        </Step>
        <Step title={t.people} help={t.peopleHelp}>
          <Button component={Link} to="/people" variant="default">
            {t.peopleGo}
          </Button>
        </Step>
      </SimpleGrid>
    </Stack>
  );
}

function Step({ title, help, children }: { title: string; help: string; children: ReactNode }) {
  return (
    <Stack component="section" className="tw-panel" p="md" gap="sm" align="flex-start" aria-label={title}>
      <Title order={2}>{title}</Title>
      <Text size="sm" c="dimmed">
        {help}
      </Text>
      {children}
    </Stack>
  );
}
