import type { Draft } from "@dingi/apimachinery";
import type { Webhook } from "./webhook.ts";

const TIMEOUT_SECONDS = 10;
const HTTPS_PORT = 443;

/** Upstream: pkg/apis/admissionregistration/v1/defaults.go#SetDefaults_ValidatingWebhook, …#SetDefaults_Rule */
export function defaultWebhook(webhook: Draft<Webhook>): void {
  webhook.failurePolicy ??= "Fail";
  webhook.matchPolicy ??= "Equivalent";
  webhook.namespaceSelector ??= {};
  webhook.objectSelector ??= {};
  webhook.timeoutSeconds ??= TIMEOUT_SECONDS;
  defaultService(webhook.clientConfig?.service);
  for (const rule of webhook.rules ?? []) rule.scope ??= "*";
}

function defaultService(service: Draft<Webhook["clientConfig"]["service"]>): void {
  if (service) service.port ??= HTTPS_PORT;
}
