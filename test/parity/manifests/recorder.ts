import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Agent, request } from "node:https";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { describeError } from "@dingi/base";
import type { Answer } from "../http/case.ts";

/** A request for one object, and the answer to it. */
export interface Recording {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly body: string;
  readonly answer: Answer;
}

interface Access {
  readonly server: string;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** The same on both sides, because it is written into some objects. */
const ACTOR = { "impersonate-user": "manifests", "impersonate-group": "system:masters" };
const HOP = ["connection", "transfer-encoding", "keep-alive", "content-length"];

/** Stands before a server, on loopback and without TLS, acts as its administrator, and notes what is asked and answered. */
export class Recorder implements AsyncDisposable {
  readonly #access: Access;
  readonly #agent: Agent;
  readonly #server: Server;
  #recordings: Recording[] = [];

  private constructor(access: Access) {
    this.#access = access;
    this.#agent = new Agent({ keepAlive: true, ca: access.ca, cert: access.cert, key: access.key });
    this.#server = createServer((asked, response) => {
      // A server that is gone is not waited for: kubectl would try again without end.
      this.#relay(asked, response).catch((error: unknown) => response.writeHead(502).end(describeError(error)));
    });
  }

  static async start(access: Access): Promise<Recorder> {
    const recorder = new Recorder(access);
    recorder.#server.listen(0, "127.0.0.1");
    await once(recorder.#server, "listening");
    return recorder;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What has been recorded since the last time. */
  take(): readonly Recording[] {
    const taken = this.#recordings;
    this.#recordings = [];
    return taken;
  }

  async ask(method: string, url: string, body?: unknown): Promise<Answer> {
    const sent = body === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(body));
    const headers = { "content-type": "application/json", accept: "application/json" };
    return answerOf(await this.#send(method, url, { headers, body: sent }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#agent.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #relay(asked: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "GET", url = "/" } = asked;
    const body = await buffer(asked);
    // What is compared is read here, so it comes as it is.
    const { "accept-encoding": _coding, host: _host, ...headers } = asked.headers;
    const answer = await this.#send(method, url, { headers, body });
    if (isForObject(url)) this.#recordings.push({ method, url, body: body.toString(), answer: answerOf(answer) });
    for (let i = 0; i < answer.rawHeaders.length; i += 2)
      if (!HOP.includes(answer.rawHeaders[i]!.toLowerCase()))
        response.appendHeader(answer.rawHeaders[i]!, answer.rawHeaders[i + 1]!);
    response.writeHead(answer.status).end(answer.body);
  }

  async #send(method: string, url: string, { headers, body }: Sent): Promise<Received> {
    const sized = { ...headers, ...ACTOR, "content-length": String(body.length) };
    const call = request(new URL(url, this.#access.server), { method, agent: this.#agent, headers: sized });
    call.end(body);
    const [message] = (await once(call, "response")) as [IncomingMessage];
    return { status: message.statusCode ?? 0, rawHeaders: message.rawHeaders, body: await buffer(message) };
  }
}

interface Sent {
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

interface Received {
  readonly status: number;
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

function answerOf({ status, rawHeaders, body }: Received): Answer {
  const headers: Record<string, string> = {};
  rawHeaders.forEach((name, i) => {
    if (i % 2 > 0) return;
    const key = name.toLowerCase();
    headers[key] = headers[key] === undefined ? rawHeaders[i + 1]! : `${headers[key]}\n${rawHeaders[i + 1]}`;
  });
  return { status, headers, text: body.toString() };
}

/** Not discovery, nor OpenAPI: "/api/v1/pods", "/apis/apps/v1/namespaces/a/deployments". */
const isForObject = (url: string): boolean => /^\/(api\/[^/]+|apis\/[^/]+\/[^/]+)\/[^?]/.test(url);
