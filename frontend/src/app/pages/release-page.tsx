import { Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { notYet } from '../../components/ui/states';
import { releaseQuery } from '../../features/releases/api/releases';
import { ReleaseHead } from '../../features/releases/components/release-head';
import { ChooseFile } from '../../features/sboms/components/choose-file';
import { DropTarget } from '../../features/sboms/components/drop-target';
import { MatchProgress } from '../../features/sboms/components/match-progress';
import { UploadPanel } from '../../features/sboms/components/upload-panel';
import { useUpload } from '../../features/sboms/components/use-upload';
import { useMayIn } from '../../lib/me';
import { m } from '../../lib/messages';
import { useTitle } from '../../lib/title';
import { ReleaseTabs } from './release-tabs';

const route = getRouteApi('/releases/$releaseId');

/** A release: its document, its findings, and the way to bring a newer document. */
export function ReleasePage() {
  const { releaseId } = route.useParams();
  return <Content key={releaseId} releaseId={releaseId} />;
}

function Content({ releaseId }: { releaseId: number }) {
  const navigate = useNavigate();
  const query = useQuery(releaseQuery(releaseId));
  const may = useMayIn(query.data?.product_id, 'contributor');
  const upload = useUpload(releaseId);
  const release = query.data;
  useTitle(release && `${release.product_name} ${release.version}`);
  if (!release) return notYet(query, 10);
  const current = release.current_sbom;
  const accepted = upload.upload.data;
  // Someone else's upload, or one from before a reload, is followed too.
  const followed = accepted
    ? accepted.unchanged
      ? undefined
      : accepted.sbom.id
    : current?.status === 'stored'
      ? current.id
      : undefined;
  return (
    <DropTarget onFile={may ? upload.begin : undefined}>
      <Stack gap="md">
        <ReleaseHead
          release={release}
          upload={
            current &&
            may && (
              <ChooseFile variant="default" title={m.sboms.anywhere} onFile={upload.begin}>
                {m.sboms.upload}
              </ChooseFile>
            )
          }
          onGone={() =>
            void navigate({
              to: '/products/$productId',
              params: { productId: release.product_id },
              replace: true,
            })
          }
        />
        <UploadPanel upload={upload} first={!current} may={may} />
        {followed !== undefined && (
          <div className="tw-panel" style={{ padding: 14 }}>
            <MatchProgress key={followed} sbomId={followed} />
          </div>
        )}
        {current && <ReleaseTabs release={release} />}
      </Stack>
    </DropTarget>
  );
}
