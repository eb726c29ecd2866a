import { Empty } from '../components/ui/states';

export function NotFound() {
  return (
    <Empty title="There is no such page">The address may be mistyped, or what it named was deleted.</Empty>
  );
}
