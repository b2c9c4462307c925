import type { Draft } from "@dingi/apimachinery";
import { defaultWebhookConfiguration } from "../webhook/configuration.ts";
import type { V1MutatingWebhookConfiguration } from "./mutatingwebhookconfiguration.gen.ts";

/** Upstream: pkg/apis/admissionregistration/v1/defaults.go#SetDefaults_MutatingWebhook */
export function defaultMutatingWebhookConfiguration(configuration: Draft<V1MutatingWebhookConfiguration>): void {
  defaultWebhookConfiguration(configuration);
  for (const webhook of configuration.webhooks ?? []) webhook.reinvocationPolicy ??= "Never";
}
