/**
 * Search params as plain text. The router's own reading takes what looks like JSON for JSON, and a version such as
 * "2.10" for the number 2.1.
 */
export function parseQuery(query: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(query));
}

/** The other way; what is undefined or empty is left out. */
export function writeQuery(search: Record<string, unknown>): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(search)) {
    if (value !== undefined && value !== null && value !== '') params.set(key, String(value));
  }
  // Commas and colons are legal in a query and keep addresses readable.
  const text = params.toString().replaceAll('%2C', ',').replaceAll('%3A', ':');
  return text ? `?${text}` : '';
}
