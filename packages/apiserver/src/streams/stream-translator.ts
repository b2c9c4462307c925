import type { ApiRequest, ApiResponse } from "@dingi/apimachinery";
import { StatusError } from "@dingi/apimachinery";
import { describeError } from "@dingi/base";
import { openUpgrade, type Refused, type UpgradeTarget } from "@dingi/client";
import { failed, readRemoteStatus, type RemoteStatus } from "./remote-status.ts";
import { SpdySession } from "./spdy-session.ts";
import { offeredProtocols, WebSocketConnection } from "./web-socket.ts";

export interface StreamOptions {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

/** A connection to the kubelet, and the request that is to be made on it, but for its upgrade headers. */
type DialKubelet = () => Promise<Omit<UpgradeTarget, "method" | "headers"> & { readonly authority: string }>;

/** Beyond v4, the client can close a single channel: that is how standard input ends. */
const V5 = "v5.channel.k8s.io";
const V4 = "v4.channel.k8s.io";
const CLOSE_CHANNEL = 255;
const CHANNELS = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4 } as const;
const MAX_STATUS_BYTES = 64 * 1024;

type Channel = keyof typeof CHANNELS;

export function asksForV5(request: ApiRequest): boolean {
  return offeredProtocols(request).includes(V5);
}

/**
 * Serves exec and attach over WebSocket by speaking SPDY to the kubelet, as runtimes only know older WebSocket
 * protocols. Failures after the handshake reach the client as the status that ends the stream.
 * Upstream: apiserver/pkg/util/proxy/streamtranslator.go
 */
export async function translateStreams(
  request: ApiRequest,
  options: StreamOptions,
  dial: DialKubelet,
): Promise<ApiResponse> {
  const client = await WebSocketConnection.accept(request, V5);
  void new Translation(client, options).run(dial);
  return { status: 101, headers: {}, upgraded: true };
}

class Translation {
  readonly #client: WebSocketConnection;
  readonly #options: StreamOptions;
  readonly #streams = new Map<number, Channel>();
  readonly #open = new Set<number>();
  readonly #status: Buffer[] = [];

  constructor(client: WebSocketConnection, options: StreamOptions) {
    this.#client = client;
    this.#options = options;
  }

  async run(dial: DialKubelet): Promise<void> {
    const client = this.#client;
    try {
      await this.#greet();
      await client.send(Buffer.of(CHANNELS.error), Buffer.from(JSON.stringify(await this.#converse(dial))));
      await client.close();
    } catch {
      // Whoever cannot be written to cannot be told, either.
      client.destroy();
    }
  }

  /** An empty message on the first channel that the client reads tells it that all is set up. */
  async #greet(): Promise<void> {
    const { stdout, stderr } = this.#options;
    await this.#client.send(Buffer.of(stdout ? CHANNELS.stdout : stderr ? CHANNELS.stderr : CHANNELS.error));
  }

  async #converse(dial: DialKubelet): Promise<RemoteStatus> {
    let session: SpdySession | undefined;
    try {
      session = await upgrade(await dial());
      await this.#openStreams(session);
      return await this.#passOn(session);
    } catch (error) {
      return failed(describeError(error));
    } finally {
      session?.destroy();
    }
  }

  async #openStreams(session: SpdySession): Promise<void> {
    const { stdin, stdout, stderr, tty } = this.#options;
    const wanted = { error: true, stdin, stdout, stderr: stderr && !tty, resize: tty };
    for (const [channel, isWanted] of Object.entries(wanted) as [Channel, boolean][]) {
      if (isWanted) this.#streams.set(await session.open({ streamtype: channel }), channel);
    }
    for (const [stream, channel] of this.#streams)
      if (channel === "error" || channel === "stdout" || channel === "stderr") this.#open.add(stream);
  }

  /** Until output and status have ended. What the client sends waits until the kubelet has taken all streams. */
  async #passOn(session: SpdySession): Promise<RemoteStatus> {
    let replies = this.#streams.size;
    for await (const frame of session.frames()) {
      if (frame.type === "reply" && --replies === 0) void this.#readClient(session);
      if (frame.type === "data") await this.#output(frame.stream, frame.data);
      if (frame.type === "reset" || (frame.type === "data" && frame.final)) this.#open.delete(frame.stream);
      if (this.#open.size === 0) return readRemoteStatus(Buffer.concat(this.#status).toString());
    }
    throw new Error("the connection to the kubelet ended before the command did");
  }

  async #output(stream: number, data: Buffer): Promise<void> {
    const channel = this.#streams.get(stream);
    if (channel === "error") this.#collect(data);
    else if (channel && data.length > 0) await this.#client.send(Buffer.of(CHANNELS[channel]), data);
  }

  #collect(data: Buffer): void {
    this.#status.push(data);
    if (this.#status.reduce((sum, { length }) => sum + length, 0) > MAX_STATUS_BYTES)
      throw new Error("the status of the command is too long");
  }

  /** A client that has gone takes the session with it. */
  async #readClient(session: SpdySession): Promise<void> {
    const inputs = new Map([...this.#streams].map(([stream, channel]) => [CHANNELS[channel] as number, stream]));
    inputs.delete(CHANNELS.error);
    const closed = new Set<number>();
    try {
      for await (const message of this.#client.messages()) {
        const closes = message[0] === CLOSE_CHANNEL;
        const channel = closes ? message[1] : message[0];
        const stream = channel === undefined ? undefined : inputs.get(channel);
        if (closes && message.length !== 2) break;
        if (stream === undefined || closed.has(stream)) continue;
        if (closes) closed.add(stream);
        await session.send(stream, closes ? NOTHING : message.subarray(1), closes);
      }
    } finally {
      session.destroy();
    }
  }
}

const NOTHING = Buffer.alloc(0);

async function upgrade(target: Awaited<ReturnType<DialKubelet>>): Promise<SpdySession> {
  const headers = {
    host: target.authority,
    connection: "Upgrade",
    upgrade: "SPDY/3.1",
    "x-stream-protocol-version": V4,
    "content-length": "0",
  };
  const { upgraded, refused } = await openUpgrade({ ...target, method: "POST", headers });
  if (refused) throw refusal(refused);
  return new SpdySession(upgraded.socket, upgraded.head);
}

function refusal({ status, body }: Refused): Error {
  const text = Buffer.from(body).toString().trim();
  try {
    const parsed = JSON.parse(text) as { kind?: string; message?: string; reason?: string };
    if (parsed.kind === "Status" && parsed.message)
      return StatusError.make(status, (parsed.reason ?? "") as never, parsed.message);
  } catch {
    // Not every kubelet refuses with a Status.
  }
  return new Error(`unable to upgrade connection: ${text}`);
}
