import { Pod, type V1Pod } from "@dingi/api";
import {
  aggregateText,
  fieldErrorText,
  newUnclassifiedError,
  notSupported,
  path,
  type FieldError,
} from "@dingi/apimachinery";
import { isWriteOf, type AdmissionAttributes, type Operation } from "../../attributes.ts";
import type { AdmissionPlugin } from "../../chain.ts";
import { refusalOf } from "../../refusal.ts";

const ALWAYS = "Always";
const LISTS = ["initContainers", "containers", "ephemeralContainers"] as const;

/** Nobody runs an image that he could not pull himself. Upstream: plugin/pkg/admission/alwayspullimages/admission.go */
export class AlwaysPullImages implements AdmissionPlugin {
  handles(operation: Operation): boolean {
    return operation === "CREATE" || operation === "UPDATE";
  }

  admit(attributes: AdmissionAttributes): void {
    if (!isWriteOf(attributes, Pod) || bringsNoImage(attributes)) return;
    const { spec } = attributes.object;
    for (const list of LISTS) for (const container of spec[list] ?? []) container.imagePullPolicy = ALWAYS;
    for (const { image } of spec.volumes ?? []) if (image) image.pullPolicy = ALWAYS;
  }

  validate(attributes: AdmissionAttributes): void {
    if (!isWriteOf(attributes, Pod) || bringsNoImage(attributes)) return;
    const refusals = wrongPolicies(attributes.object).map((error) => refusalOf(attributes, fieldErrorText(error)));
    if (refusals.length > 0) throw newUnclassifiedError(aggregateText(refusals.map(({ message }) => message)));
  }
}

function wrongPolicies({ spec }: V1Pod): FieldError[] {
  const where = path("spec");
  const ofContainers = LISTS.flatMap((list) =>
    (spec[list] ?? []).flatMap(({ imagePullPolicy = "" }, i) =>
      imagePullPolicy === ALWAYS
        ? []
        : [notSupported(where.child(list).index(i).child("imagePullPolicy"), imagePullPolicy, [ALWAYS])],
    ),
  );
  const ofVolumes = (spec.volumes ?? []).flatMap(({ image }, i) => {
    if (!image || image.pullPolicy === ALWAYS) return [];
    const at = where.child("volumes").index(i).child("image", "pullPolicy");
    return [notSupported(at, image.pullPolicy ?? "", [ALWAYS])];
  });
  return [...ofContainers, ...ofVolumes];
}

function bringsNoImage({ object, oldObject }: AdmissionAttributes): boolean {
  if (!oldObject) return false;
  const images = ({ spec }: V1Pod) => new Set(LISTS.flatMap((list) => (spec[list] ?? []).map(({ image }) => image)));
  return images(object as unknown as V1Pod).isSubsetOf(images(oldObject as unknown as V1Pod));
}
