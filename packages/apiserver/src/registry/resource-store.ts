import {
  canonicalize,
  groupOf,
  copyBySchema,
  keyOf,
  keyString,
  newAlreadyExists,
  newConflict,
  newForbidden,
  newModified,
  newNotFound,
  newServerTimeout,
  newUnclassifiedError,
  StatusError,
  type AnyKind,
  type Draft,
  type Fate,
  type Finish,
  type GroupResource,
  type KubeObject,
  type ObjectKey,
  type StorageHooks,
  type UpdateStrategy,
  type V1DeleteOptions,
} from "@dingi/apimachinery";
import type { Change, CommitResult, Revision, Store } from "@dingi/store";
import { pass } from "../admission/gate.ts";
import type { ResourceCache } from "../cacher/resource-cache.ts";
import type { StoreFeed } from "../cacher/store-feed.ts";
import { readyIn } from "../cacher/ready.ts";
import type { Stored } from "../cacher/stored.ts";
import { encodeValue, storedOf } from "../cacher/value-codec.ts";
import { checkPreconditions, planDeletion } from "./deletion.ts";
import { generateName } from "./metadata.ts";
import type { WriteContext } from "./request-context.ts";
import { settleRevision } from "./revision.ts";
import { fitsStore, MAX_STORED_BYTES, newTooLargeToStore } from "./stored-size.ts";
import { beforeCreate, beforeUpdate } from "./validate.ts";

const GENERATE_ATTEMPTS = 8;
const UPDATE_ATTEMPTS = 20;

interface UpdateRequest {
  readonly key: ObjectKey;
  /** The door: the kind's own strategy, its status, or another subresource's. */
  readonly strategy: UpdateStrategy<KubeObject>;
  /**
   * Makes the wanted state out of the current one; called again when another write came between. `current` is absent
   * only where the kind may be created by an update.
   */
  readonly transform: (current: KubeObject | undefined) => Draft<KubeObject> | Promise<Draft<KubeObject>>;
  readonly createAllowed: boolean;
  /** The object must be this one. */
  readonly uid?: string | undefined;
  /** False when the client named the revision that it changed: another write in between is a conflict then. */
  readonly retry: boolean;
}

interface DeleteRequest {
  readonly key: ObjectKey;
  readonly options: V1DeleteOptions;
}

interface DeleteResult {
  /** The last state. */
  readonly stored: Stored;
  /** Whether the object is gone; otherwise it waits for its grace period or finalizers. */
  readonly removed: boolean;
}

/** Reads and writes of one kind. Upstream: apiserver/pkg/registry/generic/registry/store.go */
export class ResourceStore {
  readonly kind: AnyKind;
  readonly cache: ResourceCache;
  readonly resource: GroupResource;
  readonly #store: Store;
  readonly #feed: StoreFeed;
  readonly #hooks: StorageHooks<KubeObject>;

  constructor(kind: AnyKind, feed: StoreFeed, store: Store, hooks: StorageHooks<KubeObject> = {}) {
    this.kind = kind;
    this.cache = feed.cache(kind);
    this.resource = { group: kind.group, resource: kind.plural };
    this.#store = store;
    this.#feed = feed;
    this.#hooks = hooks;
  }

  /** Throws StatusError 404, in the group of the version that is asked for. */
  get(key: ObjectKey, asked: Pick<WriteContext, "apiVersion"> = {}): Stored {
    const stored = this.cache.get(keyString(key));
    if (!stored) throw newNotFound(this.#resourceOf(asked), key.name);
    return stored;
  }

  /** The object must be private; it belongs to the store afterwards. */
  async create(object: Draft<KubeObject>, context: WriteContext): Promise<Stored> {
    this.#refuseIfTerminating(object.metadata.name);
    await context.admission.admit({ operation: "CREATE", object, name: object.metadata.name ?? "" });
    await this.#hooks.authorize?.(object, undefined, context);
    const { name = "", generateName: base = "" } = object.metadata;
    if (base === "" || name !== "") {
      const stored = await this.#createOnce(object, context, true);
      if (!stored)
        throw base === "" ? newAlreadyExists(this.#resourceOf(context), name) : this.#noneFree(name, context);
      return stored;
    }
    return await this.#createNamed(object, base, context);
  }

  /** Upstream: apiextensions-apiserver/pkg/apiserver/customresource_handler.go#forbidCreateAdmission */
  #refuseIfTerminating(name = ""): void {
    if (!this.kind.terminating) return;
    throw newForbidden(this.resource, name, "create not allowed while custom resource definition is terminating");
  }

  /** Under a name that nobody has; admission has seen the object without one. Upstream: …#createWithGenerateNameRetry */
  async #createNamed(object: Draft<KubeObject>, base: string, context: WriteContext): Promise<Stored> {
    for (let attempt = 1; ; attempt++) {
      const last = attempt === GENERATE_ATTEMPTS;
      const named = last ? object : structuredClone(object);
      named.metadata.name = this.#nameFrom(base, context);
      const stored = await this.#createOnce(named, context, true);
      if (stored) return stored;
      if (last) throw this.#noneFree(named.metadata.name, context);
    }
  }

  #nameFrom(base: string, { random }: WriteContext): string {
    return this.kind.strategy.generatesNames === false ? base : generateName(base, random);
  }

  async update(
    request: UpdateRequest,
    context: WriteContext,
  ): Promise<{ stored: Stored; created: boolean; removed: boolean }> {
    for (let attempt = 0; attempt < UPDATE_ATTEMPTS; attempt++) {
      const current = this.cache.get(keyString(request.key));
      if (!current) return await this.#createByUpdate(request, context);
      await this.#inHub(current);
      const result = await this.#updateOnce(request, current, context);
      if (result) return result;
    }
    throw newServerTimeout(this.resource, "update", 1);
  }

  async delete(request: DeleteRequest, context: WriteContext): Promise<DeleteResult> {
    for (let attempt = 0; attempt < UPDATE_ATTEMPTS; attempt++) {
      const current = await this.#inHub(this.get(request.key, context));
      checkPreconditions(this.kind, current.object.metadata, request.options);
      await pass(context.admission, {
        operation: "DELETE",
        oldObject: this.#hubObject(current),
        options: { kind: "DeleteOptions", apiVersion: "meta.k8s.io/v1", ...request.options },
      });
      const result = await this.#deleteOnce(current, request.options, context);
      if (result) return result;
    }
    throw newServerTimeout(this.resource, "delete", 1);
  }

  /** Undefined: there is one of that name. */
  async #createOnce(object: Draft<KubeObject>, context: WriteContext, isNew: boolean): Promise<Stored | undefined> {
    const { name = "" } = object.metadata;
    await using guard = new HookGuard(await this.#hooks.beginCreate?.(object, context));
    await context.clock.yieldIfDue();
    beforeCreate({ kind: this.kind, strategy: this.kind.strategy, object }, context);
    await context.clock.yieldIfDue();
    await context.admission.validate({ operation: "CREATE", object, name });
    // What is wrong with an object is said before that it has been stored already, by its own word or by its name.
    if (isNew && isRevision(object.metadata.resourceVersion) && !context.dryRun)
      throw newUnclassifiedError("resourceVersion should not be set on objects to be created");
    if (!context.dryRun) delete object.metadata.resourceVersion;
    const key = keyString(keyOf(object)); // A strategy may have named what came without a name.
    if (this.cache.get(key)) return undefined;
    await context.clock.yieldIfDue();
    return await this.#commit({ key, object, expected: 0, context, guard });
  }

  /** As errors name it: in the group of the version that was asked for. */
  #resourceOf({ apiVersion }: Pick<WriteContext, "apiVersion">): GroupResource {
    return apiVersion === undefined ? this.resource : { group: groupOf(apiVersion), resource: this.kind.plural };
  }

  #noneFree(name: string, context: WriteContext): Error {
    const error = newAlreadyExists(this.#resourceOf(context), name);
    const message = `${error.message}, the server was not able to generate a unique name for the object`;
    return StatusError.make(409, "AlreadyExists", message, { ...error.status.details, retryAfterSeconds: 1 });
  }

  async #createByUpdate(
    request: UpdateRequest,
    context: WriteContext,
  ): Promise<{ stored: Stored; created: boolean; removed: boolean }> {
    const resource = this.#resourceOf(context);
    if (!request.createAllowed) throw newNotFound(resource, request.key.name);
    this.#checkUid(request, undefined, resource);
    const object = await request.transform(undefined);
    this.#refuseIfTerminating(object.metadata.name);
    if (!context.dryRun) delete object.metadata.resourceVersion;
    await context.admission.admit({ operation: "CREATE", object });
    await this.#hooks.authorize?.(object, undefined, context);
    const stored = await this.#createOnce(object, context, false);
    if (!stored) throw newAlreadyExists(resource, request.key.name);
    return { stored, created: true, removed: false };
  }

  /** Where somebody has to be asked for that, they are. */
  async #inHub(current: Stored): Promise<Stored> {
    await readyIn(this.kind, this.kind.apiVersion, () => [current]);
    return current;
  }

  #hubObject(current: Stored): KubeObject {
    return current.inVersion(this.kind.apiVersion);
  }

  /** By its kind's own rules, and by whose it is to make such a change. */
  async #judge(
    { strategy }: UpdateRequest,
    { object, old }: { readonly object: Draft<KubeObject>; readonly old: KubeObject },
    context: WriteContext,
  ): Promise<void> {
    beforeUpdate({ kind: this.kind, strategy, object, old }, context);
    await this.#hooks.confirmUpdate?.(object, old, context);
  }

  /** Undefined: another write came between; try again on what is there now. */
  async #updateOnce(
    request: UpdateRequest,
    current: Stored,
    context: WriteContext,
  ): Promise<{ stored: Stored; created: boolean; removed: boolean } | undefined> {
    const old = this.#hubObject(current);
    const resource = this.#resourceOf(context);
    this.#checkUid(request, old, resource);
    const object = await request.transform(old);
    await context.admission.admit({ operation: "UPDATE", object, oldObject: old });
    settleRevision({ kind: this.kind, resource }, object, old);
    await this.#hooks.authorize?.(object, old, context);
    await using guard = new HookGuard(await this.#hooks.beginUpdate?.(object, old, context));
    await context.clock.yieldIfDue();
    await this.#judge(request, { object, old }, context);
    await context.clock.yieldIfDue();
    await context.admission.validate({ operation: "UPDATE", object, oldObject: old });
    const removed = isReleased(this.kind, object) && !isReleased(this.kind, old);
    await context.clock.yieldIfDue();
    const stored = await this.#commit({
      key: current.key,
      object,
      expected: current.revision,
      current,
      context,
      remove: removed,
      guard,
    });
    if (stored && removed) await this.#hooks.afterDelete?.(stored.object, context);
    if (stored) return { stored, created: false, removed };
    if (!request.retry) throw newModified(resource, request.key.name);
    return undefined;
  }

  /** Upstream: apiserver/pkg/storage/interfaces.go#Preconditions.Check, whose error tells the store's key, too */
  #checkUid({ uid, key }: UpdateRequest, old: KubeObject | undefined, resource: GroupResource): void {
    const actual = old?.metadata.uid ?? "";
    if (!uid || uid === actual) return;
    const what = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${actual}`;
    const where = `Key: ${this.cache.prefix}${keyString(key)}, ResourceVersion: 0`;
    const text = `StorageError: invalid object, Code: 4, ${where}, AdditionalErrorMsg: ${what}`;
    throw newConflict(resource, key.name, text);
  }

  async #deleteOnce(
    current: Stored,
    options: V1DeleteOptions,
    context: WriteContext,
  ): Promise<DeleteResult | undefined> {
    const old = this.#hubObject(current);
    const plan = planDeletion(this.kind, old, options, context);
    if (plan.action === "pending") return { stored: current, removed: false };
    const mark = plan.action === "mark" && !plan.removeNow;
    const object = plan.action === "mark" ? plan.object : old;
    const stored = await this.#commit({
      key: current.key,
      object,
      expected: current.revision,
      current,
      context,
      remove: !mark,
    });
    if (!stored) return undefined;
    if (!mark && !context.dryRun) await this.#hooks.afterDelete?.(stored.object, context);
    return { stored, removed: !mark };
  }

  /** Undefined when the condition failed. Resolves once the cache shows the write. */
  async #commit(write: Write): Promise<Stored | undefined> {
    const { key, expected, current, context, remove = false } = write;
    const storeKey = this.cache.prefix + key;
    if (remove) return await this.#remove(storeKey, write);
    // Strategies and admission may have left zero values out, or in another order than Go's.
    const object = canonicalize(this.kind.schema, write.object) as KubeObject;
    const due = context.clock.yieldIfDue();
    if (due) await due;
    const value = encodeValue(this.kind, object);
    if (context.dryRun)
      return storedOf(this.kind, key, object, value, current?.revision ?? revisionNamedBy(write.object));
    if (current && isUnchanged(current, value)) return settled(current, write.guard);
    this.#checkSize(object, value, context);
    this.cache.expect(key, value, object);
    try {
      const ttl = this.kind.ttlMs === undefined ? {} : { ttlMs: this.kind.ttlMs };
      const result = await this.#send(storeKey, { expected, value, ...ttl }, write.guard);
      if ("conflict" in result) return await this.#behind(result.conflict?.revision);
      await this.#feed.waitFor(result.revision);
      const seen = this.cache.get(key);
      return seen?.revision === result.revision ? seen : storedOf(this.kind, key, object, value, result.revision);
    } finally {
      this.cache.forget(key, value);
    }
  }

  #checkSize(object: KubeObject, value: Uint8Array, { isOutgrown = false }: Write["context"]): void {
    if (isOutgrown || (value.length > MAX_STORED_BYTES && !fitsStore(this.kind, object))) throw newTooLargeToStore();
  }

  async #remove(storeKey: string, write: Write): Promise<Stored | undefined> {
    const { key, object, expected, context } = write;
    const value = encodeValue(this.kind, object);
    if (context.dryRun) return storedOf(this.kind, key, object, value, expected);
    const result = await this.#send(storeKey, { expected }, write.guard);
    if ("conflict" in result) return await this.#behind(result.conflict?.revision);
    await this.#feed.waitFor(result.revision);
    return storedOf(this.kind, key, object, value, result.revision);
  }

  async #send(storeKey: string, change: Change, guard: HookGuard | undefined): Promise<CommitResult> {
    if (guard) guard.fate = "unknown";
    const result = await this.#store.commit(storeKey, change);
    if (guard) guard.fate = "conflict" in result ? "refused" : "committed";
    return result;
  }

  /** The store is ahead of the cache: catch up before the next attempt. */
  async #behind(revision: Revision | undefined): Promise<undefined> {
    if (revision !== undefined) await this.#feed.waitFor(revision);
    else await this.#feed.waitUntilFresh();
    return undefined;
  }
}

/** What has nothing to be written for is as good as written. */
function settled(current: Stored, guard: HookGuard | undefined): Stored {
  if (guard) guard.fate = "committed";
  return current;
}

/** What is no revision is none: "0" names the newest, and text nothing. */
const isRevision = (text = ""): boolean => /^0*[1-9]\d*$/.test(text);

interface Write {
  readonly key: string;
  readonly object: KubeObject;
  readonly expected: Revision | 0;
  readonly current?: Stored;
  readonly context: Pick<WriteContext, "clock" | "dryRun" | "isOutgrown">;
  readonly remove?: boolean;
  readonly guard?: HookGuard;
}

/** Of something new: upstream gives it back from a dry run. */
function revisionNamedBy({ metadata: { resourceVersion } }: KubeObject): Revision | 0 {
  return isRevision(resourceVersion) ? Number(resourceVersion) : 0;
}

/** Tells a hook the fate of its write, whatever way the write ends. */
class HookGuard implements AsyncDisposable {
  fate: Fate = "refused";
  readonly #finish: Finish | undefined;

  constructor(finish: Finish | undefined) {
    this.#finish = finish;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#finish?.(this.fate);
  }
}

/** Nothing but the deletion itself is left to do: an update that reaches this state removes the object. */
function isReleased(kind: AnyKind, object: KubeObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, finalizers = [] } = object.metadata;
  if (deletionTimestamp === undefined || Number(deletionGracePeriodSeconds) !== 0 || finalizers.length > 0)
    return false;
  return !(kind.strategy.holdsDeletion?.(object) ?? false);
}

/** A write that changes nothing makes no revision, unless it brings what is stored up to date. Upstream: apiserver/pkg/storage/etcd3/store.go#GuaranteedUpdate */
function isUnchanged(current: Stored, value: Uint8Array): boolean {
  if (!current.isCurrentForm) return false;
  const body = current.body(current.kind.apiVersion);
  const offset = value.length - body.length;
  return offset > 0 && Buffer.compare(value.subarray(offset), body) === 0;
}

/** A private copy of an object that can be changed and committed. */
export function draftOf(kind: AnyKind, object: KubeObject): Draft<KubeObject> {
  return copyBySchema(kind.schema, object) as Draft<KubeObject>;
}
