import { Namespace, Pod, type V1Pod } from "@dingi/api";
import { equalJson, fieldErrorText, aggregateText, newInternalError, newInvalid } from "@dingi/apimachinery";
import type { Clock } from "@dingi/base";
import { inNamespace } from "../../../cacher/in-namespace.ts";
import type { StoreFeed } from "../../../cacher/store-feed.ts";
import { isAt, type AdmissionAttributes, type Operation } from "../../attributes.ts";
import type { AdmissionPlugin } from "../../chain.ts";
import type { Namespaces } from "../../matching/namespaces.ts";
import { refusalOf } from "../../refusal.ts";
import type { PodTemplate, Violation } from "./checks/check.ts";
import { isExempt, type Exemptions } from "./exemptions.ts";
import { warningsAbout } from "./existing-pods.ts";
import { detailsText, violationsOf } from "./levels.ts";
import { ignoredNamespaceText } from "./ignored-namespace.ts";
import { templateFinder } from "./pod-template-of.ts";
import {
  compareLevels,
  isPrivileged,
  isSameLevel,
  levelText,
  policyOf,
  PREFIX,
  PRIVILEGED,
  type Policy,
} from "./policy.ts";
import { isSignificant } from "./significant-update.ts";

interface PodSecurityOptions {
  readonly feed: StoreFeed;
  readonly clock: Clock;
  readonly namespaces: Namespaces;
  /** Of namespaces whose labels demand nothing. */
  readonly defaults?: Policy;
  readonly exemptions?: Exemptions;
}

/** What changes nothing of what a pod may do. */
const IGNORED: ReadonlySet<string> = new Set([
  "exec",
  "attach",
  "binding",
  "eviction",
  "log",
  "portforward",
  "proxy",
  "status",
]);

/** Lets pods be only what their namespace's labels allow. Upstream: pod-security-admission/admission/admission.go */
export class PodSecurity implements AdmissionPlugin {
  readonly #options: PodSecurityOptions;
  readonly #defaults: Policy;
  readonly #exemptions: Exemptions;

  constructor(options: PodSecurityOptions) {
    this.#options = options;
    this.#defaults = options.defaults ?? PRIVILEGED;
    this.#exemptions = options.exemptions ?? {};
  }

  handles(operation: Operation): boolean {
    return operation === "CREATE" || operation === "UPDATE";
  }

  validate(attributes: AdmissionAttributes): void | Promise<void> {
    const { subresource } = attributes;
    if (isAt(attributes, Pod)) return IGNORED.has(subresource) ? undefined : this.#validatePod(attributes);
    if (subresource !== "") return undefined;
    if (isAt(attributes, Namespace)) return this.#validateNamespace(attributes);
    const find = templateFinder(attributes);
    return find && this.#warnOfTemplate(attributes, find(attributes.object!));
  }

  async #validatePod(attributes: AdmissionAttributes): Promise<void> {
    if (this.#isExempt(attributes)) return;
    const read = await this.#policyFor(attributes);
    if (read.errors.length === 0 && isPrivileged(read.policy)) {
      attributes.annotations.add(`${PREFIX}enforce-policy`, levelText(PRIVILEGED.enforce));
      return;
    }
    const pod = attributes.object as unknown as V1Pod;
    const { operation, oldObject } = attributes;
    if (operation === "UPDATE" && !isSignificant(pod, oldObject as unknown as V1Pod)) return;
    this.#evaluate(attributes, pod, { ...read, isEnforced: true });
  }

  async #warnOfTemplate(attributes: AdmissionAttributes, template: PodTemplate | undefined): Promise<void> {
    if (!template || this.#isExempt(attributes)) return;
    const read = await this.#policyFor(attributes).catch(({ message }: Error) => {
      // Nothing is refused here: its pods will be.
      attributes.annotations.add(`${PREFIX}error`, message);
    });
    if (!read) return;
    const { warn, audit } = read.policy;
    if (read.errors.length === 0 && warn.level === "privileged" && audit.level === "privileged") return;
    this.#evaluate(attributes, template, { ...read, isEnforced: false });
  }

  async #policyFor(attributes: AdmissionAttributes): Promise<ReturnType<typeof policyOf>> {
    const { namespace } = attributes;
    let labels;
    try {
      ({ labels } = (await this.#options.namespaces.find(namespace, attributes)).metadata);
    } catch {
      throw newInternalError(`failed to lookup namespace ${JSON.stringify(namespace)}`);
    }
    return policyOf(labels ?? {}, this.#defaults);
  }

  #isExempt({ namespace, user, annotations }: AdmissionAttributes): boolean {
    const { namespaces, usernames } = this.#exemptions;
    const reason = isExempt(namespace, namespaces) ? "namespace" : isExempt(user.name, usernames) ? "user" : undefined;
    if (reason !== undefined) annotations.add(`${PREFIX}exempt`, reason);
    return reason !== undefined;
  }

  /** Upstream: …#EvaluatePod */
  #evaluate(
    attributes: AdmissionAttributes,
    pod: PodTemplate,
    { policy, errors, isEnforced }: ReturnType<typeof policyOf> & { readonly isEnforced: boolean },
  ): void {
    const { annotations, warn } = attributes;
    if (isExempt(pod.spec.runtimeClassName, this.#exemptions.runtimeClasses))
      return annotations.add(`${PREFIX}exempt`, "runtimeClass");
    if (errors.length > 0) {
      const text = aggregateText(errors.map(fieldErrorText));
      annotations.add(`${PREFIX}error`, `Failed to parse policy: ${text}`);
    }
    const found = (mode: keyof Policy): string | undefined => {
      const violations: Violation[] = violationsOf(policy[mode], pod);
      if (violations.length === 0) return undefined;
      return `PodSecurity ${JSON.stringify(levelText(policy[mode]))}: ${detailsText(violations)}`;
    };
    if (isEnforced) annotations.add(`${PREFIX}enforce-policy`, levelText(policy.enforce));
    const audited = found("audit");
    if (audited !== undefined) annotations.add(`${PREFIX}audit-violations`, `would violate ${audited}`);
    const refused = isEnforced ? found("enforce") : undefined;
    if (refused !== undefined) throw refusalOf(attributes, `violates ${refused}`);
    const warned = found("warn");
    if (warned !== undefined) warn(`would violate ${warned}`);
  }

  async #validateNamespace(attributes: AdmissionAttributes): Promise<void> {
    const { name = "", labels = {} } = attributes.object!.metadata;
    const read = policyOf(labels, this.#defaults);
    const before = this.#policyBefore(attributes);
    checkLabels(name, read, before);
    if (before && !isTightened(read.policy, before.policy)) return;
    if (isExempt(name, this.#exemptions.namespaces)) this.#warnOfNothing(attributes, read.policy);
    else if (before) await this.#warnOfPods(attributes, name, read.policy);
  }

  #policyBefore({ oldObject }: AdmissionAttributes): ReturnType<typeof policyOf> | undefined {
    return oldObject && policyOf(oldObject.metadata.labels ?? {}, this.#defaults);
  }

  #warnOfNothing({ object, warn }: AdmissionAttributes, policy: Policy): void {
    const { name = "", labels = {} } = object!.metadata;
    const text = ignoredNamespaceText({ name, labels, policy, defaults: this.#defaults });
    if (text !== undefined) warn(text);
  }

  async #warnOfPods({ warn, deadlineMs }: AdmissionAttributes, namespace: string, { enforce }: Policy): Promise<void> {
    const { feed, clock } = this.#options;
    const pods = inNamespace(feed, Pod, namespace).filter(
      ({ spec }) => !isExempt(spec.runtimeClassName, this.#exemptions.runtimeClasses),
    );
    for (const text of await warningsAbout({ namespace, pods, enforce, deadlineMs }, clock)) warn(text);
  }
}

/** Throws StatusError 422; what was not understood before may stay. */
function checkLabels(
  name: string,
  { errors }: ReturnType<typeof policyOf>,
  before?: ReturnType<typeof policyOf>,
): void {
  if (errors.length === 0 || equalJson(errors, before?.errors ?? [])) return;
  throw newInvalid({ group: Namespace.group, kind: Namespace.kind }, name, errors);
}

/** Whether pods that were allowed may not be any more. */
function isTightened({ enforce }: Policy, { enforce: before }: Policy): boolean {
  if (enforce.level === "privileged" || isSameLevel(enforce, before)) return false;
  return enforce.version !== before.version || compareLevels(enforce.level, before.level) > 0;
}
