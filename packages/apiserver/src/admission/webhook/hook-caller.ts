import { DecodeError, StatusError } from "@dingi/apimachinery";
import { describeError, type Clock, type Random } from "@dingi/base";
import type { WebhookClient } from "../../webhook/webhook-client.ts";
import { WebhookConfigError } from "../../webhook/webhook-config.ts";
import type { AdmissionAttributes } from "../attributes.ts";
import type { VersionedAttributes } from "../versioned-attributes.ts";
import { makeReview, readResponse, type AdmissionResponse } from "./admission-review.ts";
import { newDenial, newDryRunUnsupported } from "./denial.ts";
import { HookFailure } from "./hook-failure.ts";
import type { Invocation } from "./invocation.ts";

/** Of a webhook that does not say. */
const DEFAULT_TIMEOUT_SECONDS = 10;
const HARMLESS: ReadonlySet<string> = new Set(["None", "NoneOnDryRun"]);

interface CallerOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly client: WebhookClient;
  /** Whether an answer may hold a patch. */
  readonly mutating: boolean;
}

export interface HookCall {
  readonly invocation: Invocation;
  readonly attributes: AdmissionAttributes;
  readonly versioned: VersionedAttributes;
}

/** Asks a webhook about a request. Upstream: …/webhook/mutating/dispatcher.go#callAttrMutatingHook, …/validating/dispatcher.go#callHook */
export class HookCaller {
  readonly #options: CallerOptions;

  constructor(options: CallerOptions) {
    this.#options = options;
  }

  /** A response that allows. Throws StatusError for a refusal, HookFailure when the webhook has failed. */
  async call(call: HookCall): Promise<AdmissionResponse> {
    const { attributes, invocation } = call;
    const { webhook } = invocation.hook;
    if (attributes.dryRun && !HARMLESS.has(webhook.sideEffects ?? "")) throw newDryRunUnsupported(webhook.name);
    const asked = makeReview(this.#options.random.uuid(), call);
    const bytes = await this.#post(call, asked.body);
    const response = this.#read(bytes, { call, asked });
    for (const [key, value] of Object.entries(response.auditAnnotations ?? {}))
      attributes.annotations.add(`${webhook.name}/${key}`, value);
    for (const warning of response.warnings ?? []) attributes.warn(warning);
    if (!response.allowed) throw newDenial(webhook.name, response.status);
    return response;
  }

  /**
   * Its failure does not matter, unless it has taken all the time there was: then nobody waits for the rest.
   * Upstream: …/webhook/mutating/dispatcher.go#Dispatch
   */
  failOpen({ attributes, invocation }: Omit<HookCall, "versioned">, annotation: string): void {
    attributes.annotations.add(annotation, invocation.hook.webhook.name);
    const { deadlineMs } = attributes;
    if (deadlineMs === undefined || this.#options.clock.monotonic() < deadlineMs) return;
    throw StatusError.make(504, "Timeout", "Timeout: request did not complete within requested timeout", {});
  }

  async #post({ invocation, attributes }: HookCall, body: object): Promise<Uint8Array> {
    const { webhook } = invocation.hook;
    const { clientConfig, timeoutSeconds = DEFAULT_TIMEOUT_SECONDS } = webhook;
    const ownMs = timeoutSeconds * 1000;
    const { clock, client } = this.#options;
    const leftMs = attributes.deadlineMs === undefined ? ownMs : attributes.deadlineMs - clock.monotonic();
    const timeoutMs = Math.max(Math.min(ownMs, leftMs), 0);
    try {
      return await client.post({ config: clientConfig, body, timeoutMs, signal: attributes.signal });
    } catch (error) {
      if (attributes.signal.aborted) throw error;
      const doing = error instanceof WebhookConfigError ? "could not get REST client" : "failed to call webhook";
      throw new HookFailure(webhook.name, `${doing}: ${(error as Error).message}`, { cause: error });
    }
  }

  #read(
    bytes: Uint8Array,
    { call, asked }: { readonly call: HookCall; readonly asked: ReturnType<typeof makeReview> },
  ) {
    const { name } = call.invocation.hook.webhook;
    try {
      return readResponse(bytes, asked, this.#options.mutating);
    } catch (error) {
      const why = `${error instanceof DecodeError ? "failed to call webhook" : "received invalid webhook response"}: ${describeError(error)}`;
      throw new HookFailure(name, why, { cause: error });
    }
  }
}
