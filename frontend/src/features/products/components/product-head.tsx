import { ActionIcon, Badge, Button, Menu } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { IconDots, IconPencil, IconTrash } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { Confirm } from '../../../components/ui/confirm';
import { PageHead } from '../../../components/ui/page';
import { useMayIn } from '../../../lib/me';
import { m } from '../../../lib/messages';
import { type Product, useDeleteProduct } from '../api/products';
import { ProductDialog } from './product-dialog';

const { fields } = m.products;

/** A product's name, what it weighs, and the ways to change it. */
export function ProductHead({ product: p, onGone }: { product: Product; onGone: () => void }) {
  const [editing, edit] = useDisclosure(false);
  const [removing, remove] = useDisclosure(false);
  const may = useMayIn(p.id, 'analyst');
  const del = useDeleteProduct(p.id);
  return (
    <>
      <PageHead
        crumbs={
          <Link className="tw-link" to="/products">
            {m.products.title}
          </Link>
        }
        title={p.name}
        badges={
          <>
            <Badge variant="default">
              {fields.criticality}: {m.products.criticality[p.criticality]}
            </Badge>
            <Badge variant="default">
              {fields.exposure}: {m.products.exposure[p.exposure]}
            </Badge>
          </>
        }
        sub={p.description}
        actions={
          may && (
            <>
              <Button
                variant="default"
                leftSection={<IconPencil size={15} aria-hidden />}
                onClick={edit.open}
              >
                {m.products.edit}
              </Button>
              <Menu position="bottom-end">
                <Menu.Target>
                  <ActionIcon variant="default" size={36} aria-label={m.common.actions}>
                    <IconDots size={16} aria-hidden />
                  </ActionIcon>
                </Menu.Target>
                <Menu.Dropdown>
                  <Menu.Item
                    color="var(--mantine-color-error)"
                    leftSection={<IconTrash size={15} aria-hidden />}
                    onClick={remove.open}
                  >
                    {m.common.remove}
                  </Menu.Item>
                </Menu.Dropdown>
              </Menu>
            </>
          )
        }
      />
      {editing && (
        <ProductDialog
          product={p}
          onClose={edit.close}
          onSaved={() => {
            edit.close();
            notifications.show({ message: m.common.saved });
          }}
        />
      )}
      {removing && (
        <Confirm
          title={m.products.removeTitle(p.name)}
          help={m.products.removeHelp}
          action={m.common.remove}
          error={del.error}
          busy={del.isPending}
          onClose={remove.close}
          onConfirm={() => del.mutate(undefined, { onSuccess: onGone })}
        />
      )}
    </>
  );
}
