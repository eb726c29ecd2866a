import { Alert, Anchor, Breadcrumbs, Drawer, Group, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { KevBadge, SeverityBadge } from '../../components/ui/severity';
import { Ago, Loading, ProblemAlert } from '../../components/ui/states';
import type { Schemas } from '../../lib/api/client';
import { percent } from '../../lib/format';
import { messages } from '../../lib/messages';
import { findingQuery } from '../../lib/queries';
import { CvssTable } from './cvss-table';
import { History } from './history';
import { StatementCard } from './statement';

type Detail = Schemas['FindingDetail'];

/** All that is known of one finding, the reason first. */
export function EvidenceDrawer({
  id,
  close,
  show,
}: {
  id: number;
  close: () => void;
  show: (id: number) => void;
}) {
  const query = useQuery(findingQuery(id));
  return (
    <Drawer
      opened
      onClose={close}
      position="right"
      size="xl"
      title={query.data ? <Heading f={query.data} /> : 'Finding'}
      closeButtonProps={{ 'aria-label': 'Close' }}
      transitionProps={{ duration: 120 }}
    >
      {query.isError ? (
        <ProblemAlert error={query.error} retry={() => void query.refetch()} />
      ) : query.isPending ? (
        <Loading rows={8} />
      ) : (
        <Body f={query.data} show={show} />
      )}
    </Drawer>
  );
}

function Heading({ f }: { f: Detail }) {
  return (
    <Group gap="sm">
      <Title order={2}>{f.vulnerability.name}</Title>
      <SeverityBadge severity={f.severity} score={f.score} />
      {f.kev && <KevBadge due={f.kev_due} />}
    </Group>
  );
}

function Body({ f, show }: { f: Detail; show: (id: number) => void }) {
  const confirmed = f.statements.filter((s) => s.confidence === 'confirmed');
  const first = confirmed[0] ?? f.statements[0];
  return (
    <Stack gap="lg">
      <Stack gap={4}>
        {f.vulnerability.summary && <Text>{f.vulnerability.summary}</Text>}
        <Text size="sm" c="dimmed">
          in <b>{f.component.name}</b> {f.component.version}, {f.product_name} {f.release_version}
        </Text>
        {f.component.purl && <Text className="tw-mono">{f.component.purl}</Text>}
      </Stack>

      {first && (
        <Alert variant="light" color="petrol" title="Why this is a finding" radius="md">
          <Text size="sm">{first.evidence.words}</Text>
        </Alert>
      )}

      <Section title="What ends it">
        {f.fixed_version ? (
          <Text size="sm">
            Upgrade {f.component.name} to <b>{f.fixed_version}</b> or later.
            {f.component_upgrade && f.component_upgrade !== f.fixed_version && (
              <>
                {' '}
                <b>{f.component_upgrade}</b> {messages.upgradeAll}.
              </>
            )}
          </Text>
        ) : (
          <Text size="sm">No version is known that ends this finding.</Text>
        )}
      </Section>

      {f.paths.length > 0 && (
        <Section title="How it gets in">
          {f.paths.map((path) => (
            <Breadcrumbs
              key={path.map((s) => s.name).join('>')}
              separator="›"
              separatorMargin={6}
              style={{ flexWrap: 'wrap' }}
            >
              <Text size="sm" c="dimmed">
                {f.product_name}
              </Text>
              {path.map((s) => (
                <Text size="sm" key={`${s.name}@${s.version}`}>
                  {s.name} <span className="tw-mono">{s.version}</span>
                </Text>
              ))}
            </Breadcrumbs>
          ))}
        </Section>
      )}

      <Section title="How likely, how bad">
        <Text size="sm">
          {f.epss === undefined
            ? 'No EPSS score.'
            : `EPSS: ${percent(f.epss)} likely to be exploited within 30 days${
                f.epss_percentile === undefined ? '' : `, above ${percent(f.epss_percentile)} of all CVEs`
              }.`}{' '}
          {f.kev
            ? `Known to be exploited (CISA KEV)${f.kev_due ? `, due ${f.kev_due}` : ''}.`
            : 'Not on CISA’s list of exploited vulnerabilities.'}
        </Text>
        {f.cvss_vector && <CvssTable vector={f.cvss_vector} source={f.severity_source} />}
      </Section>

      <Section title="What each source says">
        <Stack gap="sm">
          {f.statements.map((s) => (
            <StatementCard key={`${s.feed} ${s.advisory}`} s={s} />
          ))}
        </Stack>
      </Section>

      {f.other_releases.length > 0 && (
        <Section title="Also in">
          <Group gap="sm">
            {f.other_releases.map((r) => (
              <Link
                key={r.release_id}
                className="tw-link"
                to="/releases/$releaseId"
                params={{ releaseId: r.release_id }}
              >
                {r.product_name} {r.version}
              </Link>
            ))}
          </Group>
        </Section>
      )}

      <History f={f} show={show} />

      <Group gap="md">
        <Link className="tw-link" to="/vulnerabilities/$name" params={{ name: f.vulnerability.name }}>
          All about {f.vulnerability.name}
        </Link>
        {f.references.slice(0, 6).map((r) => (
          <Anchor key={r.url} href={r.url} target="_blank" rel="noreferrer" size="sm">
            {host(r.url)}
          </Anchor>
        ))}
        <Text size="sm" c="dimmed">
          first seen <Ago at={f.first_seen} />
        </Text>
      </Group>
    </Stack>
  );
}

function Section({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <section>
      <Title order={3} mb={6}>
        {title}
      </Title>
      {children}
    </section>
  );
}

function host(url: string) {
  try {
    return new URL(url).host;
  } catch {
    return url;
  }
}
