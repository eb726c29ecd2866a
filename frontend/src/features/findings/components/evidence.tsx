import { Badge, Group, Stack, Text, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { CvssWords } from '../../../components/ui/cvss';
import { Markdown } from '../../../components/ui/markdown';
import { References } from '../../../components/ui/references';
import { KevBadge, SeverityBadge } from '../../../components/ui/severity';
import { Ago } from '../../../components/ui/time';
import { m } from '../../../lib/messages';
import { percent } from '../../../lib/numbers';
import type { FindingDetail } from '../api/findings';
import { DecisionPanel } from './decision-panel';
import { DependencyPath } from './dependency-path';
import { History } from './history';
import { RangeLine } from './range-line';
import { Section } from './section';
import { StatementCard } from './statement';
import { UpgradeAdvice } from './upgrade-advice';

const e = m.evidence;

/** All that is known of one finding, the reason first. */
export function Evidence({ f }: { f: FindingDetail }) {
  const reason = f.statements.find((s) => s.confidence === 'confirmed') ?? f.statements[0];
  const urls = [...f.references, ...f.statements.flatMap((s) => s.references)].map((r) => r.url);
  return (
    <Stack gap="lg">
      <Head f={f} />
      {reason && (
        <section className="tw-why">
          <Title order={3} size="sm" mb={4}>
            {e.why}
          </Title>
          <Text size="sm" className="tw-wrap">
            {reason.evidence.words}
          </Text>
          <RangeLine range={reason.evidence.range} version={reason.evidence.version} />
        </section>
      )}
      <DecisionPanel key={f.id} f={f} />
      <Section title={e.ends}>
        <UpgradeAdvice f={f} />
      </Section>
      {f.paths.length > 0 && (
        <Section title={e.path}>
          <DependencyPath f={f} />
        </Section>
      )}
      <Section title={e.danger}>
        <Text size="sm">{f.kev ? e.kev(f.kev_due) : e.noKev}.</Text>
        <Text size="sm" mb="sm">
          {f.epss === undefined ? e.noEpss : e.epss(percent(f.epss))}
          {f.epss_percentile !== undefined && `, ${e.percentile(percent(f.epss_percentile))}`}.
        </Text>
        {f.cvss_vector && <CvssWords vector={f.cvss_vector} source={f.severity_source} />}
      </Section>
      <Section title={e.sources}>
        <Stack gap="sm">
          {f.statements.map((s) => (
            <StatementCard key={`${s.feed} ${s.advisory}`} s={s} />
          ))}
        </Stack>
      </Section>
      {f.other_releases.length > 0 && (
        <Section title={e.others}>
          <Group gap="md" fz="sm">
            {f.other_releases.map((r) => (
              <Link
                key={r.finding_id}
                className="tw-link"
                to="/releases/$releaseId"
                params={{ releaseId: r.release_id }}
                search={{ finding: r.finding_id }}
              >
                {r.product_name} {r.version}
              </Link>
            ))}
          </Group>
        </Section>
      )}
      {f.details && (
        <Section title={e.description}>
          <Markdown source={f.details} />
        </Section>
      )}
      {urls.length > 0 && (
        <Section title={e.references}>
          <References urls={urls} />
        </Section>
      )}
      {f.events.length > 0 && (
        <Section title={e.history}>
          <History f={f} />
        </Section>
      )}
    </Stack>
  );
}

function Head({ f }: { f: FindingDetail }) {
  return (
    <div>
      <Group gap="sm">
        <Title order={2} size="h1">
          <Link className="tw-link" to="/vulnerabilities/$name" params={{ name: f.vulnerability.name }}>
            {f.vulnerability.name}
          </Link>
        </Title>
        <SeverityBadge severity={f.severity} score={f.score} />
        {f.kev && <KevBadge due={f.kev_due} />}
        {f.vulnerability.kind === 'malware' && <Badge color="red.9">{m.findings.malware}</Badge>}
      </Group>
      {f.vulnerability.summary && <Text mt={4}>{f.vulnerability.summary}</Text>}
      <Text size="sm" c="dimmed" mt={4} className="tw-wrap">
        {e.in} <b>{f.component.name}</b> {f.component.version},{' '}
        <Link className="tw-link tw-inline" to="/releases/$releaseId" params={{ releaseId: f.release_id }}>
          {f.product_name} {f.release_version}
        </Link>
        , {e.seen} <Ago at={f.first_seen} />
      </Text>
      {f.component.purl && (
        <Text size="xs" c="dimmed" className="tw-mono">
          {f.component.purl}
        </Text>
      )}
      {(f.aliases.length > 0 || f.cwes.length > 0) && (
        <Group gap={6} mt={8}>
          {[...f.aliases, ...f.cwes].map((x) => (
            <Badge key={x} variant="default">
              {x}
            </Badge>
          ))}
        </Group>
      )}
    </div>
  );
}
