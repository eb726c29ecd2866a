/// <reference types="vitest/config" />
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin, runnerImport } from 'vite';

// German is downloaded alone when it says all that English says; else English comes along and fills its holes.
const { module: german } = await runnerImport<typeof import('./src/lib/messages/whole')>(
  './src/lib/messages/whole.ts',
);

/** Lets the browser fetch the application, and what it stands on, beside the words that it waits for. */
const preload: Plugin = {
  name: 'preload-application',
  transformIndexHtml: {
    order: 'post',
    handler: (_, { bundle = {} }) => {
      const files = new Set<string>();
      const add = (file: string) => {
        const chunk = bundle[file];
        if (files.has(file) || chunk?.type !== 'chunk' || chunk.isEntry) return;
        files.add(file);
        chunk.imports.forEach(add);
      };
      for (const chunk of Object.values(bundle)) {
        if (chunk.type === 'chunk' && chunk.facadeModuleId?.endsWith('/src/main.tsx')) add(chunk.fileName);
      }
      return [...files].map((file) => ({
        tag: 'link',
        attrs: { rel: 'modulepreload', crossorigin: true, href: `/${file}` },
        injectTo: 'head',
      }));
    },
  },
};

export default defineConfig({
  plugins: [react(), preload],
  define: { __GERMAN_IS_WHOLE__: JSON.stringify(german.whole) },
  server: {
    proxy: { '/api': { target: 'http://127.0.0.1:8080', ws: true }, '/health': 'http://127.0.0.1:8080' },
  },
  // Fonts stay files: the server's Content-Security-Policy allows none inside a style sheet.
  build: { target: 'es2022', sourcemap: false, assetsInlineLimit: 0 },
  test: { setupFiles: './vitest.setup.ts', include: ['src/**/*.test.{ts,tsx}'] },
});
