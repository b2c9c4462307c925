/** What GET /version answers. Upstream: apimachinery/pkg/version/types.go#Info */
export interface VersionInfo {
  readonly major: string;
  readonly minor: string;
  readonly emulationMajor: string;
  readonly emulationMinor: string;
  readonly minCompatibilityMajor: string;
  readonly minCompatibilityMinor: string;
  readonly gitVersion: string;
  readonly gitCommit: string;
  readonly gitTreeState: string;
  readonly buildDate: string;
  readonly goVersion: string;
  readonly compiler: string;
  readonly platform: string;
}

/** The Kubernetes release whose behaviour this is. */
export const KUBERNETES_VERSION = "1.37.1";
/** Our own release. */
export const DINGI_VERSION = "0.1.0";
/** Build metadata, not a pre-release: a `-suffix` would fail the version ranges of Helm charts. */
export const GIT_VERSION = `v${KUBERNETES_VERSION}+dingi${DINGI_VERSION}`;

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64", ia32: "386", arm64: "arm64" };

interface Build {
  readonly gitCommit?: string;
  /** RFC 3339. */
  readonly buildDate?: string;
}

/** Differs: `goVersion` and `compiler` name Node and its engine, because there is no Go. */
export function versionInfo({ gitCommit = "", buildDate = "1970-01-01T00:00:00Z" }: Build = {}): VersionInfo {
  const [major = "", minor = ""] = KUBERNETES_VERSION.split(".");
  return {
    major,
    minor,
    emulationMajor: major,
    emulationMinor: minor,
    minCompatibilityMajor: major,
    minCompatibilityMinor: String(Number(minor) - 1),
    gitVersion: GIT_VERSION,
    gitCommit,
    gitTreeState: gitCommit === "" ? "" : "clean",
    buildDate,
    goVersion: `node${process.versions.node}`,
    compiler: "v8",
    platform: platform(),
  };
}

/** `linux/amd64`, as Go names it. */
function platform(): string {
  return `${process.platform}/${ARCHITECTURES[process.arch] ?? process.arch}`;
}
