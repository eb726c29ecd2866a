import { Text } from '@mantine/core';
import { IconFileUpload } from '@tabler/icons-react';
import { type DragEvent, type ReactNode, useRef, useState } from 'react';
import { m } from '../../../lib/messages';

const hasFile = (e: DragEvent) => e.dataTransfer.types.includes('Files');

/** Takes a file that is dropped anywhere on what it holds, and shows that it would; without onFile it takes none. */
export function DropTarget({
  onFile,
  children,
}: {
  onFile: ((f: File) => void) | undefined;
  children: ReactNode;
}) {
  const [over, setOver] = useState(false);
  // Entering a child leaves its parent: only the count of both tells when the pointer is gone.
  const depth = useRef(0);
  const leave = () => {
    depth.current = 0;
    setOver(false);
  };
  return (
    <section
      data-drop={onFile && ''}
      aria-label={onFile && m.sboms.upload}
      onDragEnter={(e) => {
        if (!onFile || !hasFile(e)) return;
        depth.current++;
        setOver(true);
      }}
      onDragOver={(e) => {
        if (hasFile(e)) e.preventDefault();
      }}
      onDragLeave={(e) => {
        if (!hasFile(e)) return;
        depth.current--;
        if (depth.current <= 0) leave();
      }}
      onDrop={(e) => {
        e.preventDefault();
        leave();
        const file = e.dataTransfer.files[0];
        if (file) onFile?.(file);
      }}
    >
      {over && (
        <div className="tw-over">
          <Text fw={600} ta="center">
            <IconFileUpload size={40} aria-hidden />
            <br />
            {m.sboms.release}
          </Text>
        </div>
      )}
      {children}
    </section>
  );
}
