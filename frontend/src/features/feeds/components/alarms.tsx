import { Alert, Button, Stack, Text } from '@mantine/core';
import { Ago } from '../../../components/ui/time';
import { m } from '../../../lib/messages';
import type { Feed } from '../api/feeds';

const t = m.feeds;

/** What is wrong with a feed, in words, the worst first; nothing for one that is well. */
export function Alarms({ feed: f, accept }: { feed: Feed; accept?: (() => void) | undefined }) {
  return (
    <>
      {f.question && (
        <Notice title={t.question} tone="high">
          <Text size="sm" className="tw-wrap">
            {f.question}
          </Text>
          <Text size="sm">{t.questionHelp}</Text>
          {accept && (
            <Button size="xs" variant="default" onClick={accept} style={{ alignSelf: 'flex-start' }}>
              {t.accept}
            </Button>
          )}
        </Notice>
      )}
      {f.behind_since && (
        <Notice title={t.behind} tone="critical">
          <Text size="sm" className="tw-wrap">
            {f.behind_why} (<Ago at={f.behind_since} />)
          </Text>
        </Notice>
      )}
      {f.last_error && (
        <Notice title={t.failed(f.failures)} tone="medium">
          <Text size="sm" className="tw-wrap">
            {f.last_error}
          </Text>
          <Text size="xs" c="dimmed">
            {t.failedHelp}
          </Text>
        </Notice>
      )}
      {f.unusual && (
        <Notice title={t.unusual} tone="medium">
          <Text size="sm" className="tw-wrap">
            {f.unusual}
          </Text>
        </Notice>
      )}
      {f.key.unreadable && (
        <Notice title={m.feedKey.unreadable} tone="high">
          <Text size="sm">{m.feedKey.unreadableHelp}</Text>
        </Notice>
      )}
    </>
  );
}

function Notice({
  title,
  tone,
  children,
}: {
  title: string;
  tone: 'critical' | 'high' | 'medium';
  children: React.ReactNode;
}) {
  return (
    <Alert
      title={title}
      variant="default"
      styles={{
        root: {
          background: `color-mix(in srgb, var(--tw-fill-${tone}) 8%, var(--tw-panel))`,
          borderColor: `color-mix(in srgb, var(--tw-fill-${tone}) 45%, var(--tw-panel))`,
        },
        title: { color: `var(--tw-${tone})` },
      }}
    >
      <Stack gap={6}>{children}</Stack>
    </Alert>
  );
}
