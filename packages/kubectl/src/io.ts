import type { Readable, Writable } from "node:stream";

/** Everything that a command touches beside the API server and files. */
export interface Io {
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly stdin: Readable;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Waits until a slow reader has taken the text. */
export async function write(stream: Writable, data: string | Uint8Array): Promise<void> {
  if (data.length === 0) return;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  stream.write(data, (error) => (error ? reject(error) : resolve()));
  await promise;
}

export async function readAll(stream: AsyncIterable<unknown>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(typeof chunk === "string" ? Buffer.from(chunk) : (chunk as Uint8Array));
  return Buffer.concat(chunks).toString();
}
