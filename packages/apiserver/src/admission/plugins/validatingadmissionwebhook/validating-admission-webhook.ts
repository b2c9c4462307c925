import { ValidatingWebhookConfiguration } from "@dingi/api";
import { newInternalError } from "@dingi/apimachinery";
import type { AdmissionAttributes } from "../../attributes.ts";
import type { AdmissionPlugin } from "../../chain.ts";
import { Configured } from "../../configured.ts";
import { VersionedObjects } from "../../versioned-attributes.ts";
import { isExemptFromWebhooks } from "../../exempt.ts";
import { hooksOf, type Hook } from "../../webhook/hook.ts";
import { HookCaller, type HookCall } from "../../webhook/hook-caller.ts";
import { HookFailure } from "../../webhook/hook-failure.ts";
import { HookChooser, versionedOrFail } from "../../webhook/invocation.ts";
import type { WebhookPluginParts } from "../../webhook/plugin-parts.ts";

/** Webhooks that see the final object, all at the same time. Upstream: apiserver/pkg/admission/plugin/webhook/validating */
export class ValidatingAdmissionWebhook implements AdmissionPlugin {
  readonly #configurations: Configured<readonly Hook[]>;
  readonly #chooser: HookChooser;
  readonly #caller: HookCaller;

  constructor(parts: WebhookPluginParts) {
    const cache = parts.feed.cache(ValidatingWebhookConfiguration);
    this.#configurations = new Configured(cache, ({ object }) => hooksOf(object));
    this.#chooser = new HookChooser(parts);
    this.#caller = new HookCaller({ ...parts, client: parts.webhooks, mutating: false });
  }

  handles(): boolean {
    return this.#configurations.all.length > 0;
  }

  /** All have answered when the first refusal is thrown: none goes on about a request that is over. */
  async validate(attributes: AdmissionAttributes): Promise<void> {
    if (isExemptFromWebhooks(attributes)) return;
    const refusals: unknown[] = [];
    const calls = (await this.#choose(attributes)).map((call, index) =>
      this.#ask(call, index).catch((error: unknown) => void refusals.push(error)),
    );
    await Promise.all(calls);
    if (refusals.length > 0) throw refusals[0];
  }

  async #choose(attributes: AdmissionAttributes): Promise<readonly HookCall[]> {
    const objects = new VersionedObjects(attributes);
    const calls: HookCall[] = [];
    for (const hook of this.#configurations.all.flat()) {
      const invocation = await this.#chooser.choose(hook, { attributes, objects });
      if (!invocation) continue;
      const versioned = await versionedOrFail(objects, invocation.apiVersion);
      calls.push({ invocation, attributes, versioned });
    }
    return calls;
  }

  async #ask(call: HookCall, index: number): Promise<void> {
    const { hook } = call.invocation;
    try {
      await this.#caller.call(call);
    } catch (error) {
      if (!(error instanceof HookFailure)) throw error;
      if (!hook.ignoresFailure) throw newInternalError(error.message);
      this.#caller.failOpen(call, `failed-open.validating.webhook.admission.k8s.io/round_0_index_${index}`);
    }
  }
}
