import { Badge, Group, Tooltip } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { PageHead } from '../../../components/ui/page';
import { KevBadge, SeverityBar } from '../../../components/ui/severity';
import { Ago } from '../../../components/ui/time';
import { m } from '../../../lib/messages';
import type { Release } from '../api/releases';
import { ReleaseMenu } from './release-menu';

/** A release's name, its document, and what is open in it. */
export function ReleaseHead({
  release: r,
  upload,
  onGone,
}: {
  release: Release;
  upload: ReactNode;
  onGone: () => void;
}) {
  return (
    <PageHead
      crumbs={
        <>
          <Link className="tw-link" to="/products">
            {m.products.title}
          </Link>
          {' / '}
          <Link className="tw-link" to="/products/$productId" params={{ productId: r.product_id }}>
            {r.product_name}
          </Link>
        </>
      }
      title={`${r.product_name} ${r.version}`}
      badges={
        !r.active && (
          <Tooltip label={m.releases.inactiveHelp}>
            <Badge variant="default">{m.releases.inactive}</Badge>
          </Tooltip>
        )
      }
      sub={r.current_sbom && <Document sbom={r.current_sbom} />}
      actions={
        <Group gap="md">
          {r.current_sbom && <SeverityBar open={r.open} width={170} />}
          {r.open.kev > 0 && <KevBadge n={r.open.kev} />}
          <Group gap="xs">
            {upload}
            <ReleaseMenu release={r} onGone={onGone} />
          </Group>
        </Group>
      }
    />
  );
}

function Document({ sbom }: { sbom: NonNullable<Release['current_sbom']> }) {
  const format = `${m.sboms.formats[sbom.format] ?? sbom.format} ${sbom.spec_version}`;
  return (
    <>
      {m.releases.document(format, sbom.tools.join(', '))}, {m.releases.uploaded}{' '}
      <Ago at={sbom.uploaded_at} />
    </>
  );
}
