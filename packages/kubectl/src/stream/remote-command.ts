import type { Readable, Writable } from "node:stream";
import type { V1Status } from "@dingi/apimachinery";
import type { WebSocket } from "ws";
import { CommandError } from "../command-error.ts";
import type { Io } from "../io.ts";
import type { Session } from "../session.ts";
import type { Terminal, TerminalSize } from "./terminal.ts";
import { bytesOf, channelFrame, openWebSocket, send } from "./web-socket.ts";

const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, status: 3, resize: 4, close: 255 } as const;
const V5 = "v5.channel.k8s.io";

interface RemoteCommand {
  readonly pod: { readonly namespace: string; readonly name: string };
  readonly subresource: "exec" | "attach";
  readonly container: string;
  /** For exec. */
  readonly command?: readonly string[];
  readonly stdin: boolean;
  /** Where what the command says goes; stderr is absent when both come by stdout. */
  readonly io: Pick<Io, "stdin" | "stdout"> & { readonly stderr?: Writable };
  /** Given when the user's terminal is the command's. */
  readonly terminal?: Terminal;
  /** Told to the command before the true size, so that it draws its screen again. */
  readonly firstSize?: TerminalSize;
}

/**
 * Runs or joins a process in a container, until it ends. Throws when it did not end well; its exit code is the error's.
 * Upstream: client-go/tools/remotecommand/websocket.go
 */
export async function runRemoteCommand(session: Session, remote: RemoteCommand): Promise<void> {
  const { pod, subresource } = remote;
  const socket = await openWebSocket(session.connection, {
    path: `/api/v1/namespaces/${encodeURIComponent(pod.namespace)}/pods/${encodeURIComponent(pod.name)}/${subresource}`,
    query: queryOf(remote),
    protocols: [V5],
  });
  using _raw = remote.terminal?.raw();
  using _resize = followSize(socket, remote);
  using _input = remote.stdin ? copyInput(socket, remote.io.stdin) : undefined;
  const status = await receive(socket, remote.io);
  checkStatus(status);
}

function queryOf({ container, command = [], stdin, io, terminal }: RemoteCommand): URLSearchParams {
  const query = new URLSearchParams(command.map((word) => ["command", word]));
  query.set("container", container);
  if (stdin) query.set("stdin", "true");
  query.set("stdout", "true");
  if (io.stderr && !terminal) query.set("stderr", "true");
  if (terminal) query.set("tty", "true");
  return query;
}

/** Resolves with what the server says of the command's end; undefined when it says nothing. */
async function receive(
  socket: WebSocket,
  { stdout, stderr }: { stdout: Writable; stderr?: Writable },
): Promise<V1Status | undefined> {
  let status: V1Status | undefined;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const put = (stream: Writable, data: Uint8Array) => {
    if (stream.write(data)) return;
    socket.pause();
    stream.once("drain", () => socket.resume());
  };
  socket.on("message", (data) => {
    const frame = bytesOf(data);
    const content = frame.subarray(1);
    if (frame[0] === CHANNEL.stdout) put(stdout, content);
    else if (frame[0] === CHANNEL.stderr && stderr) put(stderr, content);
    else if (frame[0] === CHANNEL.status && content.length > 0) {
      status = JSON.parse(Buffer.from(content).toString()) as V1Status;
      socket.close(1000);
    }
  });
  socket.on("error", reject);
  socket.on("close", () => resolve());
  for (const stream of [stdout, stderr]) stream?.once("error", reject);
  socket.resume();
  try {
    await promise;
  } finally {
    for (const stream of [stdout, stderr]) stream?.off("error", reject);
    socket.terminate();
  }
  return status;
}

function checkStatus(status: V1Status | undefined): void {
  if (!status || status.status === "Success") return;
  const code = status.details?.causes?.find(({ reason }) => reason === "ExitCode")?.message;
  if (status.reason === "NonZeroExitCode" && code !== undefined)
    throw new CommandError(`command terminated with exit code ${code}`, { exitCode: Number(code), prefixed: false });
  throw new CommandError(status.message ?? "the command failed");
}

/** Sends what is read, one chunk at a time, until the end or until disposed of. */
function copyInput(socket: WebSocket, stdin: Readable): Disposable {
  const stop = () => {
    stdin.off("data", onData);
    stdin.off("end", onEnd);
    stdin.pause();
    if ("unref" in stdin && typeof stdin.unref === "function") stdin.unref();
  };
  const onData = (chunk: Uint8Array | string) => {
    stdin.pause();
    void send(socket, channelFrame(CHANNEL.stdin, chunk)).then(() => stdin.resume(), stop);
  };
  const onEnd = () => {
    void send(socket, Uint8Array.of(CHANNEL.close, CHANNEL.stdin)).catch(stop);
  };
  stdin.on("data", onData);
  stdin.on("end", onEnd);
  if (stdin.readableEnded) onEnd();
  return { [Symbol.dispose]: stop };
}

function followSize(socket: WebSocket, { terminal, firstSize }: RemoteCommand): Disposable | undefined {
  if (!terminal) return undefined;
  const tell = ({ width, height }: TerminalSize) => {
    const frame = channelFrame(CHANNEL.resize, JSON.stringify({ Width: width, Height: height }));
    void send(socket, frame).catch(() => socket.terminate());
  };
  if (firstSize) tell(firstSize);
  tell(terminal.size);
  return terminal.onResize(tell);
}
