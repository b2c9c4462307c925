import type { AnyKind, UserInfo } from "@dingi/apimachinery";
import type { Clock, Random } from "@dingi/base";
import { RequestGate, type AdmissionGate, type AdmittedRequest } from "../admission/gate.ts";
import type { WriteContext } from "../registry/request-context.ts";
import type { AuditAnnotations } from "../request/audit-annotations.ts";
import type { ResourceRequest } from "../routing/request-info.ts";
import type { EndpointServices, ResourceCall } from "./endpoint.ts";

interface OwnContext {
  readonly dryRun: boolean;
  readonly admission?: AdmissionGate;
  readonly size?: { isOutgrown: boolean };
}

/** What a call's writes take along. A class for its getter: the signal of a request is made when it is asked for. */
export class CallContext implements WriteContext, AdmittedRequest {
  readonly clock: Clock;
  readonly random: Random;
  readonly kind: AnyKind;
  readonly info: ResourceRequest;
  readonly user: UserInfo;
  readonly apiVersion: string;
  readonly verb: string;
  readonly pathName: string;
  readonly dryRun: boolean;
  readonly warn: (text: string) => void;
  readonly annotations: AuditAnnotations;
  readonly deadlineMs: number | undefined;
  readonly admission: AdmissionGate;
  readonly #size: { isOutgrown: boolean };
  readonly #call: ResourceCall;
  readonly #services: EndpointServices;

  constructor(call: ResourceCall, services: EndpointServices, own: OwnContext) {
    this.clock = services.clock;
    this.random = services.random;
    this.kind = call.kind;
    this.info = call.info;
    this.user = call.user;
    this.apiVersion = call.info.apiVersion;
    this.verb = call.info.verb;
    this.pathName = call.info.name;
    this.dryRun = own.dryRun;
    this.warn = (text) => void call.warnings.push(text);
    this.annotations = call.annotations;
    this.deadlineMs = call.deadlineMs;
    this.admission = own.admission ?? new RequestGate(services.admission, this);
    this.#size = own.size ?? { isOutgrown: false };
    this.#call = call;
    this.#services = services;
  }

  get signal(): AbortSignal {
    return this.#call.request.signal;
  }

  /** Once somebody has found that the object and its owners are larger than what may be stored. */
  get isOutgrown(): boolean {
    return this.#size.isOutgrown;
  }

  outgrow(): void {
    this.#size.isOutgrown = true;
  }

  get query(): URLSearchParams {
    return this.#call.request.query;
  }

  /** The same, of a body that says for itself whether it is a trial. */
  withDryRun(dryRun: boolean): CallContext {
    return dryRun === this.dryRun ? this : new CallContext(this.#call, this.#services, { dryRun, size: this.#size });
  }

  /** The same, for a write that was admitted, or is, as something other than the object that is written. */
  admittedBy(admission: AdmissionGate): CallContext {
    return new CallContext(this.#call, this.#services, { dryRun: this.dryRun, admission, size: this.#size });
  }
}
