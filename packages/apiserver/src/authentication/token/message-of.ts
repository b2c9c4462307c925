/** What is wrong with a token, whose message holds those of its causes already. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
