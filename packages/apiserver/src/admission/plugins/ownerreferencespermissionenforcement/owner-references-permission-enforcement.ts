import { Pod } from "@dingi/api";
import {
  groupOf,
  semanticEqual,
  versionOf,
  type KubeObject,
  type ServedKinds,
  type V1OwnerReference,
} from "@dingi/apimachinery";
import type { Authorizer, AuthorizationAttributes } from "../../../authorization/authorizer.ts";
import { isAt, type AdmissionAttributes, type Operation } from "../../attributes.ts";
import type { AdmissionPlugin } from "../../chain.ts";
import { refusalOf } from "../../refusal.ts";

/**
 * Who names an owner may delete what is owned, as its garbage collection will; and who keeps an owner from going before it may
 * say so of that owner. Upstream: plugin/pkg/admission/gc/gc_admission.go
 */
export class OwnerReferencesPermissionEnforcement implements AdmissionPlugin {
  readonly #authorizer: Authorizer;
  readonly #kinds: ServedKinds;

  constructor(authorizer: Authorizer, kinds: ServedKinds) {
    this.#authorizer = authorizer;
    this.#kinds = kinds;
  }

  handles(operation: Operation): boolean {
    return operation === "CREATE" || operation === "UPDATE";
  }

  async validate(attributes: AdmissionAttributes): Promise<void> {
    const { object, oldObject, operation } = attributes;
    if (isAt(attributes, Pod) && attributes.subresource === "status") return;
    const [now, before] = [ownersOf(object as KubeObject | undefined), ownersOf(oldObject)];
    if (semanticEqual(now, before)) return;
    if (operation !== "CREATE") await this.#checkDeletion(attributes);
    const blocking = now.filter((owner) => owner.blockOwnerDeletion && !wasBlocking(owner, before));
    if (blocking.length === 0 || (await this.#maySetAllFinalizers(attributes))) return;
    for (const owner of blocking) await this.#checkFinalizers(attributes, owner);
  }

  async #checkDeletion(attributes: AdmissionAttributes): Promise<void> {
    const { kind, apiVersion, subresource, namespace, name } = attributes;
    const decision = await this.#ask(attributes, {
      verb: "delete",
      group: groupOf(apiVersion),
      version: versionOf(apiVersion),
      resource: kind.plural,
      subresource,
      namespace,
      name,
    });
    if (decision.decision === "allow") return;
    throw refusalOf(attributes, `cannot set an ownerRef on a resource you can't delete: ${decision.reason}, <nil>`);
  }

  async #maySetAllFinalizers(attributes: AdmissionAttributes): Promise<boolean> {
    const all = { group: "*", version: "*", resource: "*", namespace: "", name: "*" };
    const { decision } = await this.#ask(attributes, { verb: "update", subresource: "finalizers", ...all });
    return decision === "allow";
  }

  async #checkFinalizers(attributes: AdmissionAttributes, { apiVersion, kind, name }: V1OwnerReference): Promise<void> {
    const owner = this.#kinds.scheme.byKind(apiVersion, kind);
    if (!owner) {
      const missing = `no matches for kind ${JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)}`;
      const why = `cannot set blockOwnerDeletion in this case because cannot find RESTMapping for APIVersion ${apiVersion} Kind ${kind}: ${missing}`;
      throw refusalOf(attributes, why);
    }
    const decision = await this.#ask(attributes, {
      verb: "update",
      group: groupOf(apiVersion),
      version: versionOf(apiVersion),
      resource: owner.plural,
      subresource: "finalizers",
      namespace: owner.scope === "Namespaced" ? attributes.namespace : "",
      name,
    });
    if (decision.decision === "allow") return;
    const why = "cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on";
    throw refusalOf(attributes, `${why}: ${decision.reason}, <nil>`);
  }

  async #ask({ user }: AdmissionAttributes, asked: Omit<AuthorizationAttributes, "user" | "isResource" | "path">) {
    return await this.#authorizer.authorize({ user, isResource: true, path: "", ...asked });
  }
}

const ownersOf = (object: KubeObject | undefined): readonly V1OwnerReference[] =>
  object?.metadata?.ownerReferences ?? [];

function wasBlocking({ uid }: V1OwnerReference, before: readonly V1OwnerReference[]): boolean {
  return before.findLast((owner) => owner.uid === uid)?.blockOwnerDeletion ?? false;
}
