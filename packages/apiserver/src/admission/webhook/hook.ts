import type { V1MutatingWebhook, V1MutatingWebhookConfiguration, V1ValidatingWebhook } from "@dingi/api";
import { labelSelectorAsSelector, type KubeObject, type Selector } from "@dingi/apimachinery";
import { MatchConditions } from "../expression/match-conditions.ts";

/** Only those that mutate are ever called again. */
type Webhook = V1ValidatingWebhook & Pick<V1MutatingWebhook, "reinvocationPolicy">;

/** One webhook of a configuration, made ready. Upstream: apiserver/pkg/admission/plugin/webhook/accessors.go */
export class Hook {
  /** "configuration/webhook/number": names of webhooks need not be unique. */
  readonly uid: string;
  readonly configuration: string;
  readonly webhook: Webhook;
  readonly namespaceSelector: Selector;
  readonly objectSelector: Selector;
  #conditions: MatchConditions | undefined;

  constructor(uid: string, configuration: string, webhook: Webhook) {
    this.uid = uid;
    this.configuration = configuration;
    this.webhook = webhook;
    this.namespaceSelector = labelSelectorAsSelector(webhook.namespaceSelector ?? {});
    this.objectSelector = labelSelectorAsSelector(webhook.objectSelector ?? {});
  }

  /** Compiled when they are needed first. */
  get conditions(): MatchConditions {
    return (this.#conditions ??= new MatchConditions(this.webhook.matchConditions ?? [], {}));
  }

  get ignoresFailure(): boolean {
    return this.webhook.failurePolicy === "Ignore";
  }
}

export function hooksOf(configuration: KubeObject): readonly Hook[] {
  const { metadata, webhooks = [] } = configuration as V1MutatingWebhookConfiguration;
  const seen = new Map<string, number>();
  return (webhooks as readonly Webhook[]).map((webhook) => {
    const number = seen.get(webhook.name) ?? 0;
    seen.set(webhook.name, number + 1);
    const configurationName = metadata.name ?? "";
    return new Hook(`${configurationName}/${webhook.name}/${number}`, configurationName, webhook);
  });
}
