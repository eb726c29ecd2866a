const most = 6;

/** What changed between two sets of fields, a line each: "role: viewer → admin". */
export function differences(before: unknown, after: unknown): string[] {
  const was = fields(before);
  const is = fields(after);
  const lines: string[] = [];
  for (const name of new Set([...Object.keys(was), ...Object.keys(is)])) {
    const [x, y] = [words(was[name]), words(is[name])];
    if (x === y) continue;
    lines.push(x && y ? `${name}: ${x} → ${y}` : `${name}: ${y || `${x} → –`}`);
  }
  return lines.length > most ? [...lines.slice(0, most), `+${lines.length - most}`] : lines;
}

function fields(x: unknown): Record<string, unknown> {
  return typeof x === 'object' && x !== null && !Array.isArray(x) ? (x as Record<string, unknown>) : {};
}

function words(x: unknown): string {
  if (x === undefined || x === null || x === '') return '';
  const text = typeof x === 'string' ? x : JSON.stringify(x);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
