import { equalJson, quotedList } from "@dingi/apimachinery";

let made = 0;

/** The values of an enum, looked up at a cost that does not grow with their number where they are scalars. */
class Choices {
  /** "a b" */
  readonly text: string;
  /** `"a", "b"` */
  readonly quoted: string;
  /** That of no other choices. */
  readonly id = ++made;
  readonly #scalars = new Set<string>();
  readonly #others: unknown[] = [];

  constructor(choices: readonly unknown[]) {
    const texts = choices.map((choice) => (typeof choice === "string" ? choice : JSON.stringify(choice)));
    this.text = texts.join(" ");
    this.quoted = quotedList(texts);
    for (const choice of choices) {
      const key = keyOf(choice);
      if (key !== undefined) this.#scalars.add(key);
      else if (choice !== null) this.#others.push(choice);
    }
  }

  has(value: unknown): boolean {
    const key = keyOf(value);
    return key === undefined ? this.#others.some((choice) => equalJson(choice, value)) : this.#scalars.has(key);
  }
}

/** Numbers are the same whether they are long or not. */
function keyOf(value: unknown): string | undefined {
  if (typeof value === "string") return `"${value}`;
  return typeof value === "number" || typeof value === "bigint" || typeof value === "boolean"
    ? String(value)
    : undefined;
}

const known = new WeakMap<readonly unknown[], Choices>();

export function choicesOf(choices: readonly unknown[]): Choices {
  let found = known.get(choices);
  if (!found) known.set(choices, (found = new Choices(choices)));
  return found;
}
