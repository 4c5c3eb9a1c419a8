// Which addresses are this machine's own, as far as their text tells.

/** Whether `url`, an http or https address, is this machine's by its name. */
export function isOnThisMachine(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname.endsWith('.localhost') || /^127\.|^\[::1\]$/.test(hostname);
}
