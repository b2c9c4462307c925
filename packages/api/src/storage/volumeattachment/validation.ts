import {
  byteLength,
  declaredImmutable,
  forbidden,
  invalid,
  isDns1123Subdomain,
  isDns1123SubdomainCaseless,
  path,
  rangeText,
  required,
  tooLong,
  tooLongCharacters,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import { validateInlineVolumeSpec } from "../../core/persistentvolume/spec-validation.ts";
import { validateCsiDriverName } from "../../core/pod/validation/remote-volumes.ts";
import type { V1VolumeAttachment, V1VolumeAttachmentSource, V1VolumeError } from "./volumeattachment.gen.ts";

const MAX_METADATA = 256 * 1024;
const MAX_MESSAGE = 1024;
const MAX_INT32 = 2 ** 31 - 1;
const MAX_ATTACHER = 63;
const SPEC = path("spec");
const ATTACHER = SPEC.child("attacher");
const ONE_SOURCE = "must specify exactly one of inlineVolumeSpec and persistentVolumeName";

/** What is declared of the attacher goes last. Upstream: pkg/apis/storage/validation/validation.go#ValidateVolumeAttachment */
export function validateVolumeAttachment(attachment: V1VolumeAttachment): FieldError[] {
  return [...otherErrors(attachment), ...declaredAttacherErrors(attachment.spec.attacher ?? "")];
}

/** Only on creation does what is declared say what the written rule says. Upstream: …#ValidateVolumeAttachmentUpdate */
export function validateVolumeAttachmentUpdate(attachment: V1VolumeAttachment, old: V1VolumeAttachment): FieldError[] {
  return [
    ...validateCsiDriverName(attachment.spec.attacher, ATTACHER),
    ...otherErrors(attachment),
    ...declaredImmutable(attachment.spec, old.spec, SPEC),
  ];
}

function declaredAttacherErrors(attacher: string): FieldError[] {
  if (attacher === "") return [required(ATTACHER)];
  const isLong = [...attacher].length > MAX_ATTACHER;
  return [
    ...isDns1123SubdomainCaseless(attacher).map((text) => invalid(ATTACHER, attacher, text)),
    ...(isLong ? [tooLongCharacters(ATTACHER, MAX_ATTACHER)] : []),
  ];
}

function otherErrors({ spec, status }: V1VolumeAttachment): FieldError[] {
  const { source = {}, nodeName = "" } = spec;
  const { persistentVolumeName: volume } = source;
  const at = SPEC.child("source", "persistentVolumeName");
  return [
    ...sourceErrors(source, SPEC.child("source")),
    ...isDns1123Subdomain(nodeName).map((text) => invalid(SPEC.child("nodeName"), nodeName, text)),
    ...statusErrors(status, path("status")),
    ...(volume === undefined ? [] : isDns1123Subdomain(volume).map((text) => invalid(at, volume, text))),
  ];
}

/** Upstream: …#validateVolumeAttachmentSource */
function sourceErrors(
  { inlineVolumeSpec, persistentVolumeName }: V1VolumeAttachmentSource,
  field: FieldPath,
): FieldError[] {
  if (inlineVolumeSpec) {
    return persistentVolumeName === undefined
      ? validateInlineVolumeSpec(inlineVolumeSpec, field.child("inlineVolumeSpec"))
      : [forbidden(field, ONE_SOURCE)];
  }
  if (persistentVolumeName === undefined) return [required(field, ONE_SOURCE)];
  if (persistentVolumeName !== "") return [];
  return [required(field.child("persistentVolumeName"), "must specify non empty persistentVolumeName")];
}

function statusErrors(status: V1VolumeAttachment["status"], field: FieldPath): FieldError[] {
  const entries = Object.entries(status.attachmentMetadata ?? {});
  const size = entries.reduce((sum, [key, value]) => sum + byteLength(key) + byteLength(value), 0);
  return [
    ...(size > MAX_METADATA ? [tooLong(field.child("attachmentMetadata"), undefined, MAX_METADATA)] : []),
    ...problemErrors(status.attachError, field.child("attachError")),
    ...problemErrors(status.detachError, field.child("detachError")),
  ];
}

/** Upstream: …#validateVolumeError */
function problemErrors(problem: V1VolumeError | undefined, field: FieldPath): FieldError[] {
  const { message = "", errorCode = 0 } = problem ?? {};
  return [
    ...(byteLength(message) > MAX_MESSAGE ? [tooLong(field.child("message"), undefined, MAX_MESSAGE)] : []),
    ...(errorCode < 0 ? [invalid(field.child("errorCode"), errorCode, rangeText(0, MAX_INT32))] : []),
  ];
}
