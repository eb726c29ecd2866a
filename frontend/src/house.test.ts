import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

// What each folder may import. Features meet only in app: then each can be read, changed and deleted alone, and lib and
// components/ui know none of them.
const src = import.meta.dirname;
const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .map((f) => f.replaceAll('\\', '/'))
  .filter((f) => /\.tsx?$/.test(f) && !f.endsWith('.gen.ts'));

function importsOf(file: string): string[] {
  const text = readFileSync(join(src, file), 'utf8');
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map((found) =>
    relative(src, resolve(src, dirname(file), found[1] ?? '')).replaceAll('\\', '/'),
  );
}

/** The part of the house that a file belongs to: "features/findings", "app", "lib", "components". */
function part(file: string): string {
  const [top = '', second = ''] = file.split('/');
  return top === 'features' ? `${top}/${second}` : top;
}

function allowed(from: string, to: string): boolean {
  // The entry brings words and styles, then main.
  if (from === to || to === 'lib' || from === 'entry.ts') return true;
  if (to === 'components') return from !== 'lib';
  if (to === 'app') return !from.includes('/') && from.startsWith('main');
  return from === 'app';
}

describe('the house', () => {
  it('has files to judge', () => {
    expect(files.length).toBeGreaterThan(60);
    expect(importsOf('app/router.tsx')).toContain('features/findings/search');
  });
  it('lets each part import only what lies below it', () => {
    const wrong = files.flatMap((file) =>
      importsOf(file)
        .filter((to) => !allowed(part(file), part(to)))
        .map((to) => `${file} imports ${to}`),
    );
    expect(wrong).toEqual([]);
  });
  it('keeps files short enough to read', () => {
    const long = files.filter(
      (file) => file.endsWith('.tsx') && readFileSync(join(src, file), 'utf8').split('\n').length > 200,
    );
    expect(long).toEqual([]);
  });
});
