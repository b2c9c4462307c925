import { CommandError } from "../command-error.ts";
import { listAt, textAt, type AnyObject } from "../json.ts";
import type { Session } from "../session.ts";

const DEFAULT_CONTAINER = "kubectl.kubernetes.io/default-container";

/** The container to work on: the one asked for, the annotated one, or the first. Upstream: kubectl/pkg/cmd/util/podcmd/podcmd.go */
export async function chooseContainer(session: Session, pod: AnyObject, asked: string | undefined): Promise<string> {
  const names = listAt(pod, "spec", "containers").map((container) => textAt(container, "name"));
  const others = [...listAt(pod, "spec", "initContainers"), ...listAt(pod, "spec", "ephemeralContainers")].map(
    (container) => textAt(container, "name"),
  );
  if (asked !== undefined) {
    if (![...names, ...others].includes(asked))
      throw new CommandError(`container ${asked} is not valid for pod ${pod.metadata.name}`);
    return asked;
  }
  const annotated = pod.metadata.annotations?.[DEFAULT_CONTAINER];
  if (annotated !== undefined && names.includes(annotated)) return annotated;
  const shown = [
    ...names,
    ...listAt(pod, "spec", "initContainers").map((container) => `${textAt(container, "name")} (init)`),
  ];
  if (shown.length > 1) await session.warn(`Defaulted container "${names[0]}" out of: ${shown.join(", ")}\n`);
  return names[0] ?? "";
}
