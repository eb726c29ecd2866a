import { Badge, Group, Stack, Text, Tooltip } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { Ago } from '../../../components/ui/time';
import { m } from '../../../lib/messages';
import type { Brief } from '../api/reports';

const t = m.reports;

/** How far a report is ours, and how far it may travel. */
export function ReportBadges({ r }: { r: Brief }) {
  return (
    <>
      {r.touches_us && (
        <Badge color="var(--tw-critical)" variant="outline" miw="max-content">
          {r.held > 0 ? t.held(r.held) : t.touchesUs}
        </Badge>
      )}
      {r.do_not_share && (
        <Tooltip label={t.shareHelp(r.tlp)}>
          <Badge color="var(--tw-high)" variant="outline" miw="max-content">
            {t.share}
          </Badge>
        </Tooltip>
      )}
      {!r.full && (
        <Tooltip label={t.headerHelp}>
          <Badge variant="default" miw="max-content">
            {t.header}
          </Badge>
        </Tooltip>
      )}
    </>
  );
}

/** A report in a list. */
export function ReportLine({ r, children }: { r: Brief; children?: React.ReactNode }) {
  const facts = [r.adversary, ...r.malware_families.slice(0, 3), ...r.techniques.slice(0, 4)].filter(Boolean);
  return (
    <Stack component="li" gap={4} px="md" py="sm" style={{ borderBottom: '1px solid var(--tw-line)' }}>
      <Group gap="xs">
        <Link className="tw-link tw-strong tw-wrap" to="/intel/reports/$reportId" params={{ reportId: r.id }}>
          {r.name}
        </Link>
        <ReportBadges r={r} />
      </Group>
      <Text size="xs" c="dimmed" component="div" className="tw-wrap">
        <Ago at={r.at} /> {t.by(r.author || r.feed)}
        {r.indicators > 0 && ` · ${m.indicators.of(r.indicators)}`}
        {facts.length > 0 && ` · ${facts.join(', ')}`}
      </Text>
      {children}
    </Stack>
  );
}
