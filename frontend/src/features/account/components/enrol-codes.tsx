import { Anchor, Box, Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { ProblemAlert } from '../../../components/ui/problem';
import { SecretOnce } from '../../../components/ui/secret-once';
import { f, m } from '../../../lib/messages';
import { byField } from '../../../lib/problem';
import { type NewCodes, useConfirmCodes } from '../api/factors';

/** The key for the app, as a picture and as text, and the first code back. */
export function EnrolCodes({
  made,
  onDone,
  onCancel,
}: {
  made: NewCodes;
  onDone: (recovery: string[]) => void;
  onCancel: () => void;
}) {
  const [code, setCode] = useState('');
  const confirm = useConfirmCodes();
  const fault = byField(confirm.error, ['code']);
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        confirm.mutate(
          { ceremony: made.ceremony, code },
          { onSuccess: ({ recovery_codes }) => onDone(recovery_codes) },
        );
      }}
    >
      <Group align="flex-start" gap="lg">
        <Stack gap={6} align="flex-start">
          <Text size="sm" fw={600}>
            {f.codes.scan}
          </Text>
          <Square qr={made.qr} />
        </Stack>
        <Stack gap="sm" style={{ flex: '1 1 260px' }} maw={460}>
          <SecretOnce label={f.codes.key} value={made.key.replace(/.{4}(?=.)/g, '$& ')} />
          <Anchor href={made.uri} size="sm">
            {f.codes.open}
          </Anchor>
          {fault.rest && <ProblemAlert error={confirm.error} />}
          <TextInput
            label={f.codes.first}
            inputMode="numeric"
            autoComplete="one-time-code"
            required
            maxLength={12}
            value={code}
            onChange={(e) => setCode(e.currentTarget.value)}
            error={fault.of.code}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onCancel}>
              {m.common.cancel}
            </Button>
            <Button type="submit" loading={confirm.isPending}>
              {f.codes.confirm}
            </Button>
          </Group>
        </Stack>
      </Group>
    </form>
  );
}

/** Black on white in either theme: scanners want it so. */
function Square({ qr }: { qr: NewCodes['qr'] }) {
  const quiet = 4;
  const side = qr.size + 2 * quiet;
  return (
    <Box
      component="svg"
      role="img"
      aria-label={f.codes.scanLabel}
      viewBox={`${-quiet} ${-quiet} ${side} ${side}`}
      width={212}
      height={212}
      shapeRendering="crispEdges"
    >
      <rect x={-quiet} y={-quiet} width={side} height={side} fill="#fff" />
      <path d={qr.path} fill="#000" />
    </Box>
  );
}
