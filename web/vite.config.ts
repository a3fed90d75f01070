import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig, loadEnv } from 'vite';
import { serviceWorker } from './build/service-worker-plugin.ts';

export default defineConfig(({ mode }) => {
  const env = loadEnv(mode, import.meta.dirname, '');
  // changeOrigin stays off: the issuer compares the Origin that the browser sent.
  const server = { target: `http://localhost:${env['PORT'] ?? '3000'}`, changeOrigin: false };
  return {
    root: import.meta.dirname,
    plugins: [
      react(),
      tailwindcss(),
      serviceWorker(import.meta.resolve('./src/service-worker/worker.ts')),
    ],
    build: {
      outDir: 'dist',
      emptyOutDir: true,
      target: 'es2022',
      // The policy of the page allows no inline script and, but for images, no data: URL.
      modulePreload: { polyfill: false },
      assetsInlineLimit: 0,
    },
    server: {
      port: Number(env['WEB_PORT'] ?? '5173'),
      strictPort: true,
      fs: { allow: ['..'] },
      proxy: { '/api': server, '/livez': server, '/readyz': server },
    },
  };
});
