import { Fragment } from 'react';

/** A package's name, which may break where a reader would break it: after a separator. */
export function Name({ children }: { children: string }) {
  return (
    <span className="tw-wrap">
      {children.split(/(?<=[:/@._-])/).map((part, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a name never move
        <Fragment key={i}>
          {i > 0 && <wbr />}
          {part}
        </Fragment>
      ))}
    </span>
  );
}
