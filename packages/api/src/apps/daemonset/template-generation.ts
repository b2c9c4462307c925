import { goQuote, newBadRequest, type Draft, type KubeObject } from "@dingi/apimachinery";

/**
 * Counts the changes of the template: a field of versions that are gone, which apps/v1 shows as an annotation.
 * Upstream: pkg/apis/apps/v1/conversion.go#Convert_v1_DaemonSet_To_apps_DaemonSet
 */
const ANNOTATION = "deprecated.daemonset.template.generation";
const MAX_INT64 = 2n ** 63n - 1n;

/** Of an object whose annotation was shown before, and so holds a number. */
export function templateGeneration({ metadata }: KubeObject): bigint {
  return BigInt(metadata.annotations?.[ANNOTATION] ?? 0);
}

export function setTemplateGeneration({ metadata }: Draft<KubeObject>, generation: bigint): void {
  metadata.annotations = { ...metadata.annotations, [ANNOTATION]: String(generation) };
}

/** What a writer left out shows as zero. Throws StatusError 400 when it is no number. */
export function showTemplateGeneration(daemonSet: Draft<KubeObject>): void {
  const text = daemonSet.metadata.annotations?.[ANNOTATION];
  setTemplateGeneration(daemonSet, text === undefined ? 0n : parse(text));
}

function parse(text: string): bigint {
  const problem = (what: string) =>
    newBadRequest(
      `DaemonSet in version "v1" cannot be handled as a DaemonSet: strconv.ParseInt: parsing ${goQuote(text)}: ${what}`,
    );
  // Differs: of more than a hundred digits upstream says that they are out of range.
  if (!/^[+-]?[0-9]{1,100}$/.test(text)) throw problem("invalid syntax");
  const value = BigInt(text.replace("+", ""));
  if (value > MAX_INT64 || value < -MAX_INT64 - 1n) throw problem("value out of range");
  return value;
}
