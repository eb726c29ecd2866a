import { Button, type ButtonProps, FileButton } from '@mantine/core';
import { useRef } from 'react';

/** Opens the system's file dialog. The same file may be chosen twice, for it may have been mended in between. */
export function ChooseFile({
  onFile,
  children,
  ...button
}: ButtonProps & { title?: string; onFile: (f: File | null) => void }) {
  const reset = useRef<() => void>(null);
  return (
    <FileButton
      resetRef={reset}
      onChange={(f) => {
        onFile(f);
        reset.current?.();
      }}
    >
      {(props) => (
        <Button {...button} {...props}>
          {children}
        </Button>
      )}
    </FileButton>
  );
}
