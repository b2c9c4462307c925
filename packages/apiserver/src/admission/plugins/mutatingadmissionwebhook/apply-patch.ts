import {
  applyJsonPatch,
  decodeJson,
  DecodeError,
  encodeJson,
  newInternalError,
  semanticEqual,
  StatusError,
} from "@dingi/apimachinery";
import { describeError } from "@dingi/base";
import type { VersionedAttributes, VersionedObjects } from "../../versioned-attributes.ts";
import type { AdmissionResponse } from "../../webhook/admission-review.ts";
import { HookFailure } from "../../webhook/hook-failure.ts";

interface PatchedBy {
  readonly webhook: string;
  readonly response: AdmissionResponse;
  readonly versioned: VersionedAttributes;
  readonly objects: VersionedObjects;
  /** In which the webhook has seen the object. */
  readonly apiVersion: string;
}

export interface Patched {
  /** Undefined: there was nothing to apply. */
  readonly patch?: readonly unknown[];
  readonly changed: boolean;
}

/** What a webhook wants changed is changed. Upstream: …/webhook/mutating/dispatcher.go#callAttrMutatingHook */
export async function applyPatch(by: PatchedBy): Promise<Patched> {
  const { webhook, response, versioned } = by;
  if (!response.patch) return { changed: false };
  const patch = decodePatch(by);
  if (patch.length === 0) return { changed: false };
  if (!versioned.object) {
    const why = "attempted to modify the object, which is not supported for this operation";
    throw newInternalError(`admission webhook ${JSON.stringify(webhook)} ${why}`);
  }
  if (response.patchType !== "JSONPatch")
    throw new HookFailure(webhook, `unsupported patch type ${JSON.stringify(response.patchType)}`);
  const written = internally(() => by.objects.read(patchedJson(versioned.object!, patch), by.apiVersion));
  const changed = !semanticEqual(versioned.object, written);
  await by.objects.replace(written, by.apiVersion);
  return { patch, changed };
}

function decodePatch({ webhook, response }: PatchedBy): readonly unknown[] {
  try {
    const { value } = decodeJson(Buffer.from(response.patch!, "base64"));
    if (value === null) return [];
    if (Array.isArray(value)) return value as unknown[];
    throw new DecodeError("type", "json: cannot unmarshal object into Go value of type jsonpatch.Patch");
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new HookFailure(webhook, `received undecodable patch in webhook response: ${error.message}`);
  }
}

const patchedJson = (object: object, patch: readonly unknown[]): Uint8Array =>
  Buffer.from(encodeJson(applyJsonPatch(object, patch)));

/** What the server itself cannot do with a patch is not the webhook's failure. */
function internally<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof StatusError) throw newInternalError(causeOf(error));
    throw newInternalError(describeError(error));
  }
}

/** The patch's own answer keeps it to itself. */
const causeOf = ({ cause, message }: StatusError): string => (cause instanceof Error ? cause.message : message);
