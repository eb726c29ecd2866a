import { loadMessages } from './src/lib/messages';

// Tests read English, whatever the machine speaks.
await loadMessages('en');

// Mantine asks for the system's theme, which jsdom does not know.
if (typeof window !== 'undefined') {
  window.matchMedia ??= (query: string) =>
    ({
      matches: false,
      media: query,
      addEventListener() {},
      removeEventListener() {},
    }) as unknown as MediaQueryList;
}
