import { type Block, type Inline, readMarkdown } from '../../lib/markdown';
import { Out } from './out';

/** Text that others wrote, as elements: nothing of it is ever taken as HTML. */
export function Markdown({ source }: { source: string }) {
  return (
    <div className="tw-prose">
      {readMarkdown(source).map((block, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a text's blocks never move
        <One key={i} block={block} />
      ))}
    </div>
  );
}

function One({ block }: { block: Block }) {
  if (block.kind === 'code') {
    return (
      // biome-ignore lint/a11y/noNoninteractiveTabindex: code that scrolls sideways must be reachable by keyboard
      <pre tabIndex={0}>{block.text}</pre>
    );
  }
  if (block.kind === 'list') {
    const List = block.ordered ? 'ol' : 'ul';
    return (
      <List>
        {block.items.map((parts, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a text's items never move
          <li key={i}>{line(parts)}</li>
        ))}
      </List>
    );
  }
  if (block.kind === 'heading') return <h4>{line(block.parts)}</h4>;
  if (block.kind === 'quote') return <blockquote>{line(block.parts)}</blockquote>;
  return <p>{line(block.parts)}</p>;
}

function line(parts: Inline[]) {
  return parts.map((p, i) => {
    const key = `${i} ${p.kind}`;
    switch (p.kind) {
      case 'code':
        return (
          <code className="tw-mono" key={key}>
            {p.text}
          </code>
        );
      case 'strong':
        return <strong key={key}>{p.text}</strong>;
      case 'em':
        return <em key={key}>{p.text}</em>;
      case 'link':
        return (
          <Out href={p.url} key={key}>
            {p.text}
          </Out>
        );
      default:
        return p.text;
    }
  });
}
