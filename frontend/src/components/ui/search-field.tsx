import { TextInput, type TextInputProps } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';

/** A search box whose text lives in the URL: it writes a moment after the last key and follows the back button. */
export function SearchField({
  label,
  placeholder,
  value,
  onSearch,
  ...rest
}: Omit<TextInputProps, 'value' | 'onChange'> & {
  label: string;
  value: string | undefined;
  onSearch: (q: string | undefined) => void;
}) {
  const [typed, setTyped] = useState(value ?? '');
  const sent = useRef(value ?? '');
  const send = useDebouncedCallback((q: string) => {
    sent.current = q;
    onSearch(q || undefined);
  }, 200);
  useEffect(() => {
    if ((value ?? '') === sent.current) return;
    sent.current = value ?? '';
    setTyped(value ?? '');
  }, [value]);
  return (
    <TextInput
      type="search"
      aria-label={label}
      data-search
      placeholder={placeholder ?? label}
      leftSection={<IconSearch size={15} aria-hidden />}
      value={typed}
      onChange={(e) => {
        setTyped(e.currentTarget.value);
        send(e.currentTarget.value.trim());
      }}
      {...rest}
    />
  );
}
