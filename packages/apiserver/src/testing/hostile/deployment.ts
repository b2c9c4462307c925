import { short } from "./filling.ts";
import type { HostileKind } from "./hostile-kind.ts";
import { container } from "./pod.ts";

export const deployment: HostileKind = {
  url: "/apis/apps/v1/namespaces/default/deployments",
  base: {
    apiVersion: "apps/v1",
    kind: "Deployment",
    spec: {
      selector: { matchLabels: { a: "b" } },
      template: { metadata: { labels: { a: "b" } }, spec: { containers: [container()] } },
    },
  },
  fields: {
    "match expressions": (filling) => ({ spec: { selector: { matchExpressions: filling.items(() => ({})) } } }),
    "values of a match expression": (filling) => ({
      spec: { selector: { matchExpressions: [{ key: "a", operator: "In", values: filling.items(() => "-") }] } },
    }),
    "wide selector": (filling) => ({
      spec: {
        selector: { matchLabels: filling.map((i) => `a${short(i)}`, "b", 1 / 2) },
        template: {
          metadata: { labels: filling.map((i) => `a${short(i)}`, "b", 1 / 2) },
          spec: { containers: [container()] },
        },
      },
    }),
    "empty containers of a template": (filling) => ({
      spec: {
        selector: { matchLabels: { a: "b" } },
        template: { metadata: { labels: { a: "b" } }, spec: { containers: filling.items(() => ({})) } },
      },
    }),
  },
};
