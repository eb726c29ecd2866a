import type { Schemas } from '../../../lib/api/client';
import { ApiProblem } from '../../../lib/problem';

export type Preview = Schemas['Preview'];
export type Accepted = Schemas['Accepted'];

/**
 * Sends a document as raw bytes, so that the server can read it as a stream. XMLHttpRequest, for fetch does not tell how
 * much has been sent.
 */
function send<T>(path: string, file: File, onSent?: (share: number) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', path);
    request.setRequestHeader('Content-Type', 'application/octet-stream');
    request.upload.onprogress = (e) => {
      if (e.lengthComputable) onSent?.(e.loaded / e.total);
    };
    request.onerror = () => reject(ApiProblem.unreachable(undefined));
    request.onload = () => {
      const body = readJson(request.responseText);
      if (request.status >= 200 && request.status < 300) resolve(body as T);
      else reject(ApiProblem.from(request.status, body));
    };
    request.send(file);
  });
}

function readJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

export function previewSbom(releaseId: number, file: File) {
  return send<Preview>(`/api/v1/sboms/preview?release_id=${releaseId}`, file);
}

export function uploadSbom(releaseId: number, file: File, onSent: (share: number) => void) {
  const name = encodeURIComponent(file.name);
  return send<Accepted>(`/api/v1/releases/${releaseId}/sboms?file_name=${name}`, file, onSent);
}
