import { Button, Group, Modal, Select, Stack, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { ProblemAlert } from '../../../components/ui/problem';
import { useFocusGivenBack } from '../../../lib/focus';
import { m } from '../../../lib/messages';
import { byField } from '../../../lib/problem';
import { type Product, useSaveProduct } from '../api/products';
import { criticalities, exposures } from './labels';

const { fields } = m.products;
const names = ['name', 'description', 'criticality', 'exposure'] as const;

/** Makes a product, or changes one. What was typed stays when the server refuses. */
export function ProductDialog({
  product,
  onClose,
  onSaved,
}: {
  product?: Product;
  onClose: () => void;
  onSaved: (saved: Product) => void;
}) {
  useFocusGivenBack();
  const [name, setName] = useState(product?.name ?? '');
  const [description, setDescription] = useState(product?.description ?? '');
  const [criticality, setCriticality] = useState<Product['criticality']>(product?.criticality ?? 'medium');
  const [exposure, setExposure] = useState<Product['exposure']>(product?.exposure ?? 'controlled');
  const save = useSaveProduct(product?.id);
  const fault = byField(save.error, names);
  return (
    <Modal
      opened
      onClose={onClose}
      title={product ? m.products.edit : m.products.create}
      closeButtonProps={{ 'aria-label': m.common.close }}
    >
      <form
        onSubmit={(e) => {
          e.preventDefault();
          save.mutate(
            { name: name.trim(), description: description.trim(), criticality, exposure },
            { onSuccess: onSaved },
          );
        }}
      >
        <Stack gap="sm">
          {fault.rest && <ProblemAlert error={save.error} />}
          <TextInput
            label={fields.name}
            required
            maxLength={200}
            data-autofocus
            value={name}
            onChange={(e) => setName(e.currentTarget.value)}
            error={fault.of.name}
          />
          <Textarea
            label={fields.description}
            autosize
            minRows={2}
            value={description}
            onChange={(e) => setDescription(e.currentTarget.value)}
            error={fault.of.description}
          />
          <Select
            label={fields.criticality}
            description={fields.criticalityHelp}
            data={criticalities}
            value={criticality}
            allowDeselect={false}
            onChange={(v) => v && setCriticality(v)}
            error={fault.of.criticality}
          />
          <Select
            label={fields.exposure}
            description={fields.exposureHelp}
            data={exposures}
            value={exposure}
            allowDeselect={false}
            onChange={(v) => v && setExposure(v)}
            error={fault.of.exposure}
          />
          <Group justify="flex-end" mt="xs">
            <Button variant="default" onClick={onClose}>
              {m.common.cancel}
            </Button>
            <Button type="submit" loading={save.isPending}>
              {product ? m.common.save : m.common.create}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
