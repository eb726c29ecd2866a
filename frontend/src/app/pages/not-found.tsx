import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { PageHead } from '../../components/ui/page';
import { m } from '../../lib/messages';
import { useTitle } from '../../lib/title';

export function NotFound() {
  useTitle(m.missing.title);
  return (
    <PageHead
      title={m.missing.title}
      sub={m.missing.help}
      actions={
        <Button component={Link} to="/products" variant="default">
          {m.missing.back}
        </Button>
      }
    />
  );
}
