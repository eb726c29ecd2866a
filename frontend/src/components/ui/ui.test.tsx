// @vitest-environment jsdom
import { MantineProvider } from '@mantine/core';
import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import type { ReactElement } from 'react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ApiProblem } from '../../lib/problem';
import { Markdown } from './markdown';
import { Out } from './out';
import { ProblemAlert } from './problem';
import { SeverityBar } from './severity';

const show = (element: ReactElement) => render(<MantineProvider env="test">{element}</MantineProvider>);

afterEach(cleanup);

describe('a problem', () => {
  it('shows its words, each place, the request, and tries again', () => {
    const retry = vi.fn();
    const fault = { path: '/components/3/purl', code: 'unreadable', message: 'is no package URL' };
    show(<ProblemAlert error={new ApiProblem(422, 'Refused.', [fault], 'req-9')} retry={retry} />);
    const alert = screen.getByRole('alert');
    for (const words of ['Refused.', '/components/3/purl', 'is no package URL', 'req-9']) {
      expect(alert.textContent).toContain(words);
    }
    fireEvent.click(screen.getByRole('button'));
    expect(retry).toHaveBeenCalledOnce();
  });
  it('shows the first of many places and how many more there are', () => {
    const faults = Array.from({ length: 20 }, (_, i) => ({ path: `/${i}`, code: 'x', message: 'bad' }));
    show(<ProblemAlert error={new ApiProblem(422, 'Refused.', faults)} />);
    expect(screen.getAllByRole('listitem')).toHaveLength(13);
    expect(screen.getByText('and 8 more')).toBeTruthy();
  });
});

describe('severities', () => {
  it('are read out with their numbers, the worst first', () => {
    show(<SeverityBar open={{ critical: 2, high: 0, medium: 1, low: 0, none: 0, unknown: 4, total: 7 }} />);
    expect(screen.getByRole('img', { name: '2 critical, 1 medium, 4 unknown' }).textContent).toBe('7');
  });
  it('say that there are none', () => {
    show(<SeverityBar open={{ critical: 0, high: 0, medium: 0, low: 0, none: 0, unknown: 0, total: 0 }} />);
    expect(screen.getByText('no findings')).toBeTruthy();
  });
});

describe('what others wrote', () => {
  it('never becomes an element of its own', () => {
    const { container } = show(<Markdown source={'# <b>x</b>\n<img src=x onerror=alert(1)>'} />);
    expect(container.querySelector('img, b')).toBeNull();
    expect(container.querySelector('h4')?.textContent).toBe('<b>x</b>');
  });
  it('is a link only to the web', () => {
    show(
      <>
        <Out href={['javascript', 'alert(1)'].join(':')}>bad</Out>
        <Out href="https://x.org">good</Out>
      </>,
    );
    expect(screen.getAllByRole('link').map((a) => a.textContent)).toEqual(['good']);
  });
});
