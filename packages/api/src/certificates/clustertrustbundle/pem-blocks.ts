export interface PemBlock {
  readonly type: string;
  readonly hasHeaders: boolean;
  readonly bytes: Buffer;
}

const BEGIN = "-----BEGIN ";
const END = "-----END ";
const DASHES = "-----";
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * The blocks of a text with anything around them, as Go finds them: an end belongs to the last beginning before it. What is
 * no block is passed over. Takes time in proportion to the text. Upstream: go/src/encoding/pem/pem.go#Decode
 */
export function* pemBlocksOf(text: string): Generator<PemBlock> {
  let from = 0;
  for (let end = lineStart(text, END, 0); end >= 0; end = lineStart(text, END, from)) {
    const begin = lastLineStart(text.slice(from, end));
    const block = begin < 0 ? undefined : blockAt(text, from + begin, end);
    from = end + END.length;
    if (block) yield block;
  }
}

/** Where a line begins so; −1 when none does. */
function lineStart(text: string, start: string, from: number): number {
  if (from === 0 && text.startsWith(start)) return 0;
  const at = text.indexOf(`\n${start}`, Math.max(0, from - 1));
  return at < 0 ? -1 : at + 1;
}

function lastLineStart(text: string): number {
  const at = text.lastIndexOf(BEGIN);
  return at <= 0 || text[at - 1] === "\n" ? at : -1;
}

function blockAt(text: string, begin: number, end: number): PemBlock | undefined {
  const typeLine = lineAt(text, begin).slice(BEGIN.length);
  if (!typeLine.endsWith(DASHES) || lineAt(text, end) !== END + typeLine) return undefined;
  const lines = text.slice(begin, end).split("\n").slice(1);
  const body = lines.findIndex((line) => !line.includes(":"));
  const encoded = lines.slice(Math.max(0, body)).join("").replace(/\s/g, "");
  if (!BASE64.test(encoded)) return undefined;
  return { type: typeLine.slice(0, -DASHES.length), hasHeaders: body > 0, bytes: Buffer.from(encoded, "base64") };
}

/** Without what is white at its end. */
function lineAt(text: string, from: number): string {
  const end = text.indexOf("\n", from);
  return text.slice(from, end < 0 ? undefined : end).trimEnd();
}
