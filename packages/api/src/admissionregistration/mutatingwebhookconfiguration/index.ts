import { defineKind } from "@dingi/apimachinery";
import { columns, strategy } from "../webhook/configuration.ts";
import { defaultMutatingWebhookConfiguration } from "./defaults.ts";
import { V1MutatingWebhookConfiguration } from "./mutatingwebhookconfiguration.gen.ts";

export * from "./mutatingwebhookconfiguration.gen.ts";

export const MutatingWebhookConfiguration = defineKind<V1MutatingWebhookConfiguration>({
  group: "admissionregistration.k8s.io",
  kind: "MutatingWebhookConfiguration",
  plural: "mutatingwebhookconfigurations",
  categories: ["api-extensions"],
  scope: "Cluster",
  versions: {
    "admissionregistration.k8s.io/v1": {
      schema: V1MutatingWebhookConfiguration,
      defaults: defaultMutatingWebhookConfiguration,
      storage: true,
    },
  },
  strategy,
  columns,
});
