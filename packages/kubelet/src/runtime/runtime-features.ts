import type { RuntimeStatus } from "@dingi/cri";

/** What the runtime and the kernel can do beyond what every node can. */
export interface RuntimeFeatures {
  /** Groups of the image's user can be left out. */
  readonly supplementalGroupsPolicy: boolean;
  /** By handler: mounts below a read-only mount can be read-only, too. */
  readonly recursiveReadOnlyMounts: ReadonlySet<string>;
  readonly appArmor: boolean;
}

export const NO_FEATURES: RuntimeFeatures = {
  supplementalGroupsPolicy: false,
  recursiveReadOnlyMounts: new Set(),
  appArmor: false,
};

export function runtimeFeatures({ features, runtimeHandlers }: RuntimeStatus, appArmor: boolean): RuntimeFeatures {
  return {
    supplementalGroupsPolicy: features?.supplementalGroupsPolicy ?? false,
    recursiveReadOnlyMounts: new Set(
      runtimeHandlers.flatMap((handler) => (handler.features?.recursiveReadOnlyMounts ? [handler.name] : [])),
    ),
    appArmor,
  };
}
