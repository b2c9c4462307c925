import {
  CustomResourceDefinition,
  isConditionTrue as isTrue,
  withCondition,
  type NewCondition,
  type V1CustomResourceDefinition as Definition,
  type V1CustomResourceDefinitionNames as Names,
} from "@dingi/api";
import { equalJson, isConflict, isNotFound, wireTime, type AnyKind, type UserInfo } from "@dingi/apimachinery";
import { describeError, WakeUp, type Clock, type Logger } from "@dingi/base";
import type { Client } from "@dingi/client";
import type { ResourceCache } from "../cacher/resource-cache.ts";
import type { StoreFeed } from "../cacher/store-feed.ts";
import type { ResourceStore } from "../registry/resource-store.ts";
import type { ServedResources } from "../registry/served-resources.ts";
import { compileKind } from "./compile-kind.ts";
import { deleteInstances } from "./delete-instances.ts";
import { planStatus } from "./plan-status.ts";
import type { WebhookConverterOptions } from "./webhook-converter.ts";

const CLEANUP = "customresourcecleanup.apiextensions.k8s.io";
const RETRY_MS = 1_000;
const USER: UserInfo = { name: "system:apiserver", groups: ["system:masters"], uid: "", extra: {} };

interface CustomResourcesOptions extends WebhookConverterOptions {
  readonly feed: StoreFeed;
  readonly resources: ServedResources;
  readonly client: Client;
  readonly clock: Clock;
  readonly logger: Logger;
  resourceStore(kind: AnyKind): ResourceStore;
}

/** What is served of a definition, and what it was made of. */
interface Served {
  readonly kind: AnyKind;
  readonly definition: Definition;
  readonly names: Names;
}

/**
 * Serves what CustomResourceDefinitions define, from the moment before their status says so until they are gone.
 * Upstream: apiextensions-apiserver/pkg/{apiserver/customresource_handler.go,controller}
 */
export class CustomResources {
  readonly #options: CustomResourcesOptions;
  readonly #definitions: ResourceCache;
  readonly #served = new Map<string, Served>();
  /** Names of definitions to be looked at, in the order in which they changed. */
  readonly #due = new Set<string>();
  readonly #wakeUp = new WakeUp();
  readonly #ending = new Map<string, Promise<void>>();

  constructor(options: CustomResourcesOptions) {
    this.#options = options;
    this.#definitions = options.feed.cache(CustomResourceDefinition);
  }

  /** Serves what has been defined already; resolves when all of it can be used. */
  async start(): Promise<void> {
    for (const definition of this.#all()) {
      this.#due.add(definition.metadata.name!);
      if (isUsable(definition)) await this.#attempt(definition.metadata.name!, () => this.#serve(definition));
    }
  }

  /** Follows the definitions until the server's signal aborts. */
  async run(): Promise<void> {
    const { signal } = this.#options;
    using _events = this.#definitions.onEvent(({ current, previous }) => this.#enqueue((current ?? previous!).key));
    while (!signal.aborted) {
      for (const name of this.#due) {
        this.#due.delete(name);
        await this.#attempt(name, () => this.#look(name));
      }
      if (this.#due.size === 0) await this.#wakeUp.wait(signal);
    }
    await Promise.allSettled(this.#ending.values());
  }

  #enqueue(name: string): void {
    this.#due.add(name);
    this.#wakeUp.wake();
  }

  async #attempt(name: string, act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      // Changed or gone meanwhile: that comes as an event.
      if (isConflict(error) || isNotFound(error)) return;
      this.#options.logger.error("A custom resource was not served as it is defined", {
        definition: name,
        error: describeError(error),
      });
      this.#options.clock.timer(RETRY_MS, () => this.#enqueue(name));
    }
  }

  #get(name: string): Definition | undefined {
    return this.#definitions.get(name)?.object as Definition | undefined;
  }

  *#all(): Iterable<Definition> {
    for (const { object } of this.#definitions.snapshot().values()) yield object as Definition;
  }

  async #look(name: string): Promise<void> {
    const definition = this.#get(name);
    if (!definition) return await this.#forget(name);
    const planned = planStatus(definition, this.#othersOf(definition), this.#now());
    if (isUsable(planned)) await this.#serve(planned);
    const changed = planned === definition ? definition : await this.#write(planned);
    if (!equalJson(namesOf(definition), namesOf(changed))) this.#lookAtOthers(changed);
    if (isToBeCleaned(changed)) this.#beginEnd(name);
  }

  *#othersOf({ metadata, spec }: Definition): Iterable<Definition> {
    for (const other of this.#all())
      if (other.spec.group === spec.group && other.metadata.name !== metadata.name) yield other;
  }

  /** A name may have become free, or be taken. */
  #lookAtOthers(changed: Definition): void {
    for (const other of this.#othersOf(changed))
      if (!isTrue(other, "NamesAccepted")) this.#enqueue(other.metadata.name!);
  }

  async #write(definition: Definition): Promise<Definition> {
    return await this.#options.client.update(CustomResourceDefinition, definition, { subresource: "status" });
  }

  async #serve(definition: Definition): Promise<void> {
    const { resources } = this.#options;
    const name = definition.metadata.name!;
    const before = this.#served.get(name);
    const names = namesOf(definition)!;
    if (before && servesTheSame(before, definition)) return;
    const kind = compileKind(definition, names, this.#options);
    await (before ? resources.replace(before.kind, kind) : resources.serve(kind));
    this.#served.set(name, { kind, definition, names });
  }

  async #forget(name: string): Promise<void> {
    const before = this.#served.get(name);
    if (!before) return;
    this.#served.delete(name);
    await this.#options.resources.remove(before.kind);
    this.#lookAtOthers(before.definition);
  }

  #beginEnd(name: string): void {
    if (this.#ending.has(name)) return;
    const ending = this.#attempt(name, () => this.#end(name)).finally(() => this.#ending.delete(name));
    this.#ending.set(name, ending);
  }

  /** Deletes what there is of it, and then lets the definition go. Upstream: …/controller/finalizer/crd_finalizer.go#sync */
  async #end(name: string): Promise<void> {
    await this.#setTerminating(name, IN_PROGRESS);
    const served = this.#served.get(name);
    const { clock, random, signal } = this.#options;
    const context = { clock, random, user: USER, signal };
    while (served && !signal.aborted) {
      const store = this.#options.resourceStore(served.kind);
      if (await deleteInstances({ store, context, clock })) break;
      if (!signal.aborted) await this.#setTerminating(name, UNCONFIRMED);
    }
    if (!signal.aborted) await this.#release(name, served ? COMPLETED : NEVER_ESTABLISHED);
  }

  async #setTerminating(name: string, state: Omit<NewCondition, "type">): Promise<void> {
    const definition = this.#get(name);
    if (!definition) return;
    await this.#write(withCondition(definition, { type: "Terminating", ...state }, this.#now()));
  }

  async #release(name: string, state: Omit<NewCondition, "type">): Promise<void> {
    const definition = this.#get(name);
    if (!definition) return;
    const ended = withCondition(definition, { type: "Terminating", ...state }, this.#now());
    const finalizers = (definition.metadata.finalizers ?? []).filter((one) => one !== CLEANUP);
    await this.#write({ ...ended, metadata: { ...ended.metadata, finalizers } });
  }

  #now(): string {
    return wireTime(this.#options.clock.now());
  }
}

const IN_PROGRESS = {
  status: "True",
  reason: "InstanceDeletionInProgress",
  message: "CustomResource deletion is in progress",
};
const UNCONFIRMED = {
  status: "True",
  reason: "InstanceDeletionCheck",
  message: "could not confirm zero CustomResources remaining: context deadline exceeded",
};
const COMPLETED = { status: "False", reason: "InstanceDeletionCompleted", message: "removed all instances" };
const NEVER_ESTABLISHED = { status: "False", reason: "NeverEstablished", message: "resource was never established" };

const namesOf = ({ status }: Definition): Names | undefined => status?.acceptedNames;

const isUsable = (definition: Definition): boolean =>
  (isTrue(definition, "NamesAccepted") || isTrue(definition, "Established")) && Boolean(namesOf(definition)?.plural);

const isToBeCleaned = ({ metadata }: Definition): boolean =>
  metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).includes(CLEANUP);

function servesTheSame({ definition: before, names }: Served, { metadata, spec, status }: Definition): boolean {
  const isEnding = (one: Definition["metadata"]): boolean => one.deletionTimestamp !== undefined;
  if (before.metadata.uid !== metadata.uid || isEnding(before.metadata) !== isEnding(metadata)) return false;
  return equalJson(before.spec, spec) && equalJson(names, status?.acceptedNames);
}
