import type { ReactNode } from 'react';

/**
 * A link that leaves ThreatWerk. Addresses come from advisories: only those of the web are links, others stay text. Within
 * a sentence (inline) more than its colour tells it from the words around it.
 */
export function Out({
  href,
  inline = false,
  children,
}: {
  href: string;
  inline?: boolean;
  children: ReactNode;
}) {
  if (!/^https?:\/\//i.test(href)) return <span className="tw-wrap">{children}</span>;
  return (
    <a
      className={`tw-link tw-wrap ${inline ? 'tw-inline' : ''}`}
      href={href}
      target="_blank"
      rel="noreferrer noopener"
    >
      {children}
    </a>
  );
}
