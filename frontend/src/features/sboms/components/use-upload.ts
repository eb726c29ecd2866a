import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { previewSbom, uploadSbom } from '../api/upload';

/** One file on its way into a release: checked first, stored when the person says so. */
export function useUpload(releaseId: number) {
  const [file, setFile] = useState<File>();
  const [sent, setSent] = useState(0);
  const preview = useMutation({ mutationFn: (f: File) => previewSbom(releaseId, f) });
  const upload = useMutation({ mutationFn: (f: File) => uploadSbom(releaseId, f, setSent) });
  return {
    file,
    /** Of the upload, 0 to 1. */
    sent,
    preview,
    upload,
    begin(f: File | null | undefined) {
      if (!f || upload.isPending) return;
      upload.reset();
      setSent(0);
      setFile(f);
      preview.mutate(f);
    },
    store() {
      if (file) upload.mutate(file);
    },
    reset() {
      setFile(undefined);
      preview.reset();
      upload.reset();
    },
  };
}

export type Upload = ReturnType<typeof useUpload>;
