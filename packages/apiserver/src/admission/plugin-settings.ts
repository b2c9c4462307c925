import {
  aggregateText,
  fieldErrorText,
  invalid,
  notSupported,
  path,
  required,
  yamlToJsonValue,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import { own } from "@dingi/base";
import type { EventLimit } from "./plugins/eventratelimit/event-rate-limit.ts";
import type { NodeSelectors } from "./plugins/podnodeselector/pod-node-selector.ts";
import type { Exemptions } from "./plugins/podsecurity/exemptions.ts";
import { defaultPolicyOf, type Policy } from "./plugins/podsecurity/policy.ts";
import type { TolerationRules } from "./plugins/podtolerationrestriction/pod-toleration-restriction.ts";
import type { LimitedResource } from "./plugins/resourcequota/limited-resource.ts";

/** What is said to plugins beyond being on, by their names. */
export interface PluginSettings {
  readonly EventRateLimit?: readonly EventLimit[];
  readonly PodNodeSelector?: NodeSelectors;
  readonly PodSecurity?: { readonly defaults?: Policy; readonly exemptions?: Exemptions };
  readonly PodTolerationRestriction?: TolerationRules;
  readonly ResourceQuota?: { readonly limited?: readonly LimitedResource[] };
}

interface Document {
  readonly [field: string]: unknown;
}

/** By plugin: the kind that its configuration is, where it is of one, and what is made of it. */
const READERS: {
  readonly [Name in keyof Required<PluginSettings>]: {
    readonly kinds: readonly string[];
    readonly read: (document: Document) => PluginSettings[Name];
  };
} = {
  EventRateLimit: { kinds: ["Configuration"], read: (document) => eventLimits(document["limits"] as EventLimit[]) },
  PodNodeSelector: { kinds: [], read: (document) => document["podNodeSelectorPluginConfig"] as NodeSelectors },
  PodSecurity: { kinds: ["PodSecurityConfiguration"], read: podSecurity },
  PodTolerationRestriction: { kinds: ["Configuration"], read: (document) => document as TolerationRules },
  ResourceQuota: {
    kinds: ["Configuration", "ResourceQuotaConfiguration"],
    read: (document) => limitedResources((document["limitedResources"] ?? []) as LimitedResource[]),
  },
};

/**
 * Reads a file of upstream's flag --admission-control-config-file, an AdmissionConfiguration. Throws with what is wrong.
 * Upstream: apiserver/pkg/admission/config.go#ReadAdmissionConfiguration
 */
export function readPluginSettings(text: string, readFile: (path: string) => string): PluginSettings {
  const { kind, plugins = [] } = documentOf(text);
  if (kind !== "AdmissionConfiguration")
    throw new Error(`An admission configuration is of kind "AdmissionConfiguration", not "${String(kind)}"`);
  const settings = (plugins as Document[]).map(({ name, path: file, configuration }) => {
    const reader = own(READERS, String(name));
    if (!reader) throw new Error(`Admission plugin "${String(name)}" takes no configuration here`);
    const document = typeof file === "string" && file !== "" ? documentOf(readFile(file)) : configuration;
    return [name, readAs(reader, String(name), (document ?? {}) as Document)] as const;
  });
  return Object.fromEntries(settings) as PluginSettings;
}

type Reader = (typeof READERS)[keyof typeof READERS];

function readAs({ kinds, read }: Reader, name: string, document: Document): unknown {
  const { kind } = document;
  if (kinds.length > 0 && kind !== undefined && !kinds.includes(String(kind)))
    throw new Error(`The configuration of admission plugin "${name}" is a ${kinds[0]}, not a "${String(kind)}"`);
  return read(document);
}

function documentOf(text: string): Document {
  const { value } = yamlToJsonValue(text);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Document;
  throw new Error("An admission configuration is a mapping of names to values");
}

function refuseWrong(errors: readonly FieldError[]): void {
  if (errors.length > 0) throw new Error(aggregateText(errors.map(fieldErrorText)));
}

const LIMIT_TYPES = ["Namespace", "Server", "SourceAndObject", "User"];

/** Upstream: plugin/pkg/admission/eventratelimit/apis/eventratelimit/validation/validation.go */
function eventLimits(limits: readonly EventLimit[] = []): readonly EventLimit[] {
  const where = path("limits");
  const errors = limits.length === 0 ? [invalid(where, limits, "must not be empty")] : [];
  errors.push(...limits.flatMap((limit, i) => limitErrors(limit, where.index(i))));
  refuseWrong(errors);
  return limits;
}

function limitErrors({ type, burst = 0, qps = 0, cacheSize = 0 }: Partial<EventLimit>, at: FieldPath): FieldError[] {
  const rates = Object.entries({ burst, qps }).filter(([, rate]) => !(rate > 0));
  return [
    ...(LIMIT_TYPES.includes(type ?? "") ? [] : [notSupported(at.child("type"), type ?? "", LIMIT_TYPES)]),
    ...rates.map(([name, rate]) => invalid(at.child(name), rate, "must be positive")),
    ...(type !== "Server" && cacheSize < 0 ? [invalid(at.child("cacheSize"), cacheSize, "must not be negative")] : []),
  ];
}

/** Upstream: apiserver/pkg/admission/plugin/resourcequota/apis/resourcequota/validation/validation.go */
function limitedResources(limited: readonly LimitedResource[]): { readonly limited: readonly LimitedResource[] } {
  const where = path("limitedResources");
  refuseWrong(limited.flatMap(({ resource }, i) => (resource ? [] : [required(where.index(i).child("resource"))])));
  return { limited };
}

function podSecurity({ defaults, exemptions }: Document): NonNullable<PluginSettings["PodSecurity"]> {
  const { policy, errors } = defaultPolicyOf((defaults ?? {}) as Readonly<Record<string, string>>);
  refuseWrong(errors);
  return { defaults: policy, exemptions: (exemptions ?? {}) as Exemptions };
}
