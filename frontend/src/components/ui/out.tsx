import type { ReactNode } from 'react';

/** A link that leaves ThreatWerk. Addresses come from advisories: only those of the web are links, others stay text. */
export function Out({ href, children }: { href: string; children: ReactNode }) {
  if (!/^https?:\/\//i.test(href)) return <span className="tw-wrap">{children}</span>;
  return (
    <a className="tw-link tw-wrap" href={href} target="_blank" rel="noreferrer noopener">
      {children}
    </a>
  );
}
