export type FeatureStage = "ALPHA" | "BETA" | "GA" | "DEPRECATED";

export interface FeatureSpec {
  readonly default: boolean;
  readonly stage: FeatureStage;
  /** It cannot be set to anything but its default. */
  readonly locked?: boolean;
}

const ALL_OF: Readonly<Record<string, FeatureStage>> = { AllAlpha: "ALPHA", AllBeta: "BETA" };

/** Switches of behaviour, set by `--feature-gates`. Upstream: component-base/featuregate/feature_gate.go */
export class FeatureGates<Name extends string = string> {
  readonly #known: ReadonlyMap<string, FeatureSpec>;
  readonly #set = new Map<string, boolean>();

  constructor(known: Readonly<Record<Name, FeatureSpec>>) {
    this.#known = new Map(Object.entries<FeatureSpec>(known));
  }

  enabled(name: Name): boolean {
    return this.#set.get(name) ?? this.#known.get(name)!.default;
  }

  /** Takes `A=true,B=false`. All or nothing: throws RangeError for what is unknown, locked or no boolean. */
  parse(text: string): void {
    const pairs = text.split(",").map((part) => part.trim());
    this.setAll(new Map(pairs.filter((pair) => pair !== "").map(parsePair)));
  }

  setAll(wanted: ReadonlyMap<string, boolean>): void {
    for (const [name, value] of wanted) this.#check(name, value);
    // What is named itself wins over AllAlpha and AllBeta.
    for (const [name, value] of wanted) {
      const stage = ALL_OF[name];
      if (stage) this.#setStage(stage, value);
    }
    for (const [name, value] of wanted) if (!(name in ALL_OF)) this.#set.set(name, value);
  }

  /** Name, stage and value of each, for metrics and help. */
  list(): { name: string; spec: FeatureSpec; enabled: boolean }[] {
    return [...this.#known].map(([name, spec]) => ({ name, spec, enabled: this.#set.get(name) ?? spec.default }));
  }

  #setStage(stage: FeatureStage, value: boolean): void {
    for (const [name, spec] of this.#known) {
      if (spec.stage === stage && !spec.locked) this.#set.set(name, value);
    }
  }

  #check(name: string, value: boolean): void {
    if (name in ALL_OF) return;
    const spec = this.#known.get(name);
    if (!spec) throw new RangeError(`unrecognized feature gate: ${name}`);
    if (!spec.locked || spec.default === value) return;
    throw new RangeError(`cannot set feature gate ${name} to ${value}, feature is locked to ${spec.default}`);
  }
}

function parsePair(pair: string): [string, boolean] {
  const at = pair.indexOf("=");
  if (at < 0) throw new RangeError(`missing bool value for ${pair}`);
  const [name, value] = [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
  if (!/^(1|t|true|0|f|false)$/i.test(value))
    throw new RangeError(`invalid value of ${name}=${value}, it must be true or false`);
  return [name, /^(1|t)/i.test(value)];
}
