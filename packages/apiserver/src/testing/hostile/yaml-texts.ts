import type { RawRequest } from "../test-server.ts";
import { FILLING_BYTES, short } from "./filling.ts";
import { shape, type HostileShape } from "./hostile-shape.ts";

const yaml = (source: string, kind = "configmaps"): RawRequest => ({
  method: "POST",
  url: `/api/v1/namespaces/default/${kind}`,
  headers: { "content-type": "application/yaml" },
  text: source,
});
export function* yamlTexts(): Generator<HostileShape> {
  yield shape("YAML of flow lists", () => yaml(`a: [${"[],".repeat(FILLING_BYTES / 3)}]`));
  yield shape("YAML of a block list", () => yaml("- \n".repeat(FILLING_BYTES / 3)));
  yield shape("YAML of keys", () => yaml(Array.from({ length: 300_000 }, (_, i) => `${short(i)}: `).join("\n")));
  yield shape("YAML of one key again and again", () => yaml("a: \n".repeat(FILLING_BYTES / 4)));
  yield shape("YAML of deep indentation", () =>
    yaml(Array.from({ length: 900 }, (_, i) => `${" ".repeat(i)}a:\n`).join("")),
  );
  yield shape("YAML of deep flow lists", () => yaml("[".repeat(FILLING_BYTES)));
  yield shape("YAML of aliases", () => yaml(`a: &a [${"b,".repeat(1_000_000)}]\nb: [${Array(99).fill("*a").join()}]`));
  yield shape("YAML of nested aliases", () => yaml(laughs()));
  yield shape("YAML of comments", () => yaml("#\n".repeat(FILLING_BYTES / 2)));
  yield shape("YAML of documents", () => yaml("---\n".repeat(FILLING_BYTES / 4)));
  yield shape("YAML of empty lines", () => yaml(`a: |\n${"\n".repeat(FILLING_BYTES)}`));
  yield shape("YAML of a plain text in many lines", () => yaml(`a: ${"b\n  ".repeat(FILLING_BYTES / 4)}`));
  yield shape("YAML of anchors", () => yaml(Array.from({ length: 200_000 }, (_, i) => `- &${short(i)} a`).join("\n")));
  yield shape("YAML of tags", () => yaml("- !!str a\n".repeat(FILLING_BYTES / 10)));
  yield shape("YAML of escapes", () => yaml(`a: "${"\\x41".repeat(FILLING_BYTES / 4)}"`));
  yield shape("YAML of merges", () => yaml(`a: &a\n  b: c\nd:\n${"  <<: *a\n".repeat(99)}`));
  yield shape("YAML of question marks", () => yaml("? ".repeat(900)));
  yield shape("YAML of numbers", () => yaml(`a: [${"1_1,".repeat(FILLING_BYTES / 4)}]`));
  yield shape("YAML of one long number", () => yaml(`a: ${"1_".repeat(FILLING_BYTES / 2)}`));
  yield shape("YAML of one long octal number", () => yaml(`a: 0${"1".repeat(FILLING_BYTES)}`));
  yield shape("YAML of one long plain text", () => yaml(`a: ${"b ".repeat(FILLING_BYTES / 2)}`));
  yield shape("YAML of a key without an end", () => yaml(`a${" b".repeat(FILLING_BYTES / 2)}`));
  yield shape("YAML of colons", () => yaml(":".repeat(FILLING_BYTES)));
  yield shape("YAML of dashes", () => yaml("- ".repeat(900)));
  yield shape("YAML of base 60", () => yaml(`a: ${"1:".repeat(FILLING_BYTES / 2)}1`));
  yield shape("YAML of a time", () => yaml(`a: 2001-01-01T01:01:01.${"1".repeat(FILLING_BYTES)}Z`));
}

/** Nine levels of nine references each. */
function laughs(): string {
  const lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x]"];
  for (let i = 1; i <= 9; i++)
    lines.push(
      `a${i}: &a${i} [${Array(9)
        .fill(`*a${i - 1}`)
        .join()}]`,
    );
  return lines.join("\n");
}
