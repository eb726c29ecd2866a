import { Button, Group, Modal, Select, Stack, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { ProblemAlert } from '../../components/ui/states';
import { api, type Schemas, unwrap } from '../../lib/api/client';
import { asProblem } from '../../lib/problem';

type Product = Schemas['Product'];

export const criticalities = [
  { value: 'low', label: 'Low' },
  { value: 'medium', label: 'Medium' },
  { value: 'high', label: 'High' },
  { value: 'very_high', label: 'Very high' },
];

export const exposures = [
  { value: 'small', label: 'Small: hardly reachable' },
  { value: 'controlled', label: 'Controlled: inside, behind access control' },
  { value: 'open', label: 'Open: on the internet' },
];

/** Makes a product, or changes one. What was typed stays when the server refuses. */
export function ProductDialog({
  opened,
  onClose,
  product,
}: {
  opened: boolean;
  onClose: () => void;
  product?: Product;
}) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [name, setName] = useState(product?.name ?? '');
  const [description, setDescription] = useState(product?.description ?? '');
  const [criticality, setCriticality] = useState<Product['criticality']>(product?.criticality ?? 'medium');
  const [exposure, setExposure] = useState<Product['exposure']>(product?.exposure ?? 'controlled');
  const save = useMutation({
    mutationFn: () => {
      const body = { name, description, criticality, exposure };
      return product
        ? unwrap(
            api.PATCH('/api/v1/products/{product_id}', {
              params: { path: { product_id: product.id } },
              body,
            }),
          )
        : unwrap(api.POST('/api/v1/products', { body }));
    },
    onSuccess: (saved) => {
      void client.invalidateQueries({ queryKey: ['products'] });
      void client.invalidateQueries({ queryKey: ['product', saved.id] });
      onClose();
      if (!product) void navigate({ to: '/products/$productId', params: { productId: saved.id } });
    },
  });
  const problem = save.error ? asProblem(save.error) : undefined;
  const fault = (field: string) => problem?.faults.find((f) => f.path === `body.${field}`)?.message;
  const elsewhere =
    problem && !problem.faults.some((f) => /^body\.(name|description|criticality|exposure)$/.test(f.path));
  return (
    <Modal opened={opened} onClose={onClose} title={product ? 'Change the product' : 'New product'} centered>
      <form
        onSubmit={(e) => {
          e.preventDefault();
          save.mutate();
        }}
      >
        <Stack gap="sm">
          {elsewhere && <ProblemAlert error={save.error} />}
          <TextInput
            label="Name"
            required
            data-autofocus
            value={name}
            onChange={(e) => setName(e.currentTarget.value)}
            error={fault('name')}
          />
          <Textarea
            label="Description"
            autosize
            minRows={2}
            value={description}
            onChange={(e) => setDescription(e.currentTarget.value)}
            error={fault('description')}
          />
          <Select
            label="Criticality"
            description="What it costs you when this product is compromised"
            data={criticalities}
            value={criticality}
            allowDeselect={false}
            onChange={(v) => setCriticality((v ?? 'medium') as Product['criticality'])}
            error={fault('criticality')}
          />
          <Select
            label="Exposure"
            description="Who can reach it"
            data={exposures}
            value={exposure}
            allowDeselect={false}
            onChange={(v) => setExposure((v ?? 'controlled') as Product['exposure'])}
            error={fault('exposure')}
          />
          <Group justify="flex-end" mt="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={save.isPending}>
              {product ? 'Save' : 'Create'}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
