const OFFSET = 2_166_136_261;
const PRIME = 16_777_619;
/** Letters and digits of which no word can be made. */
const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

/** A short name for a text. Upstream: history/controller_history.go#HashControllerRevision */
export function nameHash(text: string): string {
  let hash = OFFSET;
  for (const byte of Buffer.from(text)) hash = (Math.imul(hash, PRIME) ^ byte) >>> 0;
  return Array.from(String(hash), (digit) => ALPHABET[digit.charCodeAt(0) % ALPHABET.length]).join("");
}
