import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { router } from './app/router';
import { cssVariables, theme } from './app/theme';
import { mayPass } from './lib/problem';

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // Without a network the request fails and says so, instead of waiting in silence.
      networkMode: 'always',
      // What the person asked wrongly stays wrong; what the server could not do may pass.
      retry: (times, error) => times < 2 && mayPass(error),
    },
    mutations: { networkMode: 'always' },
  },
});

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
        <Notifications position="bottom-right" autoClose={4000} />
        <QueryClientProvider client={client}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>,
  );
}
