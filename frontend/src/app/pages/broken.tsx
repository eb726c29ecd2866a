import { Button } from '@mantine/core';
import { ProblemAlert } from '../../components/ui/problem';
import { m } from '../../lib/messages';

/** What stands in a page's place when the page itself fails, or its code cannot be fetched (a newer one was deployed). */
export function Broken({ error }: { error: unknown }) {
  return (
    <ProblemAlert title={m.problem.broken} error={error}>
      <Button size="xs" variant="default" onClick={() => location.reload()}>
        {m.problem.reload}
      </Button>
    </ProblemAlert>
  );
}
