import { readFileSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import {
  authenticationOptions,
  authorizationOptions,
  readPluginSettings,
  serviceAccountOptions,
} from "@dingi/apiserver";
import { describeError } from "@dingi/base";
import { booleanFlag, integerFlag, namesFlag } from "../config/flags.ts";

/** What upstream's flags say of the API server. Throws with the reason when one cannot be followed. */
export function apiServerFlags(flags: Readonly<Record<string, string>>) {
  return {
    tolerations: {
      notReadySeconds: integerFlag(flags, "default-not-ready-toleration-seconds", 300),
      unreachableSeconds: integerFlag(flags, "default-unreachable-toleration-seconds", 300),
    },
    admission: {
      // As kubeadm has it.
      enable: ["NodeRestriction", ...namesFlag(flags, "enable-admission-plugins")],
      disable: namesFlag(flags, "disable-admission-plugins"),
      settings: pluginSettings(flags["admission-control-config-file"]),
    },
    maxInFlight: {
      reading: integerFlag(flags, "max-requests-inflight", 400),
      mutating: integerFlag(flags, "max-mutating-requests-inflight", 200),
    },
    priorityAndFairness: booleanFlag(flags, "enable-priority-and-fairness", true),
    authentication: authenticationOptions(flags, FILES),
    authorization: authorizationOptions(flags, FILES),
    serviceAccounts: serviceAccountOptions(flags, FILES.read),
  };
}

const FILES = {
  read: (path: string) => readFileSync(path, "utf8"),
  readLater: (path: string) => readFile(path, "utf8"),
  checkFile(path: string): string | undefined {
    try {
      return statSync(path).isFile() ? undefined : "must be a regular file";
    } catch (error) {
      return `error loading file: ${describeError(error)}`;
    }
  },
};

/** From a file as upstream's API server reads it; other files that it names lie beside it. */
function pluginSettings(file = ""): ReturnType<typeof readPluginSettings> {
  if (file === "") return {};
  const read = (path: string) => readFileSync(resolve(dirname(file), path), "utf8");
  return readPluginSettings(readFileSync(file, "utf8"), read);
}
