import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, unwrap } from '../../../lib/api/client';
import { changedByRelease } from '../../../lib/keys';

/** Loads the sample product; loaded again it changes nothing. */
export function useLoadSample() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => unwrap(api.POST('/api/v1/samples')),
    onSuccess: () => {
      for (const key of changedByRelease) void client.invalidateQueries({ queryKey: [key] });
    },
  });
}
