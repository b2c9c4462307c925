import { connect as connectHttp2, type IncomingHttpHeaders } from "node:http2";
import type { Duplex } from "node:stream";

/** The server answered with a status of gRPC instead of its health. */
export class GrpcStatusError extends Error {
  override name = "GrpcStatusError";
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** By number. Upstream: google.golang.org/grpc/health/grpc_health_v1 */
export const SERVING_STATUSES: readonly string[] = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"];

/** grpc.health.v1.Health/Check: answers with its serving status. */
export async function checkHealth(
  socket: Duplex,
  { service, userAgent, signal }: { service: string; userAgent: string; signal: AbortSignal },
): Promise<number> {
  const session = connectHttp2("http://probe", { createConnection: () => socket });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  session.on("error", reject);
  const stream = session.request(
    {
      ":method": "POST",
      ":path": "/grpc.health.v1.Health/Check",
      "content-type": "application/grpc",
      te: "trailers",
      "user-agent": userAgent,
    },
    { signal },
  );
  const chunks: Buffer[] = [];
  stream.on("error", reject);
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  const onStatus = (headers: IncomingHttpHeaders) => {
    const status = headers["grpc-status"];
    if (status === undefined || status === "0") return;
    reject(new GrpcStatusError(Number(status), decodeURIComponent(String(headers["grpc-message"] ?? ""))));
  };
  // A failure without an answer comes in the headers; one after it, in the trailers.
  stream.on("response", onStatus).on("trailers", onStatus);
  stream.on("end", () => resolve(servingStatus(Buffer.concat(chunks))));
  const name = Buffer.from(service);
  const message =
    name.length === 0 ? Buffer.alloc(0) : Buffer.concat([Buffer.from([0x0a, ...varint(name.length)]), name]);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  stream.end(Buffer.concat([head, message]));
  try {
    return await promise;
  } finally {
    session.destroy();
    socket.destroy();
  }
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}

/** HealthCheckResponse{status=1}: a frame header of five bytes, then tag 8 and a small number. */
function servingStatus(frame: Buffer): number {
  return frame.length >= 7 && frame[5] === 0x08 ? frame[6]! : 0;
}
