import { Table, Text, Title } from '@mantine/core';
import { IconMail } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Empty, notYet } from '../../../components/ui/states';
import { Ago } from '../../../components/ui/time';
import { m } from '../../../lib/messages';
import { type Letter, lettersQuery } from '../api/mail';

const t = m.mail;
const kinds: Readonly<Record<string, string>> = t.kinds;

const fill: Record<Letter['state'], string> = { sent: 'good', waiting: 'medium', given_up: 'critical' };

/** The newest letters: to whom, and what became of each. */
export function LetterTable() {
  const query = useQuery(lettersQuery);
  const letters = query.data?.items;
  return (
    <section>
      <Title order={2} mb={4}>
        {t.letters}
      </Title>
      <Text size="sm" c="dimmed" mb={8}>
        {t.lettersHelp}
      </Text>
      <div className="tw-panel">
        {!letters && notYet(query, 4)}
        {letters?.length === 0 && <Empty title={t.noLetters} icon={<IconMail size={30} />} />}
        {letters && letters.length > 0 && (
          <div className="tw-scroll">
            <Table className="tw-table" miw={620}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t.kind}</Table.Th>
                  <Table.Th>{t.recipient}</Table.Th>
                  <Table.Th>{t.became}</Table.Th>
                  <Table.Th>{t.made}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {letters.map((l) => (
                  <Row key={l.id} l={l} />
                ))}
              </Table.Tbody>
            </Table>
          </div>
        )}
      </div>
    </section>
  );
}

function Row({ l }: { l: Letter }) {
  return (
    <Table.Tr>
      <Table.Td>{kinds[l.kind] ?? l.kind}</Table.Td>
      <Table.Td maw={240} className="tw-wrap">
        {l.recipient}
      </Table.Td>
      <Table.Td maw={460} className="tw-wrap">
        <span
          className="tw-dot"
          style={{ background: `var(--tw-fill-${fill[l.state]})`, marginRight: 7 }}
          aria-hidden
        />
        <b>{t.states[l.state]}</b>
        {l.state === 'sent' ? ` ${t.attempts(l.attempts)}` : `, ${t.tried(l.attempts)}`}
        {l.sent_at && (
          <>
            , <Ago at={l.sent_at} />
          </>
        )}
        {l.state === 'waiting' && l.attempts > 0 && l.next_attempt_at && (
          <>
            , {t.next} <Ago at={l.next_attempt_at} />
          </>
        )}
        {l.state !== 'sent' && l.last_error && (
          <Text size="xs" c="dimmed" className="tw-wrap">
            {l.last_error}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <Ago at={l.created_at} />
      </Table.Td>
    </Table.Tr>
  );
}
