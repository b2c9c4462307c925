import { parseImageReference } from "@dingi/api";

/** What is asked of the runtime for an image's name. */
export interface PullReference {
  /** As the user wrote it, with a tag in any case: the runtime decides which registry a short name means. */
  readonly image: string;
  /** With the registry: "docker.io/library/nginx". */
  readonly repository: string;
}

const IDENTIFIER = /^[a-f0-9]{64}$/;

/** Throws where the name is none. Upstream: pkg/kubelet/images/image_manager.go#applyDefaultImageTag */
export function pullReference(name: string): PullReference {
  const parsed = parseImageReference(name);
  if (!parsed) throw new Error(`couldn't parse image name ${JSON.stringify(name)}: ${complaint(name)}`);
  const { repository, tag, digest } = parsed;
  const isComplete = digest !== "" || name.endsWith(`:${tag}`);
  return { image: isComplete ? name : `${name}:${tag}`, repository };
}

/** Upstream: github.com/distribution/reference, normalize.go#ParseNormalizedNamed */
function complaint(name: string): string {
  if (IDENTIFIER.test(name)) return `invalid repository name (${name}), cannot specify 64-byte hexadecimal strings`;
  const [first = "", ...rest] = name.split("/");
  const hasRegistry = rest.length > 0 && (/[.:]/.test(first) || first === "localhost" || first.toLowerCase() !== first);
  const remainder = hasRegistry ? rest.join("/") : rest.length === 0 ? `library/${name}` : name;
  const [remote = ""] = remainder.split(":");
  if (remote.toLowerCase() !== remote) return `invalid reference format: repository name (${remote}) must be lowercase`;
  return "invalid reference format";
}
