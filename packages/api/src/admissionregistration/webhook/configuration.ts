import { ageColumn, nameColumn, semanticEqual, type Column, type Draft, type Strategy } from "@dingi/apimachinery";
import { validateWebhooks, validateWebhooksUpdate } from "./validation.ts";
import { webhookWarnings } from "./warnings.ts";
import type { WebhookConfiguration } from "./webhook.ts";
import { defaultWebhook } from "./defaults.ts";

export function defaultWebhookConfiguration(configuration: Draft<WebhookConfiguration>): void {
  for (const webhook of configuration.webhooks ?? []) defaultWebhook(webhook);
}

/** Upstream: pkg/registry/admissionregistration/validatingwebhookconfiguration/strategy.go */
export const strategy: Strategy<WebhookConfiguration> = {
  allowUnconditionalUpdate: false,
  standardFinalizers: false,
  prepareForCreate({ metadata }) {
    metadata.generation = 1;
  },
  prepareForUpdate({ metadata, webhooks }, old) {
    if (!semanticEqual(webhooks, old.webhooks)) metadata.generation = (old.metadata.generation ?? 0) + 1;
  },
  validate: (configuration) => validateWebhooks(configuration),
  validateUpdate: validateWebhooksUpdate,
  warningsOnCreate: ({ webhooks = [] }) => webhookWarnings(webhooks),
  warningsOnUpdate: ({ webhooks = [] }) => webhookWarnings(webhooks),
};

/** Upstream: pkg/printers/internalversion/printers.go#printValidatingWebhook */
export const columns: readonly Column<WebhookConfiguration>[] = [
  nameColumn,
  { name: "Webhooks", type: "integer", value: ({ webhooks = [] }) => webhooks.length },
  ageColumn,
];
