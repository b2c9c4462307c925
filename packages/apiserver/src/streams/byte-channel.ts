import type { Duplex } from "node:stream";

/** The two directions of a connection, as reads of a given length and writes that wait for a slow reader. */
export class ByteChannel {
  readonly #connection: Duplex;
  readonly #source: AsyncIterator<Buffer>;
  #chunks: Buffer[] = [];
  #buffered = 0;

  /** `head`: what was read with the answer that opened the connection. */
  constructor(connection: Duplex, head?: Buffer) {
    this.#connection = connection;
    this.#source = connection.iterator({ destroyOnReturn: false });
    connection.on("error", () => connection.destroy());
    if (head?.length) this.#push(head);
  }

  /** Exactly so many bytes, or undefined when the other side has ended before. */
  async read(count: number): Promise<Buffer | undefined> {
    while (this.#buffered < count) if (!(await this.#fill())) return undefined;
    if (count === 0) return EMPTY;
    const all = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks, this.#buffered);
    this.#chunks = all.length > count ? [all.subarray(count)] : [];
    this.#buffered -= count;
    return all.subarray(0, count);
  }

  /** What has arrived, whatever its length; undefined at the end. */
  async readSome(): Promise<Buffer | undefined> {
    if (this.#buffered === 0 && !(await this.#fill())) return undefined;
    return await this.read(this.#buffered);
  }

  /** Resolves when the connection can take more; rejects when it is gone. */
  async write(...parts: readonly Uint8Array[]): Promise<void> {
    const connection = this.#connection;
    if (connection.destroyed || connection.writableEnded) throw new Error("The connection is closed");
    connection.cork();
    const ready = parts.map((part) => connection.write(part)).every(Boolean);
    connection.uncork();
    if (!ready && connection.writableNeedDrain) await drained(connection);
  }

  /** Sends what is still to be sent, and gives the other side a moment to end as well. */
  end(): void {
    const connection: Duplex & { setTimeout?: (ms: number, callback: () => void) => unknown } = this.#connection;
    if (connection.destroyed) return;
    connection.end();
    connection.setTimeout?.(LINGER_MS, () => connection.destroy());
    void this.#discard();
  }

  destroy(): void {
    this.#connection.destroy();
  }

  /** A connection whose end nobody reads is never closed. */
  async #discard(): Promise<void> {
    try {
      while (!(await this.#source.next()).done);
    } catch {
      this.#connection.destroy();
    }
  }

  async #fill(): Promise<boolean> {
    const { done, value } = await this.#source.next();
    if (!done) this.#push(value);
    return !done;
  }

  #push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
  }
}

const LINGER_MS = 10_000;
const EMPTY = Buffer.alloc(0);

async function drained(connection: Duplex): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const closed = () => reject(new Error("The connection was closed before everything was written"));
  connection.once("drain", resolve).once("close", closed);
  try {
    await promise;
  } finally {
    connection.off("drain", resolve).off("close", closed);
  }
}
