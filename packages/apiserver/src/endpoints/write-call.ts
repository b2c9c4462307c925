import {
  invalid,
  newInvalid,
  notSupported,
  type ApiRequest,
  type ApiResponse,
  type Draft,
  type FieldError,
  type KubeObject,
} from "@dingi/apimachinery";
import type { Stored } from "../cacher/stored.ts";
import type { DecodeOptions, FieldValidation } from "../negotiation/decode.ts";
import { respondStored } from "../negotiation/respond.ts";
import { CallContext } from "./call-context.ts";
import type { Door } from "./door.ts";
import { doorOf } from "./door-of.ts";
import type { EndpointServices, ResourceCall } from "./endpoint.ts";

const MAX_MANAGER = 128;

/** The options that every write shares, and what follows from them. */
export interface WriteCall {
  readonly call: ResourceCall;
  readonly context: CallContext;
  readonly decode: DecodeOptions;
  /** Who owns the fields that are written. */
  readonly fieldManager: string;
}

/** A write of an object, or of what one of its doors shows. */
export interface ObjectWrite extends WriteCall {
  readonly door: Door;
}

/** Throws StatusError 422 for options that are not understood, 405 where nothing is written. */
export function openObjectWrite(call: ResourceCall, services: EndpointServices, optionsKind: string): ObjectWrite {
  const write = openWrite(call, services, optionsKind);
  return { ...write, door: doorOf(call.kind, call.info, write.context) };
}

/** Throws StatusError 422 for options that are not understood. */
export function openWrite(call: ResourceCall, services: EndpointServices, optionsKind: string): WriteCall {
  const { request } = call;
  const { isRegistered } = services;
  const errors: FieldError[] = [];
  const dryRun = request.query.getAll("dryRun");
  if (dryRun.some((value) => value !== "All")) errors.push(notSupported("dryRun", dryRun, ["All"]));
  const manager = request.query.get("fieldManager") ?? "";
  errors.push(...validateManager(manager));
  const validation = request.query.get("fieldValidation") ?? "";
  if (!["", "Ignore", "Warn", "Strict"].includes(validation)) {
    errors.push(notSupported("fieldValidation", validation, ["", "Ignore", "Strict", "Warn"]));
  }
  if (errors.length > 0) throw newInvalid({ group: "meta.k8s.io", kind: optionsKind }, "", errors);
  const context = new CallContext(call, services, { dryRun: dryRun.length > 0 });
  return {
    call,
    fieldManager: manager || managerFromUserAgent(request),
    decode: {
      fieldValidation: (validation || "Warn") as FieldValidation,
      warn: context.warn,
      isRegistered,
      clock: services.clock,
      audit: call.audit,
    },
    context,
  };
}

function validateManager(manager: string): FieldError[] {
  if (manager.length > MAX_MANAGER) return [invalid("fieldManager", manager, `must have at most ${MAX_MANAGER} bytes`)];
  if (/^[\x20-\x7e]*$/.test(manager)) return [];
  const at = [...manager].findIndex((char) => /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(char));
  if (at < 0) return [];
  const bytes = Buffer.byteLength([...manager].slice(0, at).join(""));
  const code = [...manager][at]!.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
  return [invalid("fieldManager", manager, `invalid character U+${code} (at position ${bytes})`)];
}

/** "kubectl/v1.37.1 (linux/amd64)" → "kubectl". Upstream: apiserver/pkg/endpoints/handlers/create.go#prefixFromUserAgent */
export function managerFromUserAgent(request: ApiRequest): string {
  const prefix = (request.headers["user-agent"] ?? "").split("/")[0]!;
  if (/^[\x21-\x7e]{1,128}$/.test(prefix)) return prefix;
  const printable = [...prefix].filter((char) => /[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(char)).join("");
  return printable.slice(0, MAX_MANAGER) || "unknown";
}

export interface StoreUpdate {
  readonly createAllowed: boolean;
  /** Whether another write in between is a reason to try again rather than a conflict. */
  readonly retry: boolean;
  /** The object must be this one. */
  readonly uid?: string | undefined;
  /** Makes the wanted state, its managedFields included. */
  readonly transform: (current: KubeObject | undefined) => Promise<Draft<KubeObject>>;
}

/** The context of what is stored, which may have been admitted as something else. */
export function admittedContext({ context, door }: ObjectWrite): CallContext {
  const gate = door.gate(context.admission);
  return gate === context.admission ? context : context.admittedBy(gate);
}

/** Admission and storage of an update, the same for PUT and PATCH. */
export async function storeUpdate(write: ObjectWrite, services: EndpointServices, update: StoreUpdate) {
  const { kind, info } = write.call;
  const key = { namespace: info.namespace, name: info.name };
  const context = admittedContext(write);
  const strategy = write.door.storedStrategy ?? write.door.strategy;
  return await services.resourceStore(kind).update({ key, strategy, ...update }, context);
}

/** What was written, in the version that was asked for. */
export async function respondWritten(
  { request, info, warnings }: ResourceCall,
  { stored, created }: { readonly stored: Stored; readonly created: boolean },
  { clock }: EndpointServices,
): Promise<ApiResponse> {
  await clock.yieldIfDue();
  const status = created ? 201 : 200;
  return await respondStored(request, { stored, apiVersion: info.apiVersion, status, warnings, nowMs: clock.now() });
}
