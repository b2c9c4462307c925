import {
  PersistentVolumeClaim,
  Pod,
  StatefulSet,
  type V1PersistentVolumeClaim,
  type V1Pod,
  type V1StatefulSet,
} from "@dingi/api";
import { isAlreadyExists, isNotFound } from "@dingi/apimachinery";
import { describeError } from "@dingi/base";
import { referenceTo, type NewObject } from "@dingi/client";
import type { ReconcileContext } from "@dingi/controller-runtime";
import { isManagedByAnother, ownersByPolicy, ownersToSet, type ClaimUse } from "./claim-owners.ts";
import { asItself, claimName, isItself, newStatefulPod } from "./identity.ts";
import type { Step } from "./plan.ts";

type Verb = "Create" | "Update" | "Delete";

interface StatefulPodsOptions {
  /** As it is now, and as it was at each of its revisions. */
  readonly sets: { readonly current: V1StatefulSet; readonly update: V1StatefulSet };
  readonly revisions: { readonly current: string; readonly update: string };
  readonly context: ReconcileContext;
}

/** Does what was planned for a set's pods and claims, and tells of it. Upstream: pkg/controller/statefulset/stateful_pod_control.go */
export class StatefulPods {
  readonly #options: StatefulPodsOptions;
  readonly #context: ReconcileContext;
  readonly #set: V1StatefulSet;

  constructor(options: StatefulPodsOptions) {
    this.#options = options;
    this.#context = options.context;
    this.#set = options.sets.update;
  }

  async perform(step: Step): Promise<void> {
    switch (step.type) {
      case "create":
        return await this.#create(step.ordinal, step.revision);
      case "create claims":
        return await this.#createClaims(step.pod, step.ordinal);
      case "repair":
        return await this.#repair(step.pod, step.ordinal);
      case "own claims":
        return await this.#ownClaims({ set: this.#set, pod: step.pod, ordinal: step.ordinal });
      case "delete":
        return await this.#delete(step.pod);
    }
  }

  async #create(ordinal: number, revision: "current" | "update"): Promise<void> {
    const { sets, revisions } = this.#options;
    const pod = newStatefulPod(sets[revision], ordinal, revisions[revision]);
    await this.#telling("Create", pod.metadata.name, async () => {
      await this.#createClaims({ metadata: pod.metadata, spec: pod.spec!, status: {} }, ordinal);
      await this.#context.client.create(Pod, pod);
    });
  }

  async #delete(pod: V1Pod): Promise<void> {
    const { name = "", namespace = "", uid = "" } = pod.metadata;
    await this.#telling("Delete", name, async () => {
      try {
        await this.#context.client.delete(Pod, { namespace, name }, { preconditions: { uid } });
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    });
  }

  async #repair(pod: V1Pod, ordinal: number): Promise<void> {
    await this.#telling("Update", pod.metadata.name, async () => {
      await this.#createClaims(pod, ordinal);
      await this.#ownClaims({ set: this.#set, pod, ordinal });
      if (!isItself(pod, this.#set, ordinal)) await this.#context.client.update(Pod, asItself(pod, this.#set, ordinal));
    });
  }

  async #createClaims(pod: V1Pod, ordinal: number): Promise<void> {
    for (const template of this.#set.spec.volumeClaimTemplates ?? []) {
      const name = claimName(template, this.#set, ordinal);
      const claim = this.#claim(name);
      if (claim?.metadata.deletionTimestamp !== undefined) throw new Error(`pvc ${name} is being deleted`);
      if (!claim) await this.#createClaim(template, { set: this.#set, pod, ordinal });
    }
  }

  #claim(name: string): V1PersistentVolumeClaim | undefined {
    return this.#context.cache.get(PersistentVolumeClaim, { namespace: this.#set.metadata.namespace ?? "", name });
  }

  async #createClaim(template: V1PersistentVolumeClaim, use: ClaimUse): Promise<void> {
    const { client } = this.#context;
    const { set, pod, ordinal } = use;
    const name = claimName(template, set, ordinal);
    const labels = { ...template.metadata.labels, ...set.spec.selector?.matchLabels };
    const { annotations, finalizers } = template.metadata;
    const { namespace } = set.metadata;
    const wanted: NewObject<V1PersistentVolumeClaim> = {
      metadata: { name, namespace, labels, annotations, finalizers, ownerReferences: ownersByPolicy(use) },
      spec: template.spec,
    };
    try {
      await client.create(PersistentVolumeClaim, wanted);
      this.#tell("Create", `Create Claim ${name} Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name} success`);
    } catch (error) {
      if (isAlreadyExists(error)) throw error; // the cache is behind: the owners it has are seen the next time
      const about = `Create Claim ${name} for Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name}`;
      this.#tell("Create", `${about} failed error: ${describeError(error)}`, "Warning");
      throw new Error(`failed to create PVC ${name}`, { cause: error });
    }
  }

  async #ownClaims(use: ClaimUse): Promise<void> {
    const { client, events } = this.#context;
    for (const template of use.set.spec.volumeClaimTemplates ?? []) {
      const name = claimName(template, use.set, use.ordinal);
      const claim = this.#claim(name);
      if (!claim) continue;
      if (isManagedByAnother(claim, use)) {
        const message = `PersistentVolumeClaim ${name} has a conflicting OwnerReference that acts as a manging controller, the retention policy is ignored for this claim`;
        events.event(referenceTo(StatefulSet, use.set), "Warning", "ConflictingController", message);
      }
      const ownerReferences = ownersToSet(claim, use);
      if (!ownerReferences) continue;
      await client.update(PersistentVolumeClaim, { ...claim, metadata: { ...claim.metadata, ownerReferences } });
    }
  }

  async #telling(verb: Verb, pod: string | undefined, act: () => Promise<void>): Promise<void> {
    const about = `${verb} Pod ${pod} in StatefulSet ${this.#set.metadata.name}`;
    try {
      await act();
      this.#tell(verb, `${about} successful`);
    } catch (error) {
      if (!isAlreadyExists(error)) this.#tell(verb, `${about} failed error: ${describeError(error)}`, "Warning");
      throw error;
    }
  }

  #tell(verb: Verb, message: string, type: "Normal" | "Warning" = "Normal"): void {
    const reason = `${type === "Normal" ? "Successful" : "Failed"}${verb}`;
    this.#context.events.event(referenceTo(StatefulSet, this.#set), type, reason, message);
  }
}
