import { plural, quoted, sorted, type Check } from "./check.ts";
import { hostPathVolumes } from "./host.ts";

const ALLOWED = [
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "image",
  "persistentVolumeClaim",
  "projected",
  "secret",
] as const;

/** Of a volume that names several, the first one counts. */
const RESTRICTED = [
  "hostPath",
  "gcePersistentDisk",
  "awsElasticBlockStore",
  "gitRepo",
  "nfs",
  "iscsi",
  "glusterfs",
  "rbd",
  "flexVolume",
  "cinder",
  "cephfs",
  "flocker",
  "fc",
  "azureFile",
  "vsphereVolume",
  "quobyte",
  "azureDisk",
  "photonPersistentDisk",
  "portworxVolume",
  "scaleIO",
  "storageos",
] as const;

/** Upstream: pod-security-admission/policy/check_restrictedVolumes.go */
export const restrictedVolumes: Check = {
  id: "restrictedVolumes",
  versions: [
    {
      since: 0,
      overrides: [hostPathVolumes.id],
      check({ spec }) {
        const bad = (spec.volumes ?? []).filter((volume) => !ALLOWED.some((type) => volume[type]));
        if (bad.length === 0) return undefined;
        const types = sorted(bad.map((volume) => RESTRICTED.find((type) => volume[type]) ?? "unknown"));
        const volumes = `${plural("volume", "volumes", bad.length)} ${quoted(bad.map(({ name }) => name))}`;
        const what = plural("restricted volume type", "restricted volume types", types.length);
        const detail = `${volumes} ${plural("uses", "use", bad.length)} ${what} ${quoted(types)}`;
        return { reason: "restricted volume types", detail };
      },
    },
  ],
};
