import { Badge, Group, Stack, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { KevBadge, SeverityBadge } from '../../../components/ui/severity';
import { Ago } from '../../../components/ui/time';
import { m } from '../../../lib/messages';
import type { News } from '../api/news';

const t = m.news;

/** One thing that came in: what, about what, and whether it touches us. */
export function NewsLine({ n }: { n: News }) {
  return (
    <Stack component="li" gap={3} px="md" py={10} style={{ borderBottom: '1px solid var(--tw-line)' }}>
      <Group gap="xs">
        <Subject n={n} />
        {n.kind !== 'report' && <SeverityBadge severity={n.severity} score={n.score} />}
        {n.exploited && <KevBadge />}
        {n.touches_us && (
          <Badge color="var(--tw-critical)" variant="outline" miw="max-content">
            {t.touchesUs}
          </Badge>
        )}
      </Group>
      {n.kind !== 'report' && n.title && (
        <Text size="sm" className="tw-wrap" lineClamp={2}>
          {n.title}
        </Text>
      )}
      <Text size="xs" c="dimmed" component="div" className="tw-wrap">
        {n.kind === 'advisory' ? t.words.advisory(n.new, n.withdrawn) : t.words[n.kind]} · <Ago at={n.at} />
        {n.kind === 'advisory' && ` · ${n.record} (${n.feed})`}
      </Text>
    </Stack>
  );
}

function Subject({ n }: { n: News }) {
  if (n.kind === 'report') {
    return (
      <Link className="tw-link tw-strong tw-wrap" to="/intel/reports/$reportId" params={{ reportId: n.id }}>
        {n.name}
      </Link>
    );
  }
  const name = n.name || n.record;
  return (
    <Link className="tw-link tw-strong tw-wrap" to="/vulnerabilities/$name" params={{ name }}>
      {name}
    </Link>
  );
}
