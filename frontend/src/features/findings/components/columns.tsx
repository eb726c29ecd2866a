import { Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { columnVisibilityFeature, createColumnHelper, tableFeatures } from '@tanstack/react-table';
import { KevBadge, SeverityBadge } from '../../../components/ui/severity';
import { Ago } from '../../../components/ui/time';
import { m } from '../../../lib/messages';
import { percent } from '../../../lib/numbers';
import type { Finding } from '../api/findings';
import { ComponentCell, VulnerabilityCell } from './cells';

export const features = tableFeatures({ columnVisibilityFeature });

/** What sorts a column, which way it goes first, and whether a phone has room for it. */
export interface ColumnTraits {
  sort?: string;
  down?: boolean;
  narrow?: true;
  help?: string;
}

export const traits: Record<string, ColumnTraits> = {
  severity: { sort: 'score', down: true, narrow: true },
  vulnerability: { sort: 'vulnerability', narrow: true },
  component: { sort: 'component' },
  fix: { narrow: true },
  epss: { sort: 'epss', down: true, help: m.findings.epssHelp },
  kev: { sort: 'kev' },
  release: { sort: 'product' },
  seen: { sort: 'first_seen', down: true },
};

const helper = createColumnHelper<typeof features, Finding>();

export const columns = helper.columns([
  helper.display({
    id: 'severity',
    header: m.common.columns.severity,
    enableHiding: false,
    cell: ({ row: { original: f } }) => <SeverityBadge severity={f.severity} score={f.score} />,
  }),
  helper.display({
    id: 'vulnerability',
    header: m.common.columns.vulnerability,
    enableHiding: false,
    cell: ({ row: { original: f } }) => <VulnerabilityCell f={f} />,
  }),
  helper.display({
    id: 'component',
    header: m.common.columns.component,
    cell: ({ row: { original: f } }) => <ComponentCell f={f} />,
  }),
  helper.display({
    id: 'fix',
    header: m.findings.fix,
    cell: ({ row: { original: f } }) =>
      f.fixed_version ? (
        <Text size="sm" fw={600} className="tw-wrap">
          {f.fixed_version}
        </Text>
      ) : (
        <Text size="sm" c="dimmed">
          {m.common.noFix}
        </Text>
      ),
  }),
  helper.display({
    id: 'epss',
    header: m.findings.epss,
    cell: ({ row: { original: f } }) =>
      f.epss !== undefined && <span className="tw-flat">{percent(f.epss)}</span>,
  }),
  helper.display({
    id: 'kev',
    header: m.findings.kev,
    cell: ({ row: { original: f } }) => f.kev && <KevBadge due={f.kev_due} />,
  }),
  helper.display({
    id: 'release',
    header: m.common.columns.release,
    cell: ({ row: { original: f } }) => (
      <Link className="tw-link tw-wrap" to="/releases/$releaseId" params={{ releaseId: f.release_id }}>
        {f.product_name} {f.release_version}
      </Link>
    ),
  }),
  helper.display({
    id: 'seen',
    header: m.findings.seen,
    cell: ({ row: { original: f } }) => (
      <Text size="sm" c="dimmed" component="span">
        {f.state === 'resolved' && f.resolved_at ? (
          <>
            {m.findings.gone} <Ago at={f.resolved_at} />
          </>
        ) : (
          <Ago at={f.first_seen} />
        )}
      </Text>
    ),
  }),
]);
