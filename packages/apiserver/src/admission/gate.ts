import type { AnyKind, Draft, KubeObject, ReviewDefinition, StructSchema, UserInfo } from "@dingi/apimachinery";
import type { ResourceRequest } from "../routing/request-info.ts";
import type { AuditAnnotations } from "../request/audit-annotations.ts";
import { keepManagedFields } from "./managed-fields.ts";
import { Reinvocation } from "./reinvocation.ts";
import { writeOptions } from "./write-options.ts";
import type { AdmissionAttributes, Operation } from "./attributes.ts";
import type { AdmissionChain } from "./chain.ts";

/** What a gate is asked to let through. */
export interface AdmissionInput {
  readonly operation: Operation;
  readonly object?: Draft<KubeObject> | undefined;
  readonly oldObject?: KubeObject | undefined;
  /** Where they are not those of a write: DeleteOptions. None at all: null. */
  readonly options?: object | null;
  /** Where it is not the path's: of something new, and of one out of a collection. */
  readonly name?: string;
  /** What the object is, where it is not of the addressed kind. */
  readonly objectKind?: AdmissionAttributes["objectKind"];
}

/** Admission as one request's write meets it: first it may be changed, then the final state is looked at. */
export interface AdmissionGate {
  admit(input: AdmissionInput): Promise<void>;
  validate(input: AdmissionInput): Promise<void>;
}

/** For writes that were admitted as something else: a pod's, as the Binding or Eviction that changes it. */
export const OPEN_GATE: AdmissionGate = {
  admit: () => Promise.resolve(),
  validate: () => Promise.resolve(),
};

/** For what is never stored, nothing comes between. */
export async function pass(gate: AdmissionGate, input: AdmissionInput): Promise<void> {
  await gate.admit(input);
  await gate.validate(input);
}

/** The request that a gate belongs to. */
export interface AdmittedRequest {
  readonly kind: AnyKind | ReviewDefinition;
  readonly info: ResourceRequest;
  readonly user: UserInfo;
  readonly dryRun: boolean;
  readonly warn: (text: string) => void;
  readonly annotations: AuditAnnotations;
  readonly query: URLSearchParams;
  readonly signal: AbortSignal;
  readonly deadlineMs: number | undefined;
}

export class RequestGate implements AdmissionGate {
  readonly #chain: AdmissionChain;
  readonly #request: AdmittedRequest;

  constructor(chain: AdmissionChain, request: AdmittedRequest) {
    this.#chain = chain;
    this.#request = request;
  }

  async admit(input: AdmissionInput): Promise<void> {
    const { object } = input;
    const before = object?.metadata?.managedFields;
    await this.#chain.admit(new RequestAttributes(this.#request, input));
    if (object?.metadata?.managedFields !== before) keepManagedFields(object!, before, this.#request.warn);
  }

  async validate(input: AdmissionInput): Promise<void> {
    await this.#chain.validate(new RequestAttributes(this.#request, input));
  }
}

/** A class for its getters: made with each object, one costs more than everything else here. */
class RequestAttributes implements AdmissionAttributes {
  readonly operation: Operation;
  readonly kind: AnyKind | ReviewDefinition;
  readonly apiVersion: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly object: Draft<KubeObject> | undefined;
  readonly oldObject: KubeObject | undefined;
  readonly user: UserInfo;
  readonly dryRun: boolean;
  readonly warn: (text: string) => void;
  readonly annotations: AuditAnnotations;
  readonly deadlineMs: number | undefined;
  readonly #options: object | null | undefined;
  #reinvocation: Reinvocation | undefined;
  readonly #request: AdmittedRequest;
  readonly #objectKind: AdmissionAttributes["objectKind"] | undefined;

  constructor(request: AdmittedRequest, input: AdmissionInput) {
    const { kind, info } = request;
    this.operation = input.operation;
    this.kind = kind;
    this.apiVersion = info.apiVersion;
    this.subresource = info.subresource;
    this.namespace = info.namespace;
    this.name = input.name ?? info.name;
    this.object = input.object;
    this.oldObject = input.oldObject;
    this.#options = input.options;
    this.user = request.user;
    this.dryRun = request.dryRun;
    this.warn = request.warn;
    this.annotations = request.annotations;
    this.deadlineMs = request.deadlineMs;
    this.#request = request;
    this.#objectKind = input.objectKind;
  }

  get objectKind(): AdmissionAttributes["objectKind"] {
    const { apiVersion, kind } = this;
    return this.#objectKind ?? { apiVersion, kind: kind.kind, schema: schemaOf(kind, apiVersion) };
  }

  get options(): object | undefined {
    const given = this.#options;
    return given === undefined ? writeOptions(this.operation, this.#request.query) : (given ?? undefined);
  }

  get reinvocation(): Reinvocation {
    return (this.#reinvocation ??= new Reinvocation());
  }

  get signal(): AbortSignal {
    return this.#request.signal;
  }
}

function schemaOf(kind: AnyKind | ReviewDefinition, apiVersion: string): StructSchema {
  return "versions" in kind ? kind.versions[apiVersion]!.schema : kind.schema;
}
