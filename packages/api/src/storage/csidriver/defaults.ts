import type { Draft } from "@dingi/apimachinery";
import type { V1CSIDriver } from "./csidriver.gen.ts";

/** Upstream: pkg/apis/storage/v1/defaults.go#SetDefaults_CSIDriver */
export function defaultCSIDriver(driver: Draft<V1CSIDriver>): void {
  const spec = (driver.spec ??= {});
  spec.attachRequired ??= true;
  spec.podInfoOnMount ??= false;
  spec.storageCapacity ??= false;
  spec.fsGroupPolicy ??= "ReadWriteOnceWithFSType";
  if (!spec.volumeLifecycleModes?.length) spec.volumeLifecycleModes = ["Persistent"];
  spec.requiresRepublish ??= false;
  spec.seLinuxMount ??= false;
  spec.preventPodSchedulingIfMissing ??= false;
}
