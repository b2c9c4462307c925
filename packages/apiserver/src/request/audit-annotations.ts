/** What admission notes about a request for whoever audits it. Upstream: apiserver/pkg/audit/context.go#AddAuditAnnotation */
export class AuditAnnotations {
  readonly #values = new Map<string, string>();

  /** What was noted first stands: who comes later may not rewrite it. */
  add(key: string, value: string): void {
    if (!this.#values.has(key)) this.#values.set(key, value);
  }

  get(key: string): string | undefined {
    return this.#values.get(key);
  }

  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.#values.entries();
  }
}
