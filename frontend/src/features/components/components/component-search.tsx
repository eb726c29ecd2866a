import { Button, Group, Select, Stack, TextInput } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { PageHead } from '../../../components/ui/page';
import { Empty, More, notYet } from '../../../components/ui/states';
import { m } from '../../../lib/messages';
import { flatten } from '../../../lib/paging';
import { type ComponentsView, componentSearchQuery, parseComponentsView } from '../api/search';
import { HitTable } from './hit-table';

const t = m.components;
const examples = [
  { name: 'log4j-core', below: '2.17' },
  { name: 'openssl', below: '3.0' },
];

/** Which active releases contain this package, below this version? */
export function ComponentSearch({
  view,
  change,
  ecosystems,
}: {
  view: ComponentsView;
  change: (view: ComponentsView) => void;
  ecosystems: string[];
}) {
  return (
    <Stack gap="md">
      <PageHead title={t.title} sub={t.intro} />
      <Question
        key={`${view.name} ${view.below} ${view.ecosystem}`}
        view={view}
        change={change}
        ecosystems={ecosystems}
      />
      {view.name ? <Answer view={view} name={view.name} /> : <Examples />}
    </Stack>
  );
}

function Question({ view, change, ecosystems }: React.ComponentProps<typeof ComponentSearch>) {
  const [name, setName] = useState(view.name ?? '');
  const [below, setBelow] = useState(view.below ?? '');
  const [ecosystem, setEcosystem] = useState(view.ecosystem ?? null);
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        change(parseComponentsView({ name: name.trim(), below: below.trim(), ecosystem }));
      }}
    >
      <Group gap="sm" align="flex-end">
        <TextInput
          data-search
          label={t.package}
          required
          withAsterisk={false}
          value={name}
          onChange={(e) => setName(e.currentTarget.value)}
          w={{ base: '100%', xs: 260 }}
        />
        <TextInput
          label={t.below}
          value={below}
          onChange={(e) => setBelow(e.currentTarget.value)}
          w={{ base: 140, xs: 140 }}
        />
        <Select
          label={t.ecosystem}
          placeholder={m.findings.anyEcosystem}
          data={ecosystems}
          value={ecosystem}
          onChange={setEcosystem}
          searchable
          clearable
          w={170}
        />
        <Button type="submit">{t.search}</Button>
      </Group>
    </form>
  );
}

function Examples() {
  return (
    <div className="tw-panel">
      <Empty title={t.ask}>
        <p>{t.askHelp}</p>
        <Group justify="center" gap="lg">
          {examples.map((x) => (
            <Link key={x.name} className="tw-link" to="/components" search={x}>
              {t.example(x.name, x.below)}
            </Link>
          ))}
        </Group>
      </Empty>
    </div>
  );
}

function Answer({ view, name }: { view: ComponentsView; name: string }) {
  const query = useInfiniteQuery(componentSearchQuery(view));
  const hits = flatten(query.data);
  return (
    <div className="tw-panel tw-scroll">
      {notYet(query) ??
        (hits.length === 0 ? <Empty title={t.none(name, view.below)} /> : <HitTable hits={hits} />)}
      <More query={query} />
    </div>
  );
}
