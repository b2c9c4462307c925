import { MutatingWebhookConfiguration } from "@dingi/api";
import { newInternalError } from "@dingi/apimachinery";
import type { AdmissionAttributes } from "../../attributes.ts";
import type { AdmissionPlugin } from "../../chain.ts";
import { Configured } from "../../configured.ts";
import { VersionedObjects } from "../../versioned-attributes.ts";
import { isExemptFromWebhooks } from "../../exempt.ts";
import { hooksOf, type Hook } from "../../webhook/hook.ts";
import { HookCaller } from "../../webhook/hook-caller.ts";
import { HookFailure } from "../../webhook/hook-failure.ts";
import { HookChooser, versionedOrFail, type Invocation } from "../../webhook/invocation.ts";
import type { WebhookPluginParts } from "../../webhook/plugin-parts.ts";
import { applyPatch, type Patched } from "./apply-patch.ts";
import { Reinvoked } from "../../reinvoked.ts";

/**
 * Webhooks that may change an object, one after the other, each on what the one before has left.
 * Upstream: apiserver/pkg/admission/plugin/webhook/mutating
 */
export class MutatingAdmissionWebhook implements AdmissionPlugin {
  readonly #configurations: Configured<readonly Hook[]>;
  readonly #chooser: HookChooser;
  readonly #caller: HookCaller;

  constructor(parts: WebhookPluginParts) {
    const cache = parts.feed.cache(MutatingWebhookConfiguration);
    this.#configurations = new Configured(cache, ({ object }) => hooksOf(object));
    this.#chooser = new HookChooser(parts);
    this.#caller = new HookCaller({ ...parts, client: parts.webhooks, mutating: true });
  }

  handles(): boolean {
    return this.#configurations.all.length > 0;
  }

  async admit(attributes: AdmissionAttributes): Promise<void> {
    if (isExemptFromWebhooks(attributes)) return;
    const { reinvocation } = attributes;
    const reinvoked = reinvocation.memoryOf(this, () => new Reinvoked());
    if (reinvocation.isRunning) reinvoked.enter(attributes.object);
    const objects = new VersionedObjects(attributes);
    let index = 0;
    for (const hook of this.#configurations.all.flat()) {
      const invocation = await this.#chooser.choose(hook, { attributes, objects });
      const isSkipped = reinvocation.isRunning && !reinvoked.isCalledAgain(hook.uid);
      if (invocation && !isSkipped) await this.#invoke({ attributes, objects, invocation, reinvoked, index });
      index++;
    }
    reinvoked.leave(attributes.object);
  }

  async #invoke(round: Round): Promise<void> {
    const { attributes, invocation, reinvoked } = round;
    const { hook } = invocation;
    const changed = await this.#callOrFailOpen(round);
    if (changed) {
      reinvoked.changed();
      attributes.reinvocation.request();
    }
    if (hook.webhook.reinvocationPolicy === "IfNeeded") reinvoked.remember(hook.uid);
  }

  async #callOrFailOpen(round: Round): Promise<boolean> {
    const { attributes, invocation } = round;
    try {
      const { changed } = await this.#callAndNote(round);
      return changed;
    } catch (error) {
      if (!(error instanceof HookFailure)) throw error;
      if (!invocation.hook.ignoresFailure) throw newInternalError(error.message);
      this.#caller.failOpen({ attributes, invocation }, keyOf("failed-open.mutation", round));
      return false;
    }
  }

  /** Whoever audits is told of every call what came of it. */
  async #callAndNote(round: Round): Promise<Patched> {
    const { attributes, invocation } = round;
    const { configuration, webhook } = invocation.hook;
    const about = { configuration, webhook: webhook.name };
    const note = (mutated: boolean) =>
      attributes.annotations.add(keyOf("mutation", round), JSON.stringify({ ...about, mutated }));
    try {
      const patched = await this.#call(round);
      const { patch, changed } = patched;
      if (patch)
        attributes.annotations.add(keyOf("patch", round), JSON.stringify({ ...about, patch, patchType: "JSONPatch" }));
      note(changed);
      return patched;
    } catch (error) {
      note(false);
      throw error;
    }
  }

  async #call({ attributes, objects, invocation }: Round): Promise<Patched> {
    const versioned = await versionedOrFail(objects, invocation.apiVersion);
    const response = await this.#caller.call({ attributes, versioned, invocation });
    const { name } = invocation.hook.webhook;
    return await applyPatch({ webhook: name, response, versioned, objects, apiVersion: invocation.apiVersion });
  }
}

interface Round {
  readonly attributes: AdmissionAttributes;
  readonly objects: VersionedObjects;
  readonly invocation: Invocation;
  readonly reinvoked: Reinvoked;
  /** Among all webhooks. */
  readonly index: number;
}

function keyOf(what: string, { attributes, index }: Round): string {
  const round = attributes.reinvocation.isRunning ? 1 : 0;
  return `${what}.webhook.admission.k8s.io/round_${round}_index_${index}`;
}
