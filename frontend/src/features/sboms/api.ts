import type { Schemas } from '../../lib/api/client';
import { ApiProblem } from '../../lib/problem';

// Documents go as raw bytes, so that the server can read them as a stream; openapi-fetch would build JSON.
async function send<T>(path: string, file: File): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, {
      method: 'POST',
      body: file,
      headers: { 'Content-Type': 'application/octet-stream' },
    });
  } catch (cause) {
    throw ApiProblem.unreachable(cause);
  }
  const body: unknown = await response.json().catch(() => undefined);
  if (!response.ok) throw ApiProblem.from(response.status, body);
  return body as T;
}

export function previewSbom(releaseId: number, file: File) {
  return send<Schemas['Preview']>(`/api/v1/sboms/preview?release_id=${releaseId}`, file);
}

export function uploadSbom(releaseId: number, file: File) {
  const name = encodeURIComponent(file.name);
  return send<Schemas['Accepted']>(`/api/v1/releases/${releaseId}/sboms?file_name=${name}`, file);
}
