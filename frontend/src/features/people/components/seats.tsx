import { Alert, Text } from '@mantine/core';
import { IconArmchair } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { a } from '../../../lib/messages-account';
import { asProblem } from '../../../lib/problem';
import { seatsQuery } from '../api/people';

const t = a.people;

/** Whether an answer refused one more person for want of a seat. */
export function wantsSeat(error: unknown): boolean {
  return error != null && asProblem(error).faults.some((f) => f.code === 'seats_taken');
}

/** How many seats are taken, in a line. */
export function SeatsTaken() {
  const l = useQuery(seatsQuery).data;
  return l ? t.seats(l.seats_taken, l.seats) : null;
}

/** What to do once nobody more is let in; nothing while there is a seat. */
export function SeatsFull() {
  const l = useQuery(seatsQuery).data;
  return l && l.seats > 0 && l.seats_taken >= l.seats ? <NoSeat /> : null;
}

export function NoSeat() {
  return (
    <Alert variant="outline" color="gray" icon={<IconArmchair aria-hidden />} title={t.seatsFull}>
      <Text size="sm" maw={760}>
        {t.seatsFullHelp}
      </Text>
    </Alert>
  );
}
