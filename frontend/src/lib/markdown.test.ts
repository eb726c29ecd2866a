import { describe, expect, it } from 'vitest';
import { readInline, readMarkdown } from './markdown';

describe('blocks', () => {
  it('reads headings, paragraphs, lists and fenced code', () => {
    const kinds = readMarkdown(
      '## Impact\r\nOne line\r\nand its rest.\n\n- a\n- b\n\n1. c\n\n```js\n<script>\n```\n> said\ntail',
    ).map((b) => b.kind);
    expect(kinds).toEqual(['heading', 'paragraph', 'list', 'list', 'code', 'quote', 'paragraph']);
  });
  it('keeps code as it is, also where its fence never closes', () => {
    expect(readMarkdown('```\n# no heading\n  two')).toEqual([{ kind: 'code', text: '# no heading\n  two' }]);
  });
  it('joins the items of one list', () => {
    expect(readMarkdown('* a\n* b')).toEqual([
      { kind: 'list', ordered: false, items: [[{ kind: 'text', text: 'a' }], [{ kind: 'text', text: 'b' }]] },
    ]);
  });
});

describe('within a line', () => {
  it('reads code, emphasis and links', () => {
    expect(readInline('Use `a*b*` **now**, see [the *fix*](https://x.org/a).')).toEqual([
      { kind: 'text', text: 'Use ' },
      { kind: 'code', text: 'a*b*' },
      { kind: 'text', text: ' ' },
      { kind: 'strong', text: 'now' },
      { kind: 'text', text: ', see ' },
      { kind: 'link', text: 'the *fix*', url: 'https://x.org/a' },
      { kind: 'text', text: '.' },
    ]);
  });
  it('finds bare addresses without the full stop after them', () => {
    expect(readInline('At https://x.org/a. Then')).toEqual([
      { kind: 'text', text: 'At ' },
      { kind: 'link', text: 'https://x.org/a', url: 'https://x.org/a' },
      { kind: 'text', text: '. Then' },
    ]);
  });
  it('makes no link of what is not of the web, and no element of HTML', () => {
    const line = '[x](javascript:alert(1)) <img src=x onerror=alert(1)>';
    expect(readInline(line)).toEqual([{ kind: 'text', text: line }]);
  });
});
