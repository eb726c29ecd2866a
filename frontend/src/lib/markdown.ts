/** A piece of a line. */
export type Inline =
  | { kind: 'text' | 'code' | 'strong' | 'em'; text: string }
  | { kind: 'link'; text: string; url: string };

export type Block =
  | { kind: 'heading' | 'paragraph' | 'quote'; parts: Inline[] }
  | { kind: 'list'; ordered: boolean; items: Inline[][] }
  | { kind: 'code'; text: string };

const item = /^\s*(?:[-*+]|(\d+)[.)])\s+(.*)$/;

/**
 * Reads the Markdown that advisories are written in: headings, paragraphs, lists, quotes, fenced code, and within a
 * line code, emphasis and links. Everything else, HTML above all, stays the text that it is.
 */
export function readMarkdown(source: string): Block[] {
  const blocks: Block[] = [];
  let open: string[] = [];
  const flush = () => {
    if (open.length > 0) blocks.push({ kind: 'paragraph', parts: readInline(open.join(' ')) });
    open = [];
  };
  const lines = source.replaceAll('\r\n', '\n').split('\n');
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] ?? '';
    const fence = /^\s*(```+|~~~+)/.exec(line)?.[1];
    if (fence) {
      flush();
      const code: string[] = [];
      for (i++; i < lines.length && !lines[i]?.trimStart().startsWith(fence); i++) code.push(lines[i] ?? '');
      blocks.push({ kind: 'code', text: code.join('\n') });
      continue;
    }
    const heading = /^\s{0,3}#{1,6}\s+(.*?)\s*#*$/.exec(line)?.[1];
    const listed = item.exec(line);
    const quoted = /^\s*>\s?(.*)$/.exec(line)?.[1];
    if (line.trim() === '') flush();
    else if (heading !== undefined) {
      flush();
      blocks.push({ kind: 'heading', parts: readInline(heading) });
    } else if (listed) {
      flush();
      addItem(blocks, listed[1] !== undefined, readInline(listed[2] ?? ''));
    } else if (quoted !== undefined) {
      flush();
      blocks.push({ kind: 'quote', parts: readInline(quoted) });
    } else open.push(line.trim());
  }
  flush();
  return blocks;
}

function addItem(blocks: Block[], ordered: boolean, parts: Inline[]) {
  const last = blocks.at(-1);
  if (last?.kind === 'list' && last.ordered === ordered) last.items.push(parts);
  else blocks.push({ kind: 'list', ordered, items: [parts] });
}

const inline =
  /`([^`]+)`|\*\*([^*]+)\*\*|__([^_]+)__|(?<![\w*])\*([^*\s][^*]*)\*|\[([^\]]+)\]\(\s*<?(https?:\/\/[^\s)>]+)>?[^)]*\)|<?(https?:\/\/[^\s<>")\]]+)>?/g;

export function readInline(line: string): Inline[] {
  const parts: Inline[] = [];
  let at = 0;
  for (const found of line.matchAll(inline)) {
    if (found.index > at) parts.push({ kind: 'text', text: line.slice(at, found.index) });
    at = found.index + found[0].length;
    const [, code, strong, under, em, label, url, bare] = found;
    if (code) parts.push({ kind: 'code', text: code });
    else if (strong || under) parts.push({ kind: 'strong', text: strong ?? under ?? '' });
    else if (em) parts.push({ kind: 'em', text: em });
    else if (label && url) parts.push({ kind: 'link', text: label, url });
    else if (bare) {
      const trimmed = bare.replace(/[.,;:!?]+$/, '');
      parts.push({ kind: 'link', text: trimmed, url: trimmed });
      at -= found[0].endsWith('>') ? 0 : bare.length - trimmed.length;
    }
  }
  if (at < line.length) parts.push({ kind: 'text', text: line.slice(at) });
  return parts;
}
