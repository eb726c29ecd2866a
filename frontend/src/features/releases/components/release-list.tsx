import { Button, Group, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPlus, IconTag } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Empty, More, notYet } from '../../../components/ui/states';
import { useMayIn } from '../../../lib/me';
import { m } from '../../../lib/messages';
import { flatten } from '../../../lib/paging';
import { type Release, releasesQuery } from '../api/releases';
import { ReleaseDialog } from './release-dialog';
import { ReleaseTable } from './release-table';

/** The releases of one product, and the way to make another. */
export function ReleaseList({ productId, onMade }: { productId: number; onMade: (r: Release) => void }) {
  const [making, dialog] = useDisclosure(false);
  const query = useInfiniteQuery(releasesQuery(productId));
  const releases = flatten(query.data);
  const make = useMayIn(productId, 'contributor') && (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={dialog.open}>
      {m.releases.create}
    </Button>
  );
  return (
    <section>
      <Group justify="space-between" mb="sm">
        <Title order={2}>{m.releases.title}</Title>
        {releases.length > 0 && make}
      </Group>
      <div className="tw-panel tw-scroll">
        {notYet(query, 3) ??
          (releases.length > 0 ? (
            <ReleaseTable releases={releases} />
          ) : (
            <Empty title={m.releases.none} icon={<IconTag size={34} />}>
              {make && <p>{m.releases.noneHelp}</p>}
              {make}
            </Empty>
          ))}
        <More query={query} />
      </div>
      {making && <ReleaseDialog productId={productId} onClose={dialog.close} onMade={onMade} />}
    </section>
  );
}
