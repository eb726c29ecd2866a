import { Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Markdown } from '../../../components/ui/markdown';
import { PageHead } from '../../../components/ui/page';
import { References } from '../../../components/ui/references';
import { notYet } from '../../../components/ui/states';
import { Ago } from '../../../components/ui/time';
import { m } from '../../../lib/messages';
import { reportQuery } from '../api/reports';
import { ReportBadges } from './brief';
import { IndicatorTable } from './indicator-table';
import { Leads } from './leads';
import { ReportFacts } from './report-facts';
import { TouchedComponents } from './touched';

const t = m.reports;

/** One threat report: who, with what, and what of it is ours. */
export function ReportView({
  id,
  type,
  setType,
}: {
  id: number;
  type: string | undefined;
  setType: (type: string | undefined) => void;
}) {
  const query = useQuery(reportQuery(id));
  const r = query.data;
  if (!r) return notYet(query, 8);
  return (
    <Stack gap="lg">
      <PageHead
        crumbs={
          <Link className="tw-link" to="/intel/reports">
            {t.title}
          </Link>
        }
        title={r.name}
        badges={<ReportBadges r={r} />}
        sub={
          <>
            {t.by(r.author || r.feed)}, <Ago at={r.at} />
            {r.tlp && ` · ${t.tlp(r.tlp)}`}
          </>
        }
      />
      {(r.wanted || r.partial) && (
        <Text size="sm" className="tw-why">
          {r.wanted ? t.wanted : t.partial}
        </Text>
      )}
      <ReportFacts r={r} />
      <Leads list={r.leads} total={r.vulnerabilities} />
      {r.components.length > 0 && (
        <section>
          <Title order={2} mb={8}>
            {t.components}
          </Title>
          <TouchedComponents list={r.components} />
        </section>
      )}
      {r.description && (
        <section>
          <Title order={2} mb={8}>
            {t.description}
          </Title>
          <div style={{ maxWidth: 860 }}>
            <Markdown source={r.description} />
          </div>
        </section>
      )}
      <IndicatorTable r={r} type={type} setType={setType} />
      {r.references.length > 0 && (
        <section>
          <Title order={2} mb={8}>
            {t.references}
          </Title>
          <References urls={r.references} first={10} />
        </section>
      )}
    </Stack>
  );
}
