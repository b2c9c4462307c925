import type { IncomingMessage } from "node:http";
import { StatusError, type StatusReason, type V1Status } from "@dingi/apimachinery";
import { WebhookCallError } from "./webhook-config.ts";

const MAX_MESSAGE_BYTES = 2048;

/** By status, what an answer means that says nothing itself. Upstream: apimachinery/pkg/api/errors/errors.go#NewGenericServerResponse */
const MEANINGS: Readonly<Record<number, readonly [StatusReason, string?]>> = {
  400: ["BadRequest", "the server rejected our request for an unknown reason"],
  401: ["Unauthorized", "the server has asked for the client to provide credentials"],
  403: ["Forbidden"],
  404: ["NotFound", "the server could not find the requested resource"],
  405: ["MethodNotAllowed", "the server does not allow this method on the requested resource"],
  406: ["NotAcceptable", "the server was unable to respond with a content type that the client supports"],
  409: ["AlreadyExists", "the server reported a conflict"],
  415: ["UnsupportedMediaType"],
  422: ["Invalid", "the server rejected our request due to an error in our request"],
  429: ["TooManyRequests", "the server has received too many requests and has asked us to try again later"],
  503: ["ServiceUnavailable", "the server is currently unable to handle the request"],
  504: [
    "Timeout",
    "the server was unable to return a response in the time allotted, but may still be processing the request",
  ],
};

/** Undefined: it is more than `limit` bytes. */
export async function readAnswer(response: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > limit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

/** Throws StatusError for what is a refusal, with the Status in its body if there is one; WebhookCallError for what is nothing. */
export function checkAnswer({ statusCode = 0, headers }: IncomingMessage, body: Buffer): void {
  const isGood = statusCode >= 200 && statusCode <= 206;
  if (!isGood) throw refusal(statusCode, headers["content-type"] ?? "", body);
  if (body.length > 0) return;
  const type = headers["content-type"] ?? "application/json";
  throw new WebhookCallError(`0-length response with status code: ${statusCode} and content type: ${type}`);
}

function refusal(statusCode: number, contentType: string, body: Buffer): StatusError {
  const status = statusIn(body);
  const isOne = status !== undefined && status.status !== "Success";
  return isOne ? new StatusError(status) : genericError(statusCode, contentType, body);
}

function statusIn(body: Buffer): V1Status | undefined {
  // A long answer is none, and need not be parsed twice.
  if (body.length > 64 * 1024 || !body.includes('"Status"')) return undefined;
  try {
    const value = JSON.parse(body.toString()) as Partial<V1Status> | null;
    return value?.kind === "Status" && value.apiVersion === "v1" ? (value as V1Status) : undefined;
  } catch {
    return undefined;
  }
}

function genericError(code: number, contentType: string, body: Buffer): StatusError {
  const isText = contentType === "" || contentType.startsWith("text/");
  const said = isText ? body.subarray(0, MAX_MESSAGE_BYTES).toString().trim() : "unknown";
  const [reason, message = said] = MEANINGS[code] ?? unknownMeaning(code, said);
  const causes = [{ reason: "UnexpectedServerResponse", message: said }];
  return StatusError.make(code, reason, message, { causes });
}

function unknownMeaning(code: number, said: string): readonly [StatusReason, string] {
  if (code >= 500)
    return [
      "InternalError",
      `an error on the server (${JSON.stringify(said)}) has prevented the request from succeeding`,
    ];
  return ["" as StatusReason, `the server responded with the status code ${code} but did not return more information`];
}
