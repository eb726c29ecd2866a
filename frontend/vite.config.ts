/// <reference types="vitest/config" />
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [react()],
  server: {
    proxy: { '/api': { target: 'http://127.0.0.1:8080', ws: true }, '/health': 'http://127.0.0.1:8080' },
  },
  // Fonts stay files: the server's Content-Security-Policy allows none inside a style sheet.
  build: { target: 'es2022', sourcemap: false, assetsInlineLimit: 0 },
  test: { setupFiles: './vitest.setup.ts', include: ['src/**/*.test.{ts,tsx}'] },
});
