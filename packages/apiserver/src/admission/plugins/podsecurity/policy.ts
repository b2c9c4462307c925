import { invalid, path, type FieldError, type FieldPath } from "@dingi/apimachinery";

const LEVELS = ["privileged", "baseline", "restricted"] as const;
type Level = (typeof LEVELS)[number];

export interface LevelVersion {
  readonly level: Level;
  /** The minor version: 25 for "v1.25". */
  readonly version: number | "latest";
}

const MODES = ["enforce", "audit", "warn"] as const;
type Mode = (typeof MODES)[number];
export type Policy = Readonly<Record<Mode, LevelVersion>>;

export const PREFIX = "pod-security.kubernetes.io/";
const NOTHING: LevelVersion = { level: "privileged", version: "latest" };
export const PRIVILEGED: Policy = { enforce: NOTHING, audit: NOTHING, warn: NOTHING };
/** What is not understood is refused to the full, and tells nobody. */
const MISREAD: Readonly<Record<Mode, Level>> = { enforce: "restricted", audit: "privileged", warn: "privileged" };

export const levelText = ({ level, version }: LevelVersion): string =>
  `${level}:${version === "latest" ? version : `v1.${version}`}`;

const isSame = (a: LevelVersion, b: LevelVersion): boolean => a.level === b.level && a.version === b.version;

/** Below zero where `a` lets more be than `b`. */
export const compareLevels = (a: Level, b: Level): number => LEVELS.indexOf(a) - LEVELS.indexOf(b);

export const isPrivileged = (policy: Policy): boolean => MODES.every((mode) => policy[mode].level === "privileged");

/** Whether both demand the same. */
export function isEquivalent(a: Policy, b: Policy): boolean {
  return MODES.every((mode) => {
    const demandNothing = a[mode].level === "privileged" && b[mode].level === "privileged";
    return demandNothing || isSame(a[mode], b[mode]);
  });
}

export { isSame as isSameLevel };

interface Read {
  readonly policy: Policy;
  readonly errors: readonly FieldError[];
}

/** What the labels of a namespace demand. Upstream: pod-security-admission/api/helpers.go#PolicyToEvaluate */
export function policyOf(labels: Readonly<Record<string, string>>, defaults: Policy): Read {
  const errors: FieldError[] = [];
  const read = Object.fromEntries(
    MODES.map((mode) => [mode, readMode(mode, labels, { defaults, errors, at: inLabels })]),
  ) as Policy;
  const { enforce, warn } = read;
  const isEnforced = parseLevel(labels[`${PREFIX}enforce`] ?? "") !== undefined;
  const saysNothing = labels[`${PREFIX}warn`] === undefined;
  // Who is refused here is told of what would be refused, too.
  if (!saysNothing || !isEnforced || compareLevels(enforce.level, warn.level) <= 0) return { policy: read, errors };
  const version = labels[`${PREFIX}warn-version`] === undefined ? enforce.version : warn.version;
  return { policy: { ...read, warn: { level: enforce.level, version } }, errors };
}

/** What a configuration demands of namespaces whose labels demand nothing: "enforce", "enforce-version" and so on. */
export function defaultPolicyOf(defaults: Readonly<Record<string, string>>): Read {
  const errors: FieldError[] = [];
  const labels = Object.fromEntries(Object.entries(defaults).map(([name, value]) => [PREFIX + name, value]));
  const at = (label: string) => path("defaults", label.slice(PREFIX.length));
  const reading = { defaults: PRIVILEGED, errors, at };
  return { policy: Object.fromEntries(MODES.map((mode) => [mode, readMode(mode, labels, reading)])) as Policy, errors };
}

interface Reading {
  readonly defaults: Policy;
  readonly errors: FieldError[];
  readonly at: (label: string) => FieldPath;
}

const inLabels: Reading["at"] = (label) => path("metadata", "labels").key(label);

function readMode(
  mode: Mode,
  labels: Readonly<Record<string, string>>,
  { defaults, errors, at }: Reading,
): LevelVersion {
  let { level, version } = defaults[mode];
  const [levelLabel, versionLabel] = [PREFIX + mode, `${PREFIX}${mode}-version`];
  const [wanted, of] = [labels[levelLabel], labels[versionLabel]];
  if (wanted !== undefined) {
    const parsed = parseLevel(wanted);
    if (!parsed) errors.push(invalid(at(levelLabel), wanted, `must be one of ${LEVELS.join(", ")}`));
    level = parsed ?? MISREAD[mode];
  }
  if (of !== undefined) {
    const parsed = parseVersion(of);
    if (parsed === undefined) errors.push(invalid(at(versionLabel), of, 'must be "latest" or "v1.x"'));
    version = parsed ?? "latest";
  }
  return { level, version };
}

const parseLevel = (text: string): Level | undefined => LEVELS.find((level) => level === text);

function parseVersion(text: string): LevelVersion["version"] | undefined {
  if (text === "latest") return text;
  const [, minor] = /^v1\.(\d|[1-9]\d*)$/.exec(text) ?? [];
  return minor !== undefined && Number(minor) < 2 ** 63 ? Number(minor) : undefined;
}
