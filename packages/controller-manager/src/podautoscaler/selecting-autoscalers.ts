import type { V1Pod } from "@dingi/api";
import type { ObjectKey, Selector } from "@dingi/apimachinery";

/** Which pods each autoscaler's target has, as it was last known. Upstream: pkg/controller/podautoscaler/hpa_selector_store.go */
export class SelectingAutoscalers {
  readonly #byNamespace = new Map<string, Map<string, Selector>>();

  set({ namespace, name }: ObjectKey, selector: Selector): void {
    const known = this.#byNamespace.get(namespace);
    if (known) known.set(name, selector);
    else this.#byNamespace.set(namespace, new Map([[name, selector]]));
  }

  delete({ namespace, name }: ObjectKey): void {
    const known = this.#byNamespace.get(namespace);
    known?.delete(name);
    if (known?.size === 0) this.#byNamespace.delete(namespace);
  }

  /** The autoscalers that select any of the pods. Pods with the same labels are looked at once. */
  of(namespace: string, pods: readonly V1Pod[]): ObjectKey[] {
    const different = new Map(
      pods.map(({ metadata }) => [JSON.stringify(metadata.labels ?? {}), metadata.labels ?? {}]),
    );
    return [...(this.#byNamespace.get(namespace) ?? [])]
      .filter(([, selector]) => [...different.values()].some((labels) => selector.matches(labels)))
      .map(([name]) => ({ namespace, name }));
  }
}
