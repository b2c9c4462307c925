import type { KubeObject } from "@dingi/apimachinery";
import type { V1MutatingWebhook } from "../mutatingwebhookconfiguration/mutatingwebhookconfiguration.gen.ts";
import type { V1ValidatingWebhook } from "../validatingwebhookconfiguration/validatingwebhookconfiguration.gen.ts";

/** What both kinds of webhooks have; only one of them is ever called again. */
export type Webhook = V1ValidatingWebhook & Pick<V1MutatingWebhook, "reinvocationPolicy">;

export interface WebhookConfiguration extends KubeObject {
  readonly webhooks?: readonly Webhook[] | undefined;
}
