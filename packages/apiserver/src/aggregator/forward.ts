import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";
import { encodeJson, type ApiRequest, type ApiResponse, type WatchEvent } from "@dingi/apimachinery";
import { describeError } from "@dingi/base";
import { forwardUpgrade, splitLines } from "@dingi/client";
import { MAX_BODY_BYTES } from "../negotiation/decode.ts";
import { respondText } from "../negotiation/respond.ts";
import { answerHeaders, bodyOf, passedOn } from "../proxy/relay.ts";
import type { Call } from "../request/call.ts";
import { isTrue } from "../routing/request-info.ts";
import { readAnswer } from "../webhook/answer.ts";
import { UnresolvedError, type Backends } from "./backends.ts";
import type { RemoteApi } from "./remote-apis.ts";
import { identityHeaders } from "./remote-identity.ts";

const UNAVAILABLE = "service unavailable\n";
const REDIRECTED = "the backend attempted to redirect this request, which is not permitted";
/** Of what this process reads itself. */
const MAX_OBJECT_BYTES = 256 * 1024 * 1024;

type Forwarded = Pick<Call, "request" | "user">;

/**
 * Passes a request on to the server behind an APIService, in the name of who asks, and its answer back. Redirects are not
 * passed on: they would lead clients wherever that server wants. Upstream: kube-aggregator/pkg/apiserver/handler_proxy.go
 */
export async function forward(call: Forwarded, api: RemoteApi, backends: Backends): Promise<ApiResponse> {
  if (!api.isAvailable) return respondText(503, UNAVAILABLE);
  try {
    return await (call.request.upgrade ? upgraded(call, api, backends) : plain(call, api, backends));
  } catch (error) {
    if (call.request.signal.aborted) throw error;
    if (error instanceof UnresolvedError) return respondText(503, UNAVAILABLE);
    return respondText(503, `error trying to reach service: ${describeCause(error)}\n`);
  }
}

/** What an UnreachedError says is whole; its cause says the same in other words. */
const describeCause = (error: unknown): string => (error instanceof Error ? error.message : describeError(error));

const pathOf = ({ path, query }: ApiRequest): string => (query.size === 0 ? path : `${path}?${query}`);

function headersOf({ request, user }: Forwarded): OutgoingHttpHeaders {
  const { host, ":authority": authority, "x-forwarded-for": before } = request.headers;
  const { address } = request.peer;
  const through = before === undefined ? address : `${before}, ${address}`;
  return {
    ...passedOn(request),
    ...((host ?? authority) ? { host: host ?? authority } : {}),
    ...(through === "" ? {} : { "x-forwarded-for": through }),
    ...identityHeaders(user),
  };
}

async function upgraded(call: Forwarded, api: RemoteApi, backends: Backends): Promise<ApiResponse> {
  const { request } = call;
  const target = await backends.dial(api, request.signal);
  const headers = { ...headersOf(call), connection: "Upgrade" };
  const to = { ...target, path: pathOf(request), method: request.method, headers, signal: request.signal };
  try {
    const refused = await forwardUpgrade(request.upgrade!, to);
    if (!refused) return { status: 101, headers: {}, upgraded: true };
    return { status: refused.status, headers: refused.headers, body: refused.body };
  } catch (error) {
    target.connection.destroy();
    throw error;
  }
}

async function plain(call: Forwarded, api: RemoteApi, backends: Backends): Promise<ApiResponse> {
  const { request } = call;
  const { signal, method } = request;
  const body = await requestBodyOf(request);
  const length = body === undefined ? {} : { "content-length": body.length };
  const headers = { ...headersOf(call), ...length };
  const response = await backends.send(api, { method, path: pathOf(request), headers, body, signal });
  const status = response.statusCode ?? 502;
  if (status >= 300 && status < 400 && response.headers.location !== undefined) {
    response.destroy();
    return respondText(502, REDIRECTED);
  }
  if (request.wantsObjects && status < 300) return await asObjects(request, status, response);
  return { status, headers: answerHeaders(response), body: bodyOf(response, response) };
}

async function requestBodyOf(request: ApiRequest): Promise<Uint8Array | undefined> {
  if (request.object !== undefined) return Buffer.from(encodeJson(request.object));
  return await request.readBody?.(MAX_BODY_BYTES);
}

/** What in-process clients want. */
async function asObjects({ query }: ApiRequest, status: number, response: IncomingMessage): Promise<ApiResponse> {
  if (isTrue(query.get("watch"))) return { status, headers: {}, events: eventsOf(response) };
  const body = await readAnswer(response, MAX_OBJECT_BYTES);
  if (!body) throw new Error(`The answer is larger than ${MAX_OBJECT_BYTES} bytes`);
  return { status, headers: {}, object: JSON.parse(body.toString()) as unknown };
}

async function* eventsOf(response: IncomingMessage): AsyncGenerator<readonly WatchEvent[]> {
  for await (const lines of splitLines(bodyOf(response, response)))
    yield lines.map((line) => JSON.parse(line) as WatchEvent);
}
