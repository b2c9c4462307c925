import type { CelType } from "./type.ts";
import { DYN, isDyn, isDynOrError, sameType } from "./type.ts";

/**
 * What is known of type parameters. A failed attempt leaves no trace: what it learnt is taken back by a journal
 * instead of by copying, so that checking a long expression stays linear.
 * Upstream: github.com/google/cel-go/checker/types.go#isAssignable
 */
export class Substitution {
  readonly #types = new Map<string, CelType>();
  readonly #journal: { name: string; before: CelType | undefined }[] = [];

  find(type: CelType): CelType | undefined {
    return type.kind === "param" ? this.#types.get(type.name) : undefined;
  }

  /** May a value of type `from` stand where `to` is asked? */
  assignable(to: CelType, from: CelType): boolean {
    return this.#attempt(() => this.#assignable(to, from));
  }

  assignableAll(to: readonly CelType[], from: readonly CelType[]): boolean {
    return this.#attempt(() => this.#allAssignable(to, from));
  }

  /** `type` with all that is known put in; with `paramsToDyn` what is not known becomes dyn. */
  apply(type: CelType, paramsToDyn: boolean): CelType {
    const known = this.find(type);
    if (known) return this.apply(known, paramsToDyn);
    if (type.kind === "param") return paramsToDyn ? DYN : type;
    if (type.params.length === 0) return type;
    return { ...type, params: type.params.map((param) => this.apply(param, paramsToDyn)) };
  }

  #attempt(trial: () => boolean): boolean {
    this.#journal.length = 0;
    if (trial()) return true;
    for (const { name, before } of this.#journal.reverse()) {
      if (before) this.#types.set(name, before);
      else this.#types.delete(name);
    }
    return false;
  }

  #learn(param: CelType, type: CelType): void {
    this.#journal.push({ name: param.name, before: this.#types.get(param.name) });
    this.#types.set(param.name, type);
  }

  #assignable(a: CelType, b: CelType): boolean {
    if (b.kind === "param") {
      const { valid, known } = this.#substitute(a, b);
      if (valid || known) return valid;
    }
    if (a.kind === "param") return this.#substitute(b, a).valid;
    if (isDynOrError(a) || isDynOrError(b)) return true;
    if (a.kind === "null") return isNullable(b);
    if (b.kind === "null") return isNullable(a);
    return this.#concreteAssignable(a, b);
  }

  #concreteAssignable(a: CelType, b: CelType): boolean {
    if (a.kind !== b.kind) return false;
    if (a.kind === "type") return true;
    return a.name === b.name && this.#allAssignable(a.params, b.params);
  }

  #allAssignable(a: readonly CelType[], b: readonly CelType[]): boolean {
    return a.length === b.length && a.every((type, i) => this.#assignable(type, b[i]!));
  }

  #substitute(type: CelType, param: CelType): { valid: boolean; known: boolean } {
    if (sameType(type, param)) return { valid: true, known: true };
    const known = this.find(param);
    if (known) return { valid: this.#widen(type, param, known), known: true };
    if (!this.#notReferencedIn(param, type)) return { valid: false, known: false };
    this.#learn(param, type);
    return { valid: true, known: false };
  }

  #widen(type: CelType, param: CelType, known: CelType): boolean {
    if (sameType(type, known)) return true;
    if (!this.#assignable(type, known)) return false;
    const wider = mostGeneral(type, known);
    if (this.#notReferencedIn(param, wider)) this.#learn(param, wider);
    return true;
  }

  #notReferencedIn(param: CelType, within: CelType): boolean {
    if (sameType(param, within)) return false;
    if (within.kind === "param") {
      const known = this.find(within);
      return known === undefined || this.#notReferencedIn(param, known);
    }
    return within.params.every((inner) => this.#notReferencedIn(param, inner));
  }
}

function isNullable(type: CelType): boolean {
  return ["opaque", "struct", "any", "duration", "timestamp", "null"].includes(type.kind);
}

export function mostGeneral(a: CelType, b: CelType): CelType {
  return isEqualOrLessSpecific(a, b) ? a : b;
}

function isEqualOrLessSpecific(a: CelType, b: CelType): boolean {
  if (isDyn(a) || a.kind === "param") return true;
  if (isDyn(b) || b.kind === "param" || a.kind !== b.kind) return false;
  if (a.kind === "type") return true;
  if (a.params.length === 0) return sameType(a, b);
  return (
    a.name === b.name &&
    a.params.length === b.params.length &&
    a.params.every((p, i) => isEqualOrLessSpecific(p, b.params[i]!))
  );
}
