import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { connect, type AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { test } from "node:test";
import { createInflate } from "node:zlib";
import type { ApiRequest, ApiResponse } from "@dingi/apimachinery";
import { WebSocket } from "ws";
import { ByteChannel } from "./byte-channel.ts";
import { tunnelSpdy } from "./port-forward-tunnel.ts";
import { translateStreams, type StreamOptions } from "./stream-translator.ts";

/** A runtime's side of SPDY, enough to see what a client sends and to answer. */
class Runtime {
  readonly streams = new Map<string, number>();
  readonly sent: string[] = [];
  readonly #channel: ByteChannel;
  readonly #inflate = createInflate();

  constructor(socket: Duplex) {
    this.#channel = new ByteChannel(socket);
  }

  /** Takes one frame; undefined at the end. */
  async take(): Promise<{ stream: string; data: Buffer; final: boolean } | undefined> {
    const head = await this.#channel.read(8);
    const body = head && (await this.#channel.read(head.readUIntBE(5, 3)));
    if (!body) return undefined;
    if (head[0] !== 0x80) {
      const id = head.readUInt32BE();
      const stream = [...this.streams].find(([, number]) => number === id)![0];
      return { stream, data: body, final: head[4] === 1 };
    }
    const id = body.readUInt32BE();
    const headers = await this.#headers(body.subarray(10));
    this.streams.set(headers["streamtype"]!, id);
    const reply = Buffer.alloc(12);
    reply.writeUInt32BE(0x80030002);
    reply.writeUInt32BE(4, 4);
    reply.writeUInt32BE(id, 8);
    await this.#channel.write(reply);
    return { stream: "", data: Buffer.alloc(0), final: false };
  }

  async say(stream: string, text: string, final = false): Promise<void> {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(this.streams.get(stream)!);
    head.writeUInt32BE(Buffer.byteLength(text), 4);
    head[4] = final ? 1 : 0;
    await this.#channel.write(head, Buffer.from(text));
  }

  end(): void {
    this.#channel.end();
  }

  async #headers(block: Buffer): Promise<Record<string, string>> {
    this.#inflate.write(block);
    const [raw] = (await once(this.#inflate, "data")) as [Buffer];
    const headers: Record<string, string> = {};
    let at = 4;
    const text = () => {
      const length = raw.readUInt32BE(at);
      at += 4 + length;
      return raw.toString("utf8", at - length, at);
    };
    for (let i = 0; i < raw.readUInt32BE(); i++) headers[text()] = text();
    return headers;
  }
}

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

type Serve = (request: ApiRequest, target: Parameters<typeof tunnelSpdy>[1]) => Promise<ApiResponse>;

/** A server in front of a kubelet that either takes the upgrade or refuses it. */
async function front(serve: Serve, kubelet: ((runtime: Runtime, request: IncomingMessage) => Promise<void>) | string) {
  const back = createServer();
  const sockets: Duplex[] = [];
  back.on("upgrade", (request, socket) => {
    sockets.push(socket);
    if (typeof kubelet === "string")
      return void socket.end(`HTTP/1.1 404 Not Found\r\nContent-Length: ${kubelet.length}\r\n\r\n${kubelet}`);
    socket.write(
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: portforward.k8s.io\r\n\r\n",
    );
    return void kubelet(new Runtime(socket), request).catch(() => {});
  });
  const backPort = await listen(back);
  const server = createServer();
  server.on("upgrade", (incoming, socket) => {
    sockets.push(socket);
    const signal = new AbortController().signal;
    const request: ApiRequest = {
      method: "GET",
      path: "/",
      query: new URLSearchParams(),
      headers: incoming.headers as Record<string, string>,
      peer: { address: "" },
      signal,
      upgrade: () => socket,
    };
    const connection = connect(backPort, "127.0.0.1");
    void serve(request, { connection, authority: "kubelet", path: "/exec/ns/pod/c?output=1", signal }).then(
      (answer) => {
        if (!answer.upgraded) socket.end(`HTTP/1.1 ${answer.status} No\r\nContent-Length: 0\r\n\r\n`);
      },
    );
  });
  const port = await listen(server);
  return {
    url: `ws://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await Promise.all([server, back].map((one) => new Promise((resolve) => one.close(resolve))));
    },
  };
}

const translating =
  (options: Partial<StreamOptions>): Serve =>
  (request, target) =>
    translateStreams(request, { stdin: false, stdout: true, stderr: true, tty: false, ...options }, () =>
      Promise.resolve(target),
    );

/** By channel, what came until the end. */
async function collect(client: WebSocket): Promise<Record<number, string>> {
  const channels: Record<number, string> = {};
  client.on("message", (data: Buffer) => (channels[data[0]!] = (channels[data[0]!] ?? "") + data.toString("utf8", 1)));
  await once(client, "close");
  return channels;
}

const open = (url: string, protocol = "v5.channel.k8s.io") => new WebSocket(url, [protocol]);

test("input reaches the command, its end too; output and exit code come back", async () => {
  const seen: string[] = [];
  await using server = await front(translating({ stdin: true }), async (runtime, request) => {
    seen.push(`${request.method} ${request.url} ${String(request.headers["x-stream-protocol-version"])}`);
    while (runtime.streams.size < 4) await runtime.take();
    seen.push([...runtime.streams.keys()].join());
    let input = "";
    for (let frame = await runtime.take(); frame; frame = await runtime.take()) {
      input += frame.data.toString();
      if (frame.final) break;
    }
    await runtime.say("stdout", `read ${input}`, true);
    await runtime.say("stderr", "done", true);
    const details = { causes: [{ reason: "ExitCode", message: "3" }] };
    await runtime.say("error", JSON.stringify({ status: "Failure", reason: "NonZeroExitCode", details }), true);
  });
  const client = open(server.url);
  const channels = collect(client);
  await once(client, "open");
  for (const text of ["one ", "two"]) client.send(Buffer.concat([Buffer.of(0), Buffer.from(text)]));
  client.send(Buffer.of(255, 0));
  client.send(Buffer.from("\0too late"));
  const { 1: stdout, 2: stderr, 3: status } = await channels;
  assert.deepEqual([stdout, stderr], ["read one two", "done"]);
  assert.equal((JSON.parse(status!) as { reason: string }).reason, "NonZeroExitCode");
  assert.deepEqual(seen, ["POST /exec/ns/pod/c?output=1 v4.channel.k8s.io", "error,stdin,stdout,stderr"]);
});

test("a terminal has its size told, and no separate errors", async () => {
  await using server = await front(translating({ stdin: true, tty: true }), async (runtime) => {
    while (runtime.streams.size < 4) await runtime.take();
    const frame = (await runtime.take())!;
    await runtime.say("stdout", `${[...runtime.streams.keys()].join()} ${frame.stream} ${frame.data.toString()}`, true);
    await runtime.say("error", "", true);
  });
  const client = open(server.url);
  const channels = collect(client);
  await once(client, "open");
  client.send(Buffer.concat([Buffer.of(4), Buffer.from('{"Width":80,"Height":24}')]));
  const { 1: stdout, 3: status } = await channels;
  assert.equal(stdout, 'error,stdin,stdout,resize resize {"Width":80,"Height":24}');
  assert.deepEqual(JSON.parse(status!), { metadata: {}, status: "Success" });
});

test("a kubelet that refuses is told of in the status", async () => {
  await using server = await front(translating({}), 'container not found ("c")');
  const { 3: status } = await collect(open(server.url));
  const { message } = JSON.parse(status!) as { message: string };
  assert.equal(message, 'Internal error occurred: unable to upgrade connection: container not found ("c")');
});

test("a kubelet that goes away is told of in the status", async () => {
  await using server = await front(translating({}), async (runtime) => {
    while (runtime.streams.size < 3) await runtime.take();
    runtime.end();
  });
  const { 3: status } = await collect(open(server.url));
  assert.match(status!, /the connection to the kubelet ended before the command did/);
});

test("a client that goes away ends the command's connection", async () => {
  const ended = Promise.withResolvers<void>();
  await using server = await front(translating({ stdin: true }), async (runtime) => {
    while (await runtime.take());
    ended.resolve();
  });
  const client = open(server.url);
  await once(client, "message");
  client.terminate();
  await ended.promise;
});

const TUNNEL = "SPDY/3.1+portforward.k8s.io";

/** `ws` refuses the protocol's name on its side, as well; so the handshake is by hand. */
async function openTunnel(url: string): Promise<{ socket: Duplex; answer: string }> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.write(
    `GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: AAAA\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ${TUNNEL}\r\n\r\n`,
  );
  const [answer] = (await once(socket, "data")) as [Buffer];
  return { socket, answer: answer.toString() };
}

test("SPDY inside of a WebSocket is carried both ways", async () => {
  await using server = await front(tunnelSpdy, async (runtime, request) => {
    assert.equal(request.headers["x-stream-protocol-version"], "portforward.k8s.io");
    runtime.streams.set("data", 7);
    const frame = (await runtime.take())!;
    await runtime.say("data", `${frame.data.toString()} back`);
  });
  const { socket, answer } = await openTunnel(server.url);
  assert.match(answer, /^HTTP\/1\.1 101 /);
  assert.match(answer, /Sec-WebSocket-Protocol: SPDY\/3\.1\+portforward\.k8s\.io/);
  const payload = Buffer.concat([Buffer.of(0, 0, 0, 7, 0, 0, 0, 5), Buffer.from("there")]);
  socket.write(Buffer.concat([Buffer.of(0x82, 0x80 | payload.length, 0, 0, 0, 0), payload]));
  const [back] = (await once(socket, "data")) as [Buffer];
  assert.equal(back.toString("utf8", 10), "there back");
  socket.destroy();
});

test("a kubelet that refuses a tunnel is the answer", async () => {
  await using server = await front(tunnelSpdy, "no");
  const { answer } = await openTunnel(server.url);
  assert.match(answer, /^HTTP\/1\.1 404 /);
});
