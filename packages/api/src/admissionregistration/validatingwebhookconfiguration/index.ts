import { defineKind } from "@dingi/apimachinery";
import { columns, defaultWebhookConfiguration, strategy } from "../webhook/configuration.ts";
import { V1ValidatingWebhookConfiguration } from "./validatingwebhookconfiguration.gen.ts";

export * from "./validatingwebhookconfiguration.gen.ts";

export const ValidatingWebhookConfiguration = defineKind<V1ValidatingWebhookConfiguration>({
  group: "admissionregistration.k8s.io",
  kind: "ValidatingWebhookConfiguration",
  plural: "validatingwebhookconfigurations",
  categories: ["api-extensions"],
  scope: "Cluster",
  versions: {
    "admissionregistration.k8s.io/v1": {
      schema: V1ValidatingWebhookConfiguration,
      defaults: defaultWebhookConfiguration,
      storage: true,
    },
  },
  strategy,
  columns,
});
