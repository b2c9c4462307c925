import type { IncomingMessage, RequestOptions } from "node:http";
import type { Dialer } from "@dingi/apimachinery";
import type { WebhookAgent } from "./webhook-agent.ts";

/** Loaded when it is needed, as `requesterOver` of the client does: most clusters ask no other servers. */
export async function openAgent(dialer: Dialer): Promise<WebhookAgent> {
  const { WebhookAgent } = await import("./webhook-agent.ts");
  return new WebhookAgent(dialer);
}

/** Resolves to the answer's head; asks once more where a kept connection turns out to be closed. */
export async function sendRequest(to: RequestOptions, body: Uint8Array | undefined): Promise<IncomingMessage> {
  const { request } = await import("node:https");
  for (;;) {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const outgoing = request(to, resolve);
    outgoing.on("error", reject);
    outgoing.end(body);
    try {
      return await promise;
    } catch (error) {
      if (!outgoing.reusedSocket || to.signal?.aborted) throw error;
    }
  }
}
