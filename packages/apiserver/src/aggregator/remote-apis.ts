import { APIService, type V1APIService } from "@dingi/api";
import { apiVersionOf, type AnyKind } from "@dingi/apimachinery";
import { Latest } from "@dingi/base";
import type { StoreFeed } from "../cacher/store-feed.ts";
import type { ServicePort } from "../webhook/webhook-config.ts";

const HTTPS_PORT = 443;
const AVAILABLE = "Available";

/** A version of a group that another server serves. */
export interface RemoteApi {
  /** Of its APIService: "v1beta1.metrics.k8s.io" */
  readonly name: string;
  readonly group: string;
  readonly version: string;
  readonly service: ServicePort;
  /** PEM in base64; the authorities that this machine trusts where it is empty. */
  readonly caBundle: string;
  readonly skipsVerification: boolean;
  readonly isAvailable: boolean;
  readonly groupPriority: number;
  readonly versionPriority: number;
}

/** What other servers serve, as APIServices say it. The set is replaced at each change. Upstream: kube-aggregator/pkg/apiserver/apiservice_controller.go */
export class RemoteApis {
  readonly #latest: Latest<ReadonlyMap<string, RemoteApi>>;

  constructor(feed: StoreFeed) {
    const cache = feed.cache(APIService as unknown as AnyKind);
    const known = [...cache.snapshot().values()].map(({ object }) => object as V1APIService);
    this.#latest = new Latest<ReadonlyMap<string, RemoteApi>>(
      new Map(known.flatMap(remoteOf).map((api) => [apiVersionOf(api.group, api.version), api])),
    );
    cache.onEvent(({ current, previous }) => {
      const before = previous ? remoteOf(previous.object as V1APIService) : [];
      this.#replace(before, current ? remoteOf(current.object as V1APIService) : []);
    });
  }

  get all(): ReadonlyMap<string, RemoteApi> {
    return this.#latest.current;
  }

  of(group: string, version: string): RemoteApi | undefined {
    return this.all.get(apiVersionOf(group, version));
  }

  /** Resolves to the newest set once it is another than `seen`. Rejects with `signal.reason`. */
  async after(seen: ReadonlyMap<string, RemoteApi>, signal: AbortSignal): Promise<ReadonlyMap<string, RemoteApi>> {
    return await this.#latest.after(seen, signal);
  }

  #replace([before]: readonly RemoteApi[], [after]: readonly RemoteApi[]): void {
    if (!before && !after) return;
    const next = new Map(this.all);
    if (before) next.delete(apiVersionOf(before.group, before.version));
    if (after) next.set(apiVersionOf(after.group, after.version), after);
    this.#latest.set(next);
  }
}

function remoteOf({ metadata, spec, status }: V1APIService): RemoteApi[] {
  if (!spec.service) return [];
  const { namespace = "", name = "", port = HTTPS_PORT } = spec.service;
  const { group = "", version = "", caBundle = "", insecureSkipTLSVerify: skipsVerification = false } = spec;
  const { groupPriorityMinimum: groupPriority, versionPriority } = spec;
  const common = { group, version, caBundle, skipsVerification, groupPriority, versionPriority };
  const isAvailable = isTrue(status.conditions, AVAILABLE);
  return [{ ...common, name: metadata.name ?? "", service: { namespace, name, port }, isAvailable }];
}

const isTrue = (conditions: V1APIService["status"]["conditions"] = [], wanted: string): boolean =>
  conditions.some(({ type, status }) => type === wanted && status === "True");

/** "/api/v1", "/apis/example.org/v1": where the version's resources are. */
export function rootOf({ group, version }: Pick<RemoteApi, "group" | "version">): string {
  return group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
}
