import type { Logger } from "@dingi/base";

export type HealthEndpoint = "livez" | "readyz" | "healthz";

interface HealthCheck {
  /** What `?exclude=` and `/livez/NAME` say; "ping", "poststarthook/rbac/bootstrap-roles". */
  readonly name: string;
  /** A name that excludes several checks at once. */
  readonly group?: string;
  /** Where it counts; everywhere when absent. */
  readonly endpoints?: readonly HealthEndpoint[];
  /** Throws or rejects when unhealthy. */
  readonly check: () => void | Promise<void>;
}

interface HealthQuery {
  readonly verbose?: boolean;
  readonly exclude?: readonly string[];
}

interface HealthResponse {
  readonly status: 200 | 500;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const HEADERS = { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" };

interface Outcome {
  readonly line: string;
  readonly failure?: { readonly name: string; readonly error: unknown };
}

/** The checks behind /livez, /readyz and /healthz. Upstream: apiserver/pkg/server/healthz/healthz.go */
export class HealthChecks {
  readonly #logger: Logger;
  readonly #checks = new Map<string, HealthCheck>();

  constructor({ logger }: { readonly logger: Logger }) {
    this.#logger = logger;
    this.add({ name: "ping", check() {} });
  }

  /** Takes the place of an earlier check of the same name. Disposing takes it away again. */
  add(check: HealthCheck): Disposable {
    this.#checks.set(check.name, check);
    return {
      [Symbol.dispose]: () => {
        if (this.#checks.get(check.name) === check) this.#checks.delete(check.name);
      },
    };
  }

  /** The names at an endpoint, in the order in which they were added. */
  names(endpoint: HealthEndpoint): string[] {
    return this.#at(endpoint).map(({ name }) => name);
  }

  /** All checks of an endpoint. What failed and why is logged only: the endpoint is public. */
  async respond(endpoint: HealthEndpoint, query: HealthQuery = {}): Promise<HealthResponse> {
    const excluded = new Set(query.exclude);
    const unmatched = new Set(excluded);
    const outcomes = await Promise.all(this.#at(endpoint).map((check) => this.#run(check, excluded, unmatched)));
    const lines = outcomes.map(({ line }) => line);
    if (unmatched.size > 0) {
      const names = [...unmatched].sort().map((name) => JSON.stringify(name));
      lines.push(`warn: some health checks cannot be excluded: no matches for ${names.join(",")}`);
    }
    const failures = outcomes.flatMap(({ failure }) => failure ?? []);
    if (failures.length > 0) {
      this.#logger.warn("Failed health checks", { endpoint, failures });
      return { status: 500, headers: HEADERS, body: `${lines.join("\n")}\n${endpoint} check failed\n` };
    }
    const body = query.verbose ? `${lines.join("\n")}\n${endpoint} check passed\n` : "ok";
    return { status: 200, headers: HEADERS, body };
  }

  /** One check, as /livez/NAME asks for it; undefined when the endpoint has none of this name. */
  async respondOne(endpoint: HealthEndpoint, name: string): Promise<HealthResponse | undefined> {
    const check = this.#at(endpoint).find((other) => other.name === name);
    if (!check) return undefined;
    try {
      await check.check();
      return { status: 200, headers: HEADERS, body: "ok" };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { status: 500, headers: HEADERS, body: `internal server error: ${reason}\n` };
    }
  }

  #at(endpoint: HealthEndpoint): HealthCheck[] {
    return [...this.#checks.values()].filter(({ endpoints }) => !endpoints || endpoints.includes(endpoint));
  }

  async #run(
    { name, group, check }: HealthCheck,
    excluded: ReadonlySet<string>,
    unmatched: Set<string>,
  ): Promise<Outcome> {
    if (excluded.has(name)) {
      unmatched.delete(name);
      return { line: `[+]${name} excluded: ok` };
    }
    if (group !== undefined && excluded.has(group)) {
      unmatched.delete(group);
      return { line: `[+]${name} excluded with ${group}: ok` };
    }
    try {
      await check();
      return { line: `[+]${name} ok` };
    } catch (error) {
      return { line: `[-]${name} failed: reason withheld`, failure: { name, error } };
    }
  }
}
